//! `man`: manual pages, made from the definition of the arguments.

use super::Cli;
use crate::{Error, ErrorKind, Result};
use clap::CommandFactory;
use std::process::ExitCode;

/// Prints the page of the program, or of one of its commands.
pub(super) fn print(of: Option<&str>) -> Result<ExitCode> {
    let text = page(of)?;
    super::print::text(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn page(of: Option<&str>) -> Result<String> {
    let mut program = Cli::command();
    program.build();
    let command = match of {
        None => program.clone(),
        Some(name) => program.find_subcommand(name).cloned().ok_or_else(|| {
            Error::new(ErrorKind::Usage, format!("there is no command `{name}`"))
                .hint("`mesh-tui --help` lists the commands")
        })?,
    };
    let mut page = Vec::new();
    clap_mangen::Man::new(command)
        .render(&mut page)
        .map_err(|error| Error::new(ErrorKind::Bug, "the manual page cannot be made").caused_by(error))?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}

#[cfg(test)]
mod tests {
    use super::page;

    #[test]
    fn every_command_has_a_page_and_another_word_has_none() {
        use clap::CommandFactory as _;
        for command in super::Cli::command().get_subcommands() {
            let text = page(Some(command.get_name())).unwrap();
            assert!(text.contains(".SH SYNOPSIS"), "{}", command.get_name());
        }
        assert!(page(None).unwrap().contains("SUBCOMMANDS"));
        assert!(page(Some("frobnicate")).is_err());
    }
}
