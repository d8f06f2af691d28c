//! Versions and the constraints on them, with the grammar of Masterminds' semver, which Helm and sprig use.
//!
//! It differs from Cargo's: `1.2` alone means `~1.2`, a hyphen makes a range, a space or a comma joins, `x` and `*` stand
//! for any number, and a version with a prerelease fits only where the constraint names a prerelease too.

mod scan;

use regex_lite::{Captures, Regex};
use scan::{Piece, Pieces};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::sync::LazyLock;
use thiserror::Error;

const VERSION_MAX: usize = 256;
const CONSTRAINT_MAX: usize = 512;
const GROUPS_MAX: usize = 32;

const WILD: &str = r"v?([0-9|x|X|\*]+)(\.[0-9|x|X|\*]+)?(\.[0-9|x|X|\*]+)?(-([0-9A-Za-z\-]+(\.[0-9A-Za-z\-]+)*))?(\+([0-9A-Za-z\-]+(\.[0-9A-Za-z\-]+)*))?";
/// Go's `\s`, which knows ASCII alone.
const SPACE: &str = r"[\t\n\f\r ]";

static RANGE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(&format!("{SPACE}*({WILD}){SPACE}+-{SPACE}+({WILD}){SPACE}*")).ok());

/// Why a version or a constraint is none, in the words of Masterminds' semver.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SemverError {
    /// The text is no version.
    #[error("invalid semantic version")]
    Invalid,
    /// The prerelease has a number with a leading zero.
    #[error("version segment starts with 0")]
    LeadingZero,
    /// A number does not fit.
    #[error("error parsing version segment: strconv.ParseUint: parsing {0:?}: value out of range")]
    Range(String),
    /// The version is too long.
    #[error("version string is too long (max {VERSION_MAX} bytes)")]
    TooLong,
    /// The text is no constraint.
    #[error("improper constraint: {0:?}")]
    Constraint(String),
    /// The constraint is too long.
    #[error("constraint string is too long (max {CONSTRAINT_MAX} bytes)")]
    ConstraintTooLong,
    /// The constraint has too many alternatives.
    #[error("too many constraint groups (max {GROUPS_MAX})")]
    TooManyGroups,
}

/// A version. Two that differ in their build metadata alone are equal.
#[derive(Debug, Clone)]
pub struct Version {
    /// The first number.
    pub major: u64,
    /// The second number.
    pub minor: u64,
    /// The third number.
    pub patch: u64,
    /// What stands after the hyphen.
    pub prerelease: String,
    /// What stands after the plus sign.
    pub metadata: String,
    /// The text that it was read from.
    pub original: String,
}

impl Version {
    /// Reads a version loosely: a leading `v`, missing parts and leading zeros are fine.
    pub fn parse(text: &str) -> Result<Self, SemverError> {
        if text.len() > VERSION_MAX {
            return Err(SemverError::TooLong);
        }
        let parts = scan::version(text).ok_or(SemverError::Invalid)?;
        let prerelease = unmarked(parts.prerelease);
        let leading_zero =
            |part: &str| part.len() > 1 && part.starts_with('0') && part.bytes().all(|b| b.is_ascii_digit());
        if prerelease.split('.').any(leading_zero) {
            return Err(SemverError::LeadingZero);
        }
        Ok(Self {
            major: number(parts.major)?,
            minor: number(unmarked(parts.minor))?,
            patch: number(unmarked(parts.patch))?,
            prerelease: prerelease.to_owned(),
            metadata: unmarked(parts.metadata).to_owned(),
            original: text.to_owned(),
        })
    }
}

/// A piece without the mark before it.
fn unmarked(piece: &str) -> &str {
    piece.get(1..).unwrap_or_default()
}

fn number(digits: &str) -> Result<u64, SemverError> {
    if digits.is_empty() {
        return Ok(0);
    }
    digits.parse().map_err(|_| SemverError::Range(digits.to_owned()))
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if !self.prerelease.is_empty() {
            write!(f, "-{}", self.prerelease)?;
        }
        if !self.metadata.is_empty() {
            write!(f, "+{}", self.metadata)?;
        }
        Ok(())
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Version {}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.major, self.minor, self.patch)
            .cmp(&(other.major, other.minor, other.patch))
            .then_with(|| compare_prereleases(&self.prerelease, &other.prerelease))
    }
}

/// A release comes after its prereleases; of those, numbers come before words.
fn compare_prereleases(a: &str, b: &str) -> Ordering {
    if a.is_empty() || b.is_empty() {
        return a.is_empty().cmp(&b.is_empty());
    }
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(a), Some(b)) => match (a.parse::<u64>(), b.parse::<u64>()) {
                (Ok(a), Ok(b)) => a.cmp(&b),
                (Ok(_), Err(_)) => Ordering::Less,
                (Err(_), Ok(_)) => Ordering::Greater,
                (Err(_), Err(_)) => a.cmp(b),
            },
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// What versions are wanted: alternatives of conditions that all must hold.
#[derive(Debug, Clone)]
pub struct Constraint {
    groups: Vec<Vec<Condition>>,
}

