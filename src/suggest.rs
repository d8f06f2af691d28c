//! "Did you mean": the nearest of the names that exist.

/// How alike two names must be, from 0 to 1, to be taken for a slip of the hand.
const ALIKE: f64 = 0.75;

/// The candidate that is most like a name that does not exist, if one is.
pub(crate) fn closest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| {
            (
                strsim::jaro_winkler(&name.to_lowercase(), &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(alike, _)| *alike > ALIKE)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn a_slip_finds_what_was_meant_and_nonsense_finds_nothing() {
        let names = ["local", "staging", "production"];
        assert_eq!(closest("prodcution", names), Some("production"));
        assert_eq!(closest("Stage", names), Some("staging"));
        assert_eq!(closest("xyz", names), None);
    }
}
