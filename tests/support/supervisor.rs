//! Keeps a cluster's processes, and ends them however the test process ends.
//!
//! A test process that is killed cannot take down what it started. So it starts one process, this supervisor, which is
//! the test binary itself, and holds a pipe to it. Each line on the pipe is a process to start. When the pipe closes,
//! which the kernel does for the dead too, the supervisor ends what it started, the last one first, and removes the
//! cluster's folder. When one of its processes ends by itself it does the same, and says which on its standard output.

use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, BufRead as _, Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

/// Says to a test binary that it is to be the supervisor of the folder named.
const ROLE: &str = "MESH_TUI_TEST_SUPERVISED_FOLDER";
/// Set to anything, it keeps the folder of a cluster (its logs, its audit log) when the cluster ends.
const KEEP: &str = "MESH_TUI_TEST_KEEP";

/// A process to start.
#[derive(Debug, Serialize, Deserialize)]
pub struct Process {
    /// What it is called in messages; its output goes to `<name>.log` in the cluster's folder.
    pub name: String,
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
}

/// The test process's end of the pipe.
#[derive(Debug)]
pub struct Supervisor {
    process: Child,
    orders: Option<ChildStdin>,
    folder: PathBuf,
}

impl Supervisor {
    /// Starts a supervisor that owns `folder`.
    pub fn start(folder: &Path) -> io::Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .env(ROLE, folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // A Ctrl-C for the tests must not reach the cluster before its supervisor has seen the pipe close.
            .process_group(0)
            .spawn()?;
        let orders = process.stdin.take();
        Ok(Self {
            process,
            orders,
            folder: folder.to_owned(),
        })
    }

    /// Has a process started.
    pub fn run(&mut self, process: &Process) -> io::Result<()> {
        let orders = self.orders.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        let mut line = serde_json::to_vec(process)?;
        line.push(b'\n');
        orders.write_all(&line)
    }

    /// The end of the log of the process that ended by itself, if one did.
    pub fn casualty(&mut self) -> io::Result<Option<String>> {
        if self.process.try_wait()?.is_none() {
            return Ok(None);
        }
        let mut said = String::new();
        if let Some(mut output) = self.process.stdout.take() {
            output.read_to_string(&mut said)?;
        }
        Ok(Some(said))
    }

    /// The folder that the supervisor removes at the end.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        drop(self.orders.take());
        // The supervisor sets itself a limit, by killing; there is nothing to do about an error here.
        let _ = self.process.wait();
    }
}

/// Becomes the supervisor and does not return, if that is what this process was started for.
pub fn serve_if_asked() {
    let Some(folder) = std::env::var_os(ROLE).map(PathBuf::from) else {
        return;
    };
    let result = serve(&folder);
    if std::env::var_os(KEEP).is_some() {
        eprintln!("kept {}", folder.display());
    } else {
        let _ = std::fs::remove_dir_all(&folder);
    }
    std::process::exit(i32::from(result.is_err()));
}

fn serve(folder: &Path) -> io::Result<()> {
    let (sender, orders) = mpsc::channel();
    std::thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    let mut running = Running::default();
    loop {
        match orders.recv_timeout(Duration::from_millis(100)) {
            Ok(line) => running.start(serde_json::from_str(&line)?, folder)?,
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
            Err(RecvTimeoutError::Timeout) => {
                if let Some(name) = running.ended()? {
                    let log = std::fs::read_to_string(folder.join(format!("{name}.log"))).unwrap_or_default();
                    let lines: Vec<&str> = log.lines().collect();
                    let end = lines[lines.len().saturating_sub(15)..].join("\n");
                    println!("{name} ended by itself:\n{end}");
                    return Err(io::Error::other(name));
                }
            }
        }
    }
}

/// The processes in the order they were started; dropping it ends them, the last one first.
#[derive(Default)]
struct Running(Vec<(String, Child)>);

impl Running {
    fn start(&mut self, process: Process, folder: &Path) -> io::Result<()> {
        let log = File::create(folder.join(format!("{}.log", process.name)))?;
        let child = Command::new(&process.program)
            .args(&process.arguments)
            .current_dir(folder)
            .env_remove(ROLE)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        self.0.push((process.name, child));
        Ok(())
    }

    fn ended(&mut self) -> io::Result<Option<String>> {
        for (name, child) in &mut self.0 {
            if child.try_wait()?.is_some() {
                return Ok(Some(name.clone()));
            }
        }
        Ok(None)
    }
}

impl Drop for Running {
    /// Kills, without asking first: nothing of a test's cluster is to be kept, and an API server that is asked to stop
    /// takes its time, or for ever where etcd is gone.
    fn drop(&mut self) {
        while let Some((_, mut child)) = self.0.pop() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
