//! `.helmignore`: which files of a folder are no part of the chart.

use super::SourceError;
use super::pattern::Pattern;

/// The rules in their order; the first that fits decides.
#[derive(Debug)]
pub(super) struct Rules(Vec<Rule>);

#[derive(Debug)]
struct Rule {
    /// `None` fits nothing: a rule may be a pattern with its slashes only.
    pattern: Option<Pattern>,
    /// It keeps what it fits, and ignores everything else.
    negated: bool,
    folders_only: bool,
    /// It is held against the whole path, not against the name alone.
    whole_path: bool,
}

impl Rules {
    /// Reads the file; an empty text gives Helm's own rule alone, which ignores hidden files in `templates/`.
    pub(super) fn parse(text: &str) -> Result<Self, SourceError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut rules = Vec::new();
        for line in text.lines().chain(["templates/.?*"]) {
            rules.extend(parse_rule(line)?);
        }
        Ok(Self(rules))
    }

    /// Whether a path below the chart's folder, with forward slashes, is ignored.
    pub(super) fn ignore(&self, path: &str, is_folder: bool) -> bool {
        for rule in &self.0 {
            let applies = is_folder || !rule.folders_only;
            if rule.negated {
                if !applies || !rule.fits(path) {
                    return true;
                }
            } else if applies && rule.fits(path) {
                return true;
            }
        }
        false
    }
}

impl Rule {
    fn fits(&self, path: &str) -> bool {
        let name = if self.whole_path {
            path
        } else {
            path.rsplit('/').next().unwrap_or(path)
        };
        self.pattern.as_ref().is_some_and(|pattern| pattern.matches(name))
    }
}

fn parse_rule(line: &str) -> Result<Option<Rule>, SourceError> {
    let rule = line.trim();
    if rule.is_empty() || rule.starts_with('#') {
        return Ok(None);
    }
    if rule.contains("**") {
        return Err(SourceError::Ignore(
            "double-star (**) syntax is not supported".to_owned(),
        ));
    }
    Pattern::parse(rule).map_err(|error| SourceError::Ignore(format!("{error}: {rule}")))?;
    let (negated, rule) = match rule.strip_prefix('!') {
        Some(rule) => (true, rule),
        None => (false, rule),
    };
    let (folders_only, rule) = match rule.strip_suffix('/') {
        Some(rule) => (true, rule),
        None => (false, rule),
    };
    Ok(Some(Rule {
        pattern: Pattern::parse(rule.strip_prefix('/').unwrap_or(rule)).ok(),
        negated,
        folders_only,
        whole_path: rule.contains('/'),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("", "templates/.hidden", false, true)]
    #[case("", "templates/a.yaml", false, false)]
    #[case("*.md", "docs/README.md", false, true)]
    #[case("/*.md", "docs/README.md", false, false)]
    #[case("docs/*.md", "docs/README.md", false, true)]
    #[case("docs/", "docs", true, true)]
    #[case("docs/", "docs", false, false)]
    #[case("# *.md", "README.md", false, false)]
    #[case("!*.yaml", "README.md", false, true)]
    #[case("\\/", "a", true, false)]
    #[case("!*.yaml", "a.yaml", false, false)]
    fn rules_ignore_what_helm_ignores(
        #[case] text: &str,
        #[case] path: &str,
        #[case] is_folder: bool,
        #[case] ignored: bool,
    ) {
        assert_eq!(Rules::parse(text).unwrap().ignore(path, is_folder), ignored);
    }

    #[test]
    fn what_helm_refuses_is_refused() {
        assert!(
            Rules::parse("a/**/b")
                .unwrap_err()
                .to_string()
                .contains("double-star")
        );
        assert!(Rules::parse("[").is_err());
    }
}
