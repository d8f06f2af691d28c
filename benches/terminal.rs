//! The program as a person runs it, in a terminal of 200×60: how soon the first frame is there, what it costs while
//! nothing happens, and how much memory it holds.
//!
//! `cargo bench --bench terminal -- first-frame` measures one of `first-frame`, `idle` and `memory`. With `KUBECONFIG`
//! set, `memory` (and `idle`, too) look at the release `large` in the namespace `large` of its cluster, which
//! `benches/compare.sh` installs there; without, at the sandbox. It reads `/proc`, so it runs on Linux alone.
#![allow(
    clippy::cast_precision_loss,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench may fail by panicking, and prints"
)]

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::fs;
use std::io::{Read, Write};
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

const COLUMNS: u16 = 200;
const ROWS: u16 = 60;
/// How often the program is started.
const STARTS: usize = 50;
/// How long nothing is done while the costs of it are measured.
const IDLE: Duration = Duration::from_secs(5);
/// How long a screen may take until it has settled: watches begin, timers end.
const SETTLE: Duration = Duration::from_secs(3);
const PATIENCE: Duration = Duration::from_secs(60);
/// What ends a frame: the end of a synchronized update.
const END_OF_FRAME: &[u8] = b"\x1b[?2026l";

const ENTER: &str = "\r";
const ESC: &str = "\x1b";

fn main() {
    if !fs::exists("/proc/self/status").unwrap_or(false) {
        println!("there is no /proc on this machine, so nothing is measured");
        return;
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--test") {
        let _ = first_frame();
        return;
    }
    let chosen: Vec<&String> = arguments
        .iter()
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let wanted = |name: &str| chosen.is_empty() || chosen.iter().any(|chosen| *chosen == name);
    if wanted("first-frame") {
        report_first_frames();
    }
    if wanted("idle") {
        report_idle();
    }
    if wanted("memory") {
        report_memory();
    }
}

/// The program in a terminal.
struct Terminal {
    screen: vt100::Parser,
    output: Receiver<(Instant, Vec<u8>)>,
    keys: Box<dyn Write + Send>,
    program: Box<dyn Child + Send + Sync>,
    started: Instant,
    _pty: Box<dyn MasterPty + Send>,
}

impl Terminal {
    fn start(kubeconfig: Option<&PathBuf>, arguments: &[&str]) -> Self {
        let size = PtySize {
            rows: ROWS,
            cols: COLUMNS,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pty = native_pty_system().openpty(size).expect("there is a terminal");
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_mesh-tui"));
        command.args(arguments);
        match kubeconfig {
            Some(path) => command.env("KUBECONFIG", path),
            None => command.env("KUBECONFIG", "/nonexistent/kubeconfig"),
        }
        command.env("MESH_TUI_SANDBOX_SPEED", "50");
        command.env("TERM", "xterm-256color");
        command.env_remove("NO_COLOR");
        command.env_remove("KUBERNETES_SERVICE_HOST");
        let mut reader = pty.master.try_clone_reader().expect("the terminal can be read");
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut buffer = vec![0; 1 << 16];
            while let Ok(count) = reader.read(&mut buffer) {
                if count == 0 || sender.send((Instant::now(), buffer[..count].to_vec())).is_err() {
                    return;
                }
            }
        });
        let started = Instant::now();
        let program = pty.slave.spawn_command(command).expect("the program starts");
        drop(pty.slave);
        let (rows, columns) = (NonZero::new(ROWS), NonZero::new(COLUMNS));
        let (rows, columns) = rows.zip(columns).expect("the terminal has a size");
        Self {
            screen: vt100::Parser::new(rows, columns, 0),
            output,
            keys: pty.master.take_writer().expect("the terminal can be written"),
            program,
            started,
            _pty: pty.master,
        }
    }

    fn press(&mut self, keys: &str) {
        let written = self.keys.write_all(keys.as_bytes());
        written
            .and_then(|()| self.keys.flush())
            .expect("the program takes keys");
    }

    /// Waits until the screen shows this.
    fn see(&mut self, text: &str) {
        let end = Instant::now() + PATIENCE;
        while !self.screen.screen().contents().contains(text) {
            let left = end.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left) {
                Ok((_, bytes)) => self.screen.process(&bytes),
                Err(error) => panic!(
                    "{text:?} never came, {error}:\n{}",
                    self.screen.screen().contents()
                ),
            }
        }
    }

    /// Reads for so long what the program writes; answers how many bytes it was.
    fn watch(&mut self, time: Duration) -> usize {
        let end = Instant::now() + time;
        let mut count = 0;
        loop {
            match self
                .output
                .recv_timeout(end.saturating_duration_since(Instant::now()))
            {
                Ok((_, bytes)) => {
                    count += bytes.len();
                    self.screen.process(&bytes);
                }
                Err(RecvTimeoutError::Timeout) => return count,
                Err(RecvTimeoutError::Disconnected) => panic!("the program ended"),
            }
        }
    }

    fn process(&self) -> u32 {
        self.program.process_id().expect("the program runs")
    }

    /// The time that the program has run on a core, all its threads together.
    fn cpu(&self) -> Duration {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.process())).expect("the program runs");
        let nanoseconds = tasks.flatten().filter_map(|task| {
            let text = fs::read_to_string(task.path().join("schedstat")).ok()?;
            text.split_whitespace().next()?.parse::<u64>().ok()
        });
        Duration::from_nanos(nanoseconds.sum())
    }

    /// A line of `/proc/PID/status` in KiB: `VmRSS`, `VmHWM`.
    fn memory(&self, name: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process()));
        let status = status.expect("the program runs");
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        number.unwrap_or_else(|| panic!("there is no {name} in its status"))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// The time from the start of the process to the end of the first frame.
fn first_frame() -> Duration {
    let terminal = Terminal::start(None, &[]);
    let mut seen = Vec::new();
    loop {
        let (at, bytes) = terminal.output.recv_timeout(PATIENCE).expect("a frame comes");
        seen.extend(bytes);
        if seen
            .windows(END_OF_FRAME.len())
            .any(|window| window == END_OF_FRAME)
        {
            return at.duration_since(terminal.started);
        }
    }
}

