//! Flags of `helm template` that are none of ours: each answers with why, rather than with "unexpected argument".

use crate::{Error, ErrorKind, Result};
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

const INSTALLS: &str = "is about installing, and nothing is installed here";

/// The flags: the name, the short form, whether a value follows, why it is none of ours, and what to do instead.
const FLAGS: [(&str, Option<char>, bool, &str, &str); 27] = [
    ("atomic", None, false, INSTALLS, ""),
    (
        "create-namespace",
        None,
        false,
        INSTALLS,
        "`mesh-tui apply` takes it",
    ),
    ("description", None, true, INSTALLS, ""),
    ("disable-openapi-validation", None, false, INSTALLS, ""),
    ("force", None, false, INSTALLS, ""),
    ("hide-notes", None, false, INSTALLS, "notes are not printed"),
    ("labels", Some('l'), true, INSTALLS, ""),
    (
        "render-subchart-notes",
        None,
        false,
        INSTALLS,
        "notes are not printed",
    ),
    ("replace", None, false, INSTALLS, ""),
    (
        "skip-crds",
        None,
        false,
        INSTALLS,
        "without --include-crds there are none",
    ),
    ("take-ownership", None, false, INSTALLS, ""),
    ("timeout", None, true, INSTALLS, ""),
    ("wait", None, false, INSTALLS, ""),
    ("wait-for-jobs", None, false, INSTALLS, ""),
    (
        "dry-run",
        None,
        true,
        "asks a cluster, and none is asked here",
        "`mesh-tui diff` asks the cluster what would change",
    ),
    (
        "validate",
        None,
        false,
        "asks a cluster, and none is asked here",
        "`mesh-tui diff` asks the cluster what would change",
    ),
    (
        "enable-dns",
        None,
        false,
        "would let a chart ask name servers, and none is asked here",
        "getHostByName answers nothing, as Helm's does without this flag",
    ),
    (
        "dependency-update",
        None,
        false,
        "would change the chart's folder, and nothing is written there",
        "`helm dependency build` fetches the subcharts",
    ),
    (
        "insecure-skip-tls-verify",
        None,
        false,
        "would take a chart from anybody",
        "--ca-file names the certificates to trust",
    ),
    (
        "username",
        None,
        true,
        "would show credentials to everybody who lists processes",
        "`helm registry login` or `helm repo add` stores them where they are found",
    ),
    (
        "password",
        None,
        true,
        "would show credentials to everybody who lists processes",
        "`helm registry login` or `helm repo add` stores them where they are found",
    ),
    (
        "verify",
        None,
        false,
        "is not supported: provenance files are not read",
        "`helm verify` checks an archive; the digests of registries and indexes are always checked",
    ),
    (
        "keyring",
        None,
        true,
        "is not supported: provenance files are not read",
        "`helm verify` checks an archive",
    ),
    (
        "post-renderer",
        None,
        true,
        "runs a program, and none is run here",
        "pipe what is printed into the program",
    ),
    (
        "post-renderer-args",
        None,
        true,
        "runs a program, and none is run here",
        "pipe what is printed into the program",
    ),
    (
        "kube-context",
        None,
        true,
        "names a cluster, and none is asked here",
        "",
    ),
    ("debug", None, false, "is not needed", "an error shows its causes"),
];

/// The flag of them that was given.
#[derive(Debug, Clone, Default)]
pub struct ForeignFlags {
    given: Option<usize>,
}

impl ForeignFlags {
    /// Why the flag that was given is none of ours.
    pub(super) fn check(&self) -> Result<()> {
        let Some((name, _, _, why, instead)) = self.given.and_then(|given| FLAGS.get(given)) else {
            return Ok(());
        };
        let error = Error::new(ErrorKind::Usage, format!("--{name} {why}"));
        Err(if instead.is_empty() {
            error
        } else {
            error.hint(*instead)
        })
    }
}

impl Args for ForeignFlags {
    fn augment_args(command: Command) -> Command {
        command.args(FLAGS.map(|(name, short, takes_value, ..)| {
            let arg = Arg::new(name).long(name).hide(true);
            let arg = match short {
                Some(short) => arg.short(short),
                None => arg,
            };
            match (takes_value, name) {
                (false, _) => arg.action(ArgAction::SetTrue),
                // A value of this one must be joined with an equals sign.
                (true, "dry-run") => arg.num_args(0..=1).require_equals(true),
                (true, _) => arg.action(ArgAction::Append),
            }
        }))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for ForeignFlags {
    fn from_arg_matches(matches: &ArgMatches) -> std::result::Result<Self, clap::Error> {
        let on_the_line =
            |name: &str| matches.value_source(name) == Some(clap::parser::ValueSource::CommandLine);
        Ok(Self {
            given: FLAGS.iter().position(|(name, ..)| on_the_line(name)),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> std::result::Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::cli::{Cli, Command};
    use clap::Parser as _;
    use rstest::rstest;

    fn check(arguments: &[&str]) -> Result<(), String> {
        let cli = Cli::try_parse_from(["mesh-tui", "template"].iter().chain(arguments)).unwrap();
        match cli.command {
            Some(Command::Template(args)) => args.foreign.check().map_err(|error| error.to_string()),
            _ => unreachable!("it is the command that was given"),
        }
    }

    #[rstest]
    #[case(&["--wait"], "--wait is about installing, and nothing is installed here")]
    #[case(&["-l", "a=b"], "--labels is about installing, and nothing is installed here")]
    #[case(&["--timeout", "5m", "name"], "--timeout is about installing, and nothing is installed here")]
    #[case(&["--dry-run=server"], "--dry-run asks a cluster, and none is asked here")]
    #[case(&["--dry-run", "name"], "--dry-run asks a cluster, and none is asked here")]
    #[case(&["--password", "x"], "--password would show credentials to everybody who lists processes")]
    fn a_flag_of_helms_says_why_it_is_none_of_ours(#[case] arguments: &[&str], #[case] expected: &str) {
        assert_eq!(check(arguments), Err(expected.to_owned()));
        assert_eq!(check(&["name"]), Ok(()));
    }
}
