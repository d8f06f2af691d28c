//! The command line: one definition of the arguments, a file for each command, reports as text and JSON.

pub mod args;
mod report;
pub mod template;
mod values;
mod wizard;

use clap::{CommandFactory, Parser, Subcommand};
use std::process::ExitCode;

/// Takes Developer Mesh into a Kubernetes cluster, one safe step at a time.
#[derive(Debug, Parser)]
#[command(
    name = "mesh-tui",
    version,
    about,
    max_term_width = 100,
    propagate_version = true,
    args_conflicts_with_subcommands = true
)]
pub struct Cli {
    /// What to do; without a command the wizard opens.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// What the wizard starts with.
    #[command(flatten)]
    pub wizard: wizard::WizardArgs,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Render a chart and print its manifests
    Template(template::TemplateArgs),
    /// Print a completion script for a shell
    Completions {
        /// The shell to complete for
        shell: clap_complete::Shell,
    },
}

/// Parses the arguments of this process, runs the command and reports how it ended.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return report::usage(&error),
    };
    match run(cli) {
        Ok(code) => code,
        Err(error) => report::failure(&error),
    }
}

/// Runs one command.
fn run(cli: Cli) -> crate::Result<ExitCode> {
    match cli.command {
        Some(Command::Template(args)) => template::run(args),
        Some(Command::Completions { shell }) => {
            clap_complete::generate(shell, &mut Cli::command(), "mesh-tui", &mut std::io::stdout());
            Ok(ExitCode::SUCCESS)
        }
        None => wizard::open(&cli.wizard),
    }
}