fn report_first_frames() {
    let mut times: Vec<Duration> = (0..STARTS).map(|_| first_frame()).collect();
    times.sort_unstable();
    let milliseconds = |time: Duration| format!("{:.1}", time.as_secs_f64() * 1000.0);
    println!("| start to the first frame | starts | median, ms | slowest, ms | limit, ms |");
    println!("|---|---|---|---|---|");
    println!(
        "| without a kubeconfig, {COLUMNS}×{ROWS} | {STARTS} | {} | {} | 50 |\n",
        milliseconds(times[STARTS / 2]),
        milliseconds(times[STARTS - 1])
    );
}

fn report_idle() {
    println!(
        "| idle | share of a core, % | bytes drawn in {} s | limit, % |",
        IDLE.as_secs()
    );
    println!("|---|---|---|---|");
    let mut terminal = Terminal::start(None, &[]);
    terminal.see("Enter connects to sandbox");
    idle_line(&mut terminal, "Target, nothing connected");
    drop(terminal);

    let mut terminal = sandbox();
    idle_line(&mut terminal, "Target, sandbox connected");
    for step in ["Environment", "Services"] {
        terminal.press(ENTER);
        terminal.see(&format!("▸ {step}"));
    }
    idle_line(&mut terminal, "Services, with the diff");
    terminal.press("d");
    terminal.see("What changes, field by field");
    idle_line(&mut terminal, "Diff");
    terminal.press(ESC);
    // A key that came right behind it would be one with Alt.
    terminal.see("▸ Services");
    for step in ["Data", "Secrets", "Access", "Observability", "Review"] {
        terminal.press(ENTER);
        terminal.see(&format!("▸ {step}"));
    }
    idle_line(&mut terminal, "Review");
    terminal.see("Enter  rolls out");
    terminal.press(ENTER);
    terminal.see("Roll out now?");
    terminal.press("y");
    terminal.see("Rolled out.");
    idle_line(&mut terminal, "Rollout, finished");
    drop(terminal);

    if let Some(kubeconfig) = kubeconfig() {
        let mut terminal = large(&kubeconfig);
        idle_line(&mut terminal, "a real cluster, 200 objects watched");
    }
    println!();
}

fn idle_line(terminal: &mut Terminal, screen: &str) {
    terminal.watch(SETTLE);
    let (before, start) = (terminal.cpu(), Instant::now());
    let drawn = terminal.watch(IDLE);
    let used = terminal.cpu().saturating_sub(before).as_secs_f64();
    let share = 100.0 * used / start.elapsed().as_secs_f64();
    println!("| {screen} | {share:.3} | {drawn} | 1 |");
}

fn report_memory() {
    println!("| resident memory | now, MiB | at most so far, MiB | limit, MiB |");
    println!("|---|---|---|---|");
    let mut terminal = sandbox();
    memory_line(&mut terminal, "the embedded chart on the sandbox, which is in it");
    drop(terminal);
    match kubeconfig() {
        Some(kubeconfig) => {
            let mut terminal = large(&kubeconfig);
            memory_line(&mut terminal, "a watch on 200 objects of a real cluster");
        }
        None => println!("| a watch on 200 objects of a real cluster | not measured: no KUBECONFIG | | 48 |"),
    }
    println!();
}

fn memory_line(terminal: &mut Terminal, what: &str) {
    terminal.watch(SETTLE);
    let mebibytes = |name: &str| format!("{:.1}", terminal.memory(name) as f64 / 1024.0);
    println!(
        "| {what} | {} | {} | 48 |",
        mebibytes("VmRSS"),
        mebibytes("VmHWM")
    );
}

/// The wizard on the sandbox, with a plan.
fn sandbox() -> Terminal {
    let mut terminal = Terminal::start(None, &["--sandbox", "--profile", "local"]);
    terminal.see("✓ Connected");
    terminal.see("is new in");
    terminal
}

/// The wizard on the release `large`, with the server's answer to its plan.
fn large(kubeconfig: &PathBuf) -> Terminal {
    let chart = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/large-chart");
    let context = std::env::var("MESH_TUI_CONTEXT").unwrap_or_else(|_| "test".to_owned());
    let release = [
        "--release",
        "large",
        "--namespace",
        "large",
        "--context",
        &context,
    ];
    let values = ["--chart", chart, "--profile", "local", "--set", "services=40"];
    let mut terminal = Terminal::start(Some(kubeconfig), &[&release[..], &values].concat());
    terminal.see("✓ Connected");
    terminal.see("✓ confirmed by server");
    terminal
}

fn kubeconfig() -> Option<PathBuf> {
    std::env::var_os("KUBECONFIG")
        .map(PathBuf::from)
        .filter(|path| path.is_file())
}