impl Constraint {
    /// Reads a constraint: `>= 1.2, < 2 || ~3.1`.
    pub fn parse(text: &str) -> Result<Self, SemverError> {
        if text.len() > CONSTRAINT_MAX {
            return Err(SemverError::ConstraintTooLong);
        }
        let text = rewrite_ranges(text);
        let groups: Vec<&str> = text.split("||").collect();
        if groups.len() > GROUPS_MAX {
            return Err(SemverError::TooManyGroups);
        }
        let groups = groups.into_iter().map(parse_group).collect::<Result<_, _>>()?;
        Ok(Self { groups })
    }

    /// Whether a version fits.
    #[must_use]
    pub fn matches(&self, version: &Version) -> bool {
        self.groups.iter().any(|group| {
            let wants_prereleases = group
                .iter()
                .any(|condition| !condition.version.prerelease.is_empty());
            (version.prerelease.is_empty() || wants_prereleases)
                && group.iter().all(|condition| condition.matches(version))
        })
    }
}

/// Whether a version fits a constraint; not if either is none. Helm's `IsCompatibleRange`.
#[must_use]
pub fn satisfies(constraint: &str, version: &str) -> bool {
    match (Constraint::parse(constraint), Version::parse(version)) {
        (Ok(constraint), Ok(version)) => constraint.matches(&version),
        _ => false,
    }
}

/// Writes `1.2 - 3.4` as the two comparisons that it means.
fn rewrite_ranges(text: &str) -> Cow<'_, str> {
    // The expression takes longer to compile than all the rest; a lone hyphen, which it wants, is rare.
    let has_range = text.contains(" - ") || text.contains(['\t', '\n', '\x0c', '\r']);
    let Some(range) = RANGE.as_ref().filter(|_| has_range) else {
        return text.into();
    };
    // The first version is group 1; with the nine groups within it the second one is group 11.
    range.replace_all(text, |parts: &Captures<'_>| {
        let group = |index| parts.get(index).map_or("", |group| group.as_str());
        format!(">= {}, <= {} ", group(1), group(11))
    })
}

fn parse_group(text: &str) -> Result<Vec<Condition>, SemverError> {
    let pieces = scan::conditions(text).ok_or_else(|| SemverError::Constraint(text.to_owned()))?;
    pieces.iter().map(Condition::new).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterEqual,
    LessEqual,
    Tilde,
    Caret,
}

/// How much of the version was left open, by an `x` or by leaving it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Nothing,
    Patch,
    Minor,
    All,
}

#[derive(Debug, Clone)]
struct Condition {
    operator: Operator,
    version: Version,
    open: Open,
}

impl Condition {
    fn new(piece: &Piece<'_>) -> Result<Self, SemverError> {
        let operator = match piece.operator {
            "!=" => Operator::NotEqual,
            ">" => Operator::Greater,
            "<" => Operator::Less,
            ">=" | "=>" => Operator::GreaterEqual,
            "<=" | "=<" => Operator::LessEqual,
            "~" | "~>" => Operator::Tilde,
            "^" => Operator::Caret,
            _ => Operator::Equal,
        };
        let Pieces {
            whole,
            major,
            minor,
            patch,
            prerelease,
            ..
        } = piece.version;
        let any = |part: &str| matches!(part.trim_start_matches('.'), "" | "x" | "X" | "*");
        let (open, text) = if any(major) {
            (Open::All, format!("0.0.0{prerelease}"))
        } else if any(minor) {
            (Open::Minor, format!("{major}.0.0{prerelease}"))
        } else if any(patch) {
            (Open::Patch, format!("{major}{minor}.0{prerelease}"))
        } else {
            (Open::Nothing, whole.to_owned())
        };
        let version = Version::parse(&text).map_err(|_| SemverError::Constraint(piece.whole.to_owned()))?;
        Ok(Self {
            operator,
            version,
            open,
        })
    }

    fn matches(&self, version: &Version) -> bool {
        let wanted = &self.version;
        match self.operator {
            Operator::Equal if self.open == Open::Nothing => version == wanted,
            Operator::Equal | Operator::Tilde => self.tilde(version),
            Operator::NotEqual => self.differs(version),
            Operator::Greater => match self.open {
                Open::Minor => version.major > wanted.major,
                Open::Patch => (version.major, version.minor) > (wanted.major, wanted.minor),
                Open::Nothing | Open::All => version > wanted,
            },
            Operator::Less => version < wanted,
            Operator::GreaterEqual => version >= wanted,
            Operator::LessEqual => match self.open {
                Open::Nothing => version <= wanted,
                Open::Minor => version.major <= wanted.major,
                Open::Patch | Open::All => (version.major, version.minor) <= (wanted.major, wanted.minor),
            },
            Operator::Caret => self.caret(version),
        }
    }

