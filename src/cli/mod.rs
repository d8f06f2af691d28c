//! The command line: one definition of the arguments, a file for each command, reports as text and JSON.

pub mod apply;
pub mod approve;
pub mod args;
mod connect;
pub mod follow;
mod foreign;
pub mod history;
mod man;
mod memory;
pub mod plan;
mod plan_report;
mod print;
mod report;
pub mod rollback;
pub mod status;
pub mod template;
pub mod uninstall;
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
    #[command(disable_version_flag = true)]
    Template(template::TemplateArgs),
    /// Show what a rollout would do
    Plan(plan::PlanArgs),
    /// Show what would change, field by field; exits with 2 where something would
    Diff(plan::PlanArgs),
    /// Bring a release to the given values, stage by stage
    Apply(apply::ApplyArgs),
    /// Go on with a rollout that was interrupted
    Resume(apply::ResumeArgs),
    /// Show where a release stands
    Status(status::StatusArgs),
    /// List the revisions of a release
    History(history::HistoryArgs),
    /// Take a release back to an earlier revision
    Rollback(rollback::RollbackArgs),
    /// Remove a release from its cluster
    Uninstall(uninstall::UninstallArgs),
    /// Free a release from an operation that nobody finishes
    Unlock(rollback::UnlockArgs),
    /// Print the manual page of mesh-tui, or of one of its commands, for `man -l -`
    Man {
        /// The command; without one the page of the program
        #[arg(value_name = "COMMAND")]
        of: Option<String>,
    },
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
        Some(Command::Template(args)) => template::run(&args),
        Some(Command::Plan(args)) => plan::plan(&args),
        Some(Command::Diff(args)) => plan::diff(&args),
        Some(Command::Apply(args)) => apply::apply(&args),
        Some(Command::Resume(args)) => apply::resume(&args),
        Some(Command::Status(args)) => status::status(&args),
        Some(Command::History(args)) => history::history(&args),
        Some(Command::Rollback(args)) => rollback::rollback(&args),
        Some(Command::Uninstall(args)) => uninstall::uninstall(&args),
        Some(Command::Unlock(args)) => rollback::unlock(&args),
        Some(Command::Man { of }) => man::print(of.as_deref()),
        Some(Command::Completions { shell }) => {
            clap_complete::generate(shell, &mut Cli::command(), "mesh-tui", &mut std::io::stdout());
            Ok(ExitCode::SUCCESS)
        }
        None => wizard::open(&cli.wizard),
    }
}
