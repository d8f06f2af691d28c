//! Putting subcharts after what they depend on.

use super::Subchart;

/// The subcharts, each after those that it depends on, otherwise in the given order. What depends on itself in a
/// circle keeps the given order.
pub(super) fn sorted(subcharts: Vec<Subchart>) -> Vec<Subchart> {
    let mut waiting = subcharts;
    let mut done: Vec<Subchart> = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let free = |subchart: &Subchart| {
            let needs =
                |other: &Subchart| other.name != subchart.name && subchart.depends_on.contains(&other.name);
            !waiting.iter().any(needs)
        };
        let next = waiting.iter().position(free).unwrap_or_default();
        done.push(waiting.remove(next));
    }
    done
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use proptest::prelude::*;

    fn subchart(index: usize, depends_on: &[usize]) -> Subchart {
        Subchart {
            name: index.to_string(),
            data: false,
            depends_on: depends_on.iter().map(ToString::to_string).collect(),
        }
    }

    proptest! {
        #[test]
        fn nothing_comes_before_what_it_needs(edges in proptest::collection::vec((0..8_usize, 0..8_usize), 0..20)) {
            // Needing only what has a smaller number leaves no circle.
            let needs = |of: usize| edges.iter().filter(|(a, b)| *a == of && b < a).map(|(_, b)| *b).collect::<Vec<_>>();
            let given: Vec<_> = (0..8).rev().map(|index| subchart(index, &needs(index))).collect();
            let done = sorted(given.clone());
            prop_assert_eq!(done.len(), given.len());
            for (at, subchart) in done.iter().enumerate() {
                for later in &done[at..] {
                    prop_assert!(!subchart.depends_on.contains(&later.name));
                }
            }
        }
    }

    #[test]
    fn a_circle_keeps_the_given_order() {
        let names: Vec<_> = sorted(vec![subchart(2, &[1]), subchart(1, &[2]), subchart(0, &[])])
            .into_iter()
            .map(|s| s.name)
            .collect();
        assert_eq!(names, ["0", "2", "1"]);
    }
}
