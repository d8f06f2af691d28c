//! The real Helm 3 and Helm 4, each with a home of its own so that nothing of this machine's Helm shows.

use super::parts::{HELM3, HELM4, Missing, Part};
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use tempfile::TempDir;

/// The cluster version that rendering without a cluster assumes: Helm's own default differs by build.
pub const KUBE_VERSION: &str = "v1.36.3";

/// A Helm to run.
#[derive(Debug, Clone)]
pub struct Helm {
    program: PathBuf,
    home: Arc<TempDir>,
}

/// What a run of Helm came to.
#[derive(Debug, Clone)]
pub struct Output {
    /// Whether it exited with 0.
    pub success: bool,
    /// What it printed.
    pub stdout: String,
    /// What it complained of.
    pub stderr: String,
}

impl Output {
    /// What it printed, or what it complained of where it failed.
    pub fn ok(self) -> Result<String, String> {
        if self.success {
            Ok(self.stdout)
        } else {
            Err(self.stderr)
        }
    }
}

impl Helm {
    /// Helm 3.
    pub fn three() -> Result<Self, Missing> {
        Self::of(&HELM3)
    }

    /// Helm 4.
    pub fn four() -> Result<Self, Missing> {
        Self::of(&HELM4)
    }

    /// Both, the older one first.
    pub fn both() -> Result<[Self; 2], Missing> {
        Ok([Self::three()?, Self::four()?])
    }

    fn of(part: &'static Part) -> Result<Self, Missing> {
        let program = part.locate()?.program("helm");
        let home = tempfile::tempdir().map_err(|error| Missing::Build {
            part: part.name,
            reason: format!("no folder for its home: {error}"),
        })?;
        Ok(Self {
            program,
            home: Arc::new(home),
        })
    }

    /// Runs it without a cluster.
    pub fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> io::Result<Output> {
        Self::finish(self.command().args(arguments))
    }

    /// Runs it without a cluster, in a folder.
    pub fn run_at<A: AsRef<OsStr>>(
        &self,
        folder: &Path,
        arguments: impl IntoIterator<Item = A>,
    ) -> io::Result<Output> {
        Self::finish(self.command().current_dir(folder).args(arguments))
    }

    /// Runs it against the cluster of a kubeconfig, in a namespace.
    pub fn run_in<A: AsRef<OsStr>>(
        &self,
        kubeconfig: &Path,
        namespace: &str,
        arguments: impl IntoIterator<Item = A>,
    ) -> io::Result<Output> {
        Self::finish(
            self.command()
                .arg("--kubeconfig")
                .arg(kubeconfig)
                .args(["--namespace", namespace])
                .args(arguments),
        )
    }

    /// The same from a folder.
    pub fn run_in_from<A: AsRef<OsStr>>(
        &self,
        folder: &Path,
        kubeconfig: &Path,
        namespace: &str,
        arguments: impl IntoIterator<Item = A>,
    ) -> io::Result<Output> {
        Self::finish(
            self.command()
                .current_dir(folder)
                .arg("--kubeconfig")
                .arg(kubeconfig)
                .args(["--namespace", namespace])
                .args(arguments),
        )
    }

    /// `helm template RELEASE CHART` for [`KUBE_VERSION`], with more arguments.
    pub fn template<A: AsRef<OsStr>>(
        &self,
        release: &str,
        chart: &Path,
        arguments: impl IntoIterator<Item = A>,
    ) -> io::Result<Output> {
        Self::finish(
            self.command()
                .args(["template", release])
                .arg(chart)
                .args(["--kube-version", KUBE_VERSION])
                .args(arguments),
        )
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .env_clear()
            .env("HOME", self.home.path())
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .current_dir(self.home.path());
        command
    }

    fn finish(command: &mut Command) -> io::Result<Output> {
        let output = command.output()?;
        Ok(Output {
            success: output.status.success(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }
}
