//! Approval on the command line: by arguments, or by whoever sits before the terminal.

use crate::rollout::{Approved, Guard, Unapproved};
use crate::{Error, ErrorKind, Result};
use clap::Args;
use std::io::{IsTerminal as _, Write as _};

/// How questions are answered.
#[derive(Debug, Clone, Args)]
pub struct ApprovalArgs {
    /// Answer the ordinary questions with yes
    #[arg(short, long)]
    yes: bool,
    /// The release's name, as a profile with typed confirmation wants it
    #[arg(long, value_name = "RELEASE")]
    confirm: Option<String>,
}

impl ApprovalArgs {
    /// Whether somebody is there to ask.
    pub(super) fn interactive(&self) -> bool {
        std::io::stdin().is_terminal() && !self.yes
    }

    /// Asks `question`, where somebody is there to answer and the arguments have not.
    pub(super) fn approve(&self, guard: &Guard, question: &str) -> Result<Approved> {
        let mut yes = self.yes;
        let mut typed = self.confirm.clone();
        if self.interactive() && guard.wants_typed() && typed.is_none() {
            typed = Some(ask(&format!("{question} Type the release's name: "))?);
        } else if self.interactive() && !guard.wants_typed() {
            yes = matches!(ask(&format!("{question} [y/N] "))?.as_str(), "y" | "Y" | "yes");
        }
        guard.approve(yes, typed.as_deref()).map_err(|refused| {
            let hint = match &refused {
                Unapproved::NotAnswered => "answer with --yes where nobody is there to ask".to_owned(),
                Unapproved::NotTyped { release } => format!("give it as --confirm {release}"),
            };
            Error::new(ErrorKind::Unconfirmed, refused.to_string()).hint(hint)
        })
    }
}

/// Asks a question on standard error and reads a line.
pub(super) fn ask(question: &str) -> Result<String> {
    let fail = |error| Error::new(ErrorKind::Unconfirmed, "the answer cannot be read").caused_by(error);
    let mut out = std::io::stderr().lock();
    out.write_all(question.as_bytes())
        .and_then(|()| out.flush())
        .map_err(fail)?;
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).map_err(fail)?;
    Ok(line.trim().to_owned())
}
