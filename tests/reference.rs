//! `docs/COMMANDS.md` and `docs/KEYS.md` are made from the definitions that the program itself uses: the arguments and the
//! registry of keys. Set to anything, `MESH_TUI_TEST_WRITE_DOCS` writes them instead of comparing them.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test may fail by panicking"
)]

use clap::CommandFactory as _;
use mesh_tui::cli::Cli;
use mesh_tui::tui::command::COMMANDS;
use std::fmt::Write as _;
use std::path::Path;

const WRITE: &str = "MESH_TUI_TEST_WRITE_DOCS";

/// The width of the help in the page, in columns.
const WIDTH: usize = 100;

fn is_current(name: &str, page: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(&file, page).unwrap();
    }
    let there = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        there == page,
        "docs/{name} is not current; {WRITE}=1 cargo test --test reference writes it"
    );
}

#[test]
fn commands_are_described_as_the_program_describes_them() {
    let mut program = Cli::command().term_width(WIDTH);
    program.build();
    let mut page = String::from(
        "# Commands\n\nWhat `mesh-tui --help` and the `--help` of each command say. How they end: [exit codes](EXIT-CODES.md).\n",
    );
    let mut describe = |command: &mut clap::Command, name: &str| {
        let help = command.render_help().to_string();
        let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
        let _ = write!(
            page,
            "\n## {name}\n\n```text\n{}\n```\n",
            lines.join("\n").trim_end()
        );
    };
    describe(&mut program, "mesh-tui");
    let names: Vec<String> = program
        .get_subcommands()
        .map(|command| command.get_name().to_owned())
        .filter(|name| name != "help")
        .collect();
    for name in names {
        let mut command = program.find_subcommand(&name).unwrap().clone().term_width(WIDTH);
        describe(&mut command, &format!("mesh-tui {name}"));
    }
    is_current("COMMANDS.md", &page);
}

#[test]
fn keys_are_listed_as_the_program_takes_them() {
    let mut page = String::from(
        "# Keys\n\nEvery command of the screens with its keys. Not all are there on every screen: the last line names those that are, \
         `?` (F1 while text is typed) lists them, and Ctrl-P finds one by its name.\n\n| keys | what they do |\n|---|---|\n",
    );
    for command in COMMANDS {
        let keys: Vec<String> = command.keys.iter().map(|key| format!("`{key}`")).collect();
        let _ = writeln!(page, "| {} | {} |", keys.join(" "), command.doc);
    }
    is_current("KEYS.md", &page);
}
