//! How a command ends: errors with their causes and hints on standard error, and the exit code.

use crate::{Error, ErrorKind};
use std::io::Write;
use std::process::ExitCode;

/// Reports arguments that cannot be understood, or answers `--help` and `--version`.
pub(super) fn usage(error: &clap::Error) -> ExitCode {
    // Nothing is left to say to a terminal that is gone.
    let _ = error.print();
    if error.use_stderr() {
        ExitCode::from(ErrorKind::Usage.exit_code())
    } else {
        ExitCode::SUCCESS
    }
}

/// Reports a failure: the sentence, its causes, its hints.
pub(super) fn failure(error: &Error) -> ExitCode {
    let mut text = format!("error: {error}\n");
    for cause in error.causes() {
        text.extend(["  caused by: ", &cause, "\n"]);
    }
    for hint in error.hints() {
        text.extend(["  hint: ", hint, "\n"]);
    }
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
    ExitCode::from(error.kind().exit_code())
}
