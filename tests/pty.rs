//! The whole program in a terminal, with real keys: what a person sees is waited for, never a time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may fail by panicking"
)]

use portable_pty::{CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::num::NonZero;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// How long a screen may be waited for before the test gives up. It is no measure: nothing passes for being quick.
const PATIENCE: Duration = Duration::from_secs(120);

const ENTER: &str = "\r";
const TAB: &str = "\t";
const DOWN: &str = "\x1b[B";
const ESC: &str = "\x1b";
const CTRL_C: &str = "\x03";
const CTRL_S: &str = "\x13";

struct Terminal {
    screen: vt100::Parser,
    output: Receiver<Vec<u8>>,
    keys: Box<dyn Write + Send>,
    program: Box<dyn portable_pty::Child + Send + Sync>,
    _pty: Box<dyn MasterPty + Send>,
}

impl Terminal {
    /// Starts the program in a terminal of this size, without a kubeconfig.
    fn start(columns: u16, rows: u16, arguments: &[&str]) -> Self {
        let size = PtySize {
            rows,
            cols: columns,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pty = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_mesh-tui"));
        command.args(arguments);
        command.env("KUBECONFIG", "/nonexistent/kubeconfig");
        command.env("MESH_TUI_SANDBOX_SPEED", "50");
        command.env("TERM", "xterm-256color");
        command.env_remove("NO_COLOR");
        command.env_remove("KUBERNETES_SERVICE_HOST");
        let program = pty.slave.spawn_command(command).unwrap();
        drop(pty.slave);
        let mut reader = pty.master.try_clone_reader().unwrap();
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(count) = reader.read(&mut buffer) {
                if count == 0 || sender.send(buffer[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self {
            screen: vt100::Parser::new(NonZero::new(rows).unwrap(), NonZero::new(columns).unwrap(), 0),
            output,
            keys: pty.master.take_writer().unwrap(),
            program,
            _pty: pty.master,
        }
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    fn text(&self) -> String {
        self.screen.screen().contents()
    }

    /// Reads what the program writes until the screen is as asked.
    fn until(&mut self, what: &str, seen: impl Fn(&str) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !seen(&self.text()) {
            let left = end.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left) {
                Ok(bytes) => self.screen.process(&bytes),
                Err(RecvTimeoutError::Timeout) => panic!("{what} never came:\n{}", self.text()),
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("the program ended before {what}:\n{}", self.text())
                }
            }
        }
    }

    fn see(&mut self, text: &str) {
        self.until(text, |screen| screen.contains(text));
    }

    /// Waits until the program has ended, and answers how.
    fn end(&mut self) -> ExitStatus {
        while let Ok(bytes) = self.output.recv_timeout(PATIENCE) {
            self.screen.process(&bytes);
        }
        self.program.wait().unwrap()
    }

    /// Whether the terminal is as it was before the program took it over.
    fn is_restored(&self) -> bool {
        let screen = self.screen.screen();
        !screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste()
    }
}

/// The marks of a step on the road, and its title over the form.
fn on(step: &str) -> impl Fn(&str) -> bool + use<> {
    let mark = format!("▸ {step}");
    move |screen| screen.contains(&mark)
}

#[test]
fn a_newcomer_walks_the_whole_road_in_the_sandbox() {
    let mut terminal = Terminal::start(120, 40, &[]);
    // Without a kubeconfig the sandbox is chosen by itself, and nothing is connected yet.
    terminal.see("Enter connects to sandbox");
    terminal.press(ENTER);
    terminal.until("Environment", on("Environment"));
    terminal.see("production");
    terminal.press(ENTER);
    terminal.until("Services", on("Services"));
    // rag-loader is switched off, and the diff follows.
    terminal.see("Deployment/rag-loader");
    terminal.press(DOWN);
    terminal.press(DOWN);
    terminal.press(DOWN);
    terminal.press(" ");
    terminal.until("a diff without rag-loader", |screen| {
        !screen.contains("Deployment/rag-loader")
    });
    terminal.press("d");
    terminal.see("What changes, field by field");
    terminal.press("/");
    terminal.press("worker");
    terminal.press(ENTER);
    terminal.see("/worker");
    terminal.press(ESC);
    terminal.until("Services", on("Services"));
    for step in ["Data", "Secrets", "Access", "Observability", "Review"] {
        terminal.press(ENTER);
        terminal.until(step, on(step));
    }
    terminal.see("Stages, in this order");
    terminal.see("Enter  rolls out");
    terminal.press(ENTER);
    terminal.see("Roll out now?");
    terminal.press("y");
    terminal.see("✓ worker");
    terminal.see("Rolled out.");
    terminal.press(ENTER);
    terminal.see("developer-mesh is rolled out.");
    terminal.see("Notes of the chart");
    terminal.press(CTRL_C);
    let status = terminal.end();
    assert!(status.success(), "{status:?}");
    assert!(terminal.is_restored());
}

#[test]
fn an_image_that_cannot_be_pulled_is_shown_with_its_cause_and_rolled_back() {
    let mut terminal = Terminal::start(80, 24, &["--sandbox", "image-pull"]);
    terminal.see("✓ Connected");
    terminal.see("is new in");
    for step in [
        "Environment",
        "Services",
        "Data",
        "Secrets",
        "Access",
        "Observability",
        "Review",
    ] {
        terminal.press(ENTER);
        terminal.until(step, on(step));
    }
    terminal.see("Enter  rolls out");
    terminal.press(ENTER);
    terminal.see("Roll out now?");
    terminal.press("y");
    terminal.see("What should happen?");
    terminal.see("Why:");
    terminal.press("B");
    terminal.see("Roll everything back?");
    terminal.press("y");
    terminal.see("Everything is back as it was.");
    terminal.press(CTRL_C);
    assert!(terminal.end().success());
    assert!(terminal.is_restored());
}

#[test]
fn production_is_loud_and_wants_the_name_typed() {
    let mut terminal = Terminal::start(120, 40, &["--sandbox", "--profile", "production"]);
    terminal.see("▲ PRODUCTION ▲");
    terminal.see("is new in");
    for step in ["Environment", "Services", "Data"] {
        terminal.press(ENTER);
        terminal.until(step, on(step));
    }
    for host in ["db.example.com", "cache.example.com"] {
        // From where the database runs to its host; from its TLS mode past where Redis runs to Redis' host.
        terminal.press(TAB);
        terminal.press(host);
        terminal.see(host);
        for _ in 0..5 {
            terminal.press(TAB);
        }
    }
    for step in ["Secrets", "Access", "Observability", "Review"] {
        terminal.press(ENTER);
        terminal.until(step, on(step));
    }
    terminal.see("Type developer-mesh to approve it");
    terminal.press(CTRL_C);
    terminal.see("Leave mesh-tui?");
    terminal.press("y");
    assert!(terminal.end().success());
    assert!(terminal.is_restored());
}

#[test]
fn ctrl_c_gives_the_terminal_back_on_the_first_screen() {
    let mut terminal = Terminal::start(80, 24, &[]);
    terminal.see("Cluster");
    terminal.press(CTRL_C);
    assert!(terminal.end().success());
    assert!(terminal.is_restored());
}

#[test]
fn ctrl_c_during_a_rollout_finishes_the_record_first() {
    let mut terminal = Terminal::start(100, 30, &["--sandbox", "slow-start", "--sandbox-speed", "2"]);
    terminal.see("is new in");
    for step in [
        "Environment",
        "Services",
        "Data",
        "Secrets",
        "Access",
        "Observability",
        "Review",
    ] {
        terminal.press(ENTER);
        terminal.until(step, on(step));
    }
    terminal.see("Enter  rolls out");
    terminal.press(ENTER);
    terminal.see("Roll out now?");
    terminal.press("y");
    terminal.see("✓ foundation");
    terminal.press(CTRL_C);
    terminal.see("Leave while the rollout runs?");
    terminal.press("y");
    assert!(terminal.end().success());
    assert!(terminal.is_restored());
}

#[test]
fn values_that_are_no_yaml_are_kept_and_not_applied() {
    let mut terminal = Terminal::start(100, 30, &["--sandbox"]);
    terminal.see("is new in");
    terminal.press("e");
    terminal.see("Your choices");
    terminal.press("worker: [");
    terminal.see("✗ not valid");
    terminal.press(CTRL_S);
    terminal.see("This is not YAML yet");
    terminal.press(ESC);
    terminal.until("Target", on("Target"));
    terminal.press("e");
    terminal.see("worker: [");
    terminal.press(ESC);
    terminal.until("Target", on("Target"));
    terminal.press(CTRL_C);
    terminal.end();
    assert!(terminal.is_restored());
}

#[test]
fn a_terminal_that_is_too_small_says_so() {
    let mut terminal = Terminal::start(60, 10, &[]);
    terminal.see("mesh-tui needs 80×24, this is 60×10");
    terminal.press(CTRL_C);
    assert!(terminal.end().success());
    assert!(terminal.is_restored());
}

#[test]
fn an_unknown_scenario_is_one_clear_sentence() {
    let mut terminal = Terminal::start(100, 30, &["--sandbox", "sunshine"]);
    let status = terminal.end();
    assert_eq!(status.exit_code(), 64);
    let text = terminal.text();
    assert!(
        text.contains("there is no sandbox scenario \"sunshine\""),
        "{text}"
    );
    assert!(text.contains("the scenarios are healthy"), "{text}");
}