    fn differs(&self, version: &Version) -> bool {
        let wanted = &self.version;
        match self.open {
            Open::Minor => version.major != wanted.major,
            Open::Patch => {
                (version.major, version.minor) != (wanted.major, wanted.minor)
                    || compare_prereleases(&version.prerelease, &wanted.prerelease) != Ordering::Equal
            }
            Open::Nothing | Open::All => version != wanted,
        }
    }

    fn tilde(&self, version: &Version) -> bool {
        let wanted = &self.version;
        if version < wanted {
            return false;
        }
        let zero = (wanted.major, wanted.minor, wanted.patch) == (0, 0, 0);
        if zero && matches!(self.open, Open::Nothing | Open::All) {
            return true;
        }
        version.major == wanted.major && (version.minor == wanted.minor || self.open == Open::Minor)
    }

    fn caret(&self, version: &Version) -> bool {
        let wanted = &self.version;
        if version < wanted {
            return false;
        }
        if wanted.major > 0 || self.open == Open::Minor {
            return version.major == wanted.major;
        }
        if version.major > 0 {
            return false;
        }
        if wanted.minor > 0 || self.open == Open::Patch {
            return version.minor == wanted.minor;
        }
        version.minor == 0 && version.patch == wanted.patch
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("1.2.3", "1.2.3", true)]
    #[case("1.2", "1.2.9", true)]
    #[case("1.2", "1.3.0", false)]
    #[case("1", "1.9.9", true)]
    #[case("1.x", "2.0.0", false)]
    #[case("*", "3.1.4", true)]
    #[case("*", "3.1.4-rc.1", false)]
    #[case("", "1.0.0", false)]
    #[case(">=1.2.0", "v1.36.3", true)]
    #[case(">=1.2.0", "1.36.3-gke.1", false)]
    #[case(">=1.2.0-0", "1.36.3-gke.1", true)]
    #[case(">= 1.2, < 2", "1.9.0", true)]
    #[case(">= 1.2 < 2", "2.0.0", false)]
    #[case("~1.2.3", "1.2.9", true)]
    #[case("~1.2.3", "1.3.0", false)]
    #[case("^0.2.3", "0.2.9", true)]
    #[case("^0.2.3", "0.3.0", false)]
    #[case("^0.0.3", "0.0.4", false)]
    #[case("^1.2", "1.9.0", true)]
    #[case("1.2 - 1.4", "1.3.5", true)]
    #[case("1.2 - 1.4", "1.4.5", true)]
    #[case("1.2 - 1.4", "1.5.0", false)]
    #[case("<1.0 || >=2.0", "2.1.0", true)]
    #[case("<1.0 || >=2.0", "1.1.0", false)]
    #[case("!=1.x", "1.4.0", false)]
    #[case("!=1.x", "2.4.0", true)]
    #[case(">11", "11.1.0", false)]
    #[case(">11.1", "11.2.0", true)]
    #[case("<=11", "11.9.0", true)]
    #[case("=> 1.0", "1.0.0", true)]
    #[case("one", "1.0.0", false)]
    #[case("1.0", "one", false)]
    fn constraints_mean_what_they_mean_in_masterminds(
        #[case] constraint: &str,
        #[case] version: &str,
        #[case] fits: bool,
    ) {
        assert_eq!(satisfies(constraint, version), fits, "{constraint} on {version}");
    }

    #[test]
    fn versions_are_ordered_by_the_rules_of_semver() {
        let sorted = [
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0",
            "1.0.1",
        ];
        for pair in sorted.windows(2) {
            assert!(
                Version::parse(pair[0]).unwrap() < Version::parse(pair[1]).unwrap(),
                "{pair:?}"
            );
        }
        assert_eq!(
            Version::parse("1.2+a").unwrap(),
            Version::parse("1.2.0+b").unwrap()
        );
    }

    #[test]
    fn errors_are_worded_as_masterminds_words_them() {
        assert_eq!(
            Version::parse("one").unwrap_err().to_string(),
            "invalid semantic version"
        );
        assert_eq!(Version::parse("1.0.0-01").unwrap_err(), SemverError::LeadingZero);
        assert_eq!(
            Constraint::parse("one").unwrap_err().to_string(),
            "improper constraint: \"one\""
        );
    }
}
