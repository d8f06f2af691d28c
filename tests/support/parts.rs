//! The real programs that tests run, built from the Go modules in `tests/parts` into the user's cache.
//!
//! A build is kept under a name made of the part, its version and a hash of all that decides its content, so that a
//! change of a module builds anew and an old build is never taken for a new one. Test processes that want the same part
//! at once build it once: the first holds a file lock, the others wait. A build appears under its final name only when
//! it is whole.
//!
//! `MESH_TUI_TEST_CACHE` names another cache folder; `MESH_TUI_TEST_PARTS=off` switches the parts off (tests that need
//! them are then ignored, with that as the reason).

use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The oldest Go that builds every part: major and minor.
const OLDEST_GO: (u32, u32) = (1, 26);

/// A program, or several that are built together, from one Go module.
#[derive(Debug)]
pub struct Part {
    /// What the cache calls it.
    pub name: &'static str,
    /// The folder in `tests/parts` with the Go module.
    module: &'static str,
    /// The Go module that gives the version, as `go.mod` requires it.
    upstream: &'static str,
    /// The programs: the file's name, and the Go package.
    programs: &'static [(&'static str, &'static str)],
    /// Linker flags; `{version}`, `{major}` and `{minor}` stand for the version's parts.
    linker_flags: &'static str,
    /// Folders of modules that are kept beside the programs: the module, and the folder in it.
    data: &'static [(&'static str, &'static str)],
}

/// Helm 3: what rendering and release storage are compared with.
pub const HELM3: Part = Part {
    name: "helm3",
    module: "helm3",
    upstream: "helm.sh/helm/v3",
    programs: &[("helm", "helm.sh/helm/v3/cmd/helm")],
    linker_flags: "-s -w -X helm.sh/helm/v3/internal/version.version={version}",
    data: &[],
};

/// Helm 4: applies server-side, so it is the second thing to compare with.
pub const HELM4: Part = Part {
    name: "helm4",
    module: "helm4",
    upstream: "helm.sh/helm/v4",
    programs: &[("helm", "helm.sh/helm/v4/cmd/helm")],
    linker_flags: "-s -w -X helm.sh/helm/v4/internal/version.version={version}",
    data: &[],
};

/// etcd, where the API server keeps its objects.
pub const ETCD: Part = Part {
    name: "etcd",
    module: "etcd",
    upstream: "go.etcd.io/etcd/server/v3",
    programs: &[("etcd", "go.etcd.io/etcd/server/v3")],
    linker_flags: "-s -w",
    data: &[],
};

/// Without these, the API server calls itself v0.0.0.
const KUBERNETES_FLAGS: &str = "-s -w -X k8s.io/component-base/version.gitVersion={version} \
     -X k8s.io/component-base/version.gitMajor={major} -X k8s.io/component-base/version.gitMinor={minor}";

/// The API server, the controllers and the scheduler.
pub const KUBERNETES: Part = Part {
    name: "kubernetes",
    module: "kubernetes",
    upstream: "k8s.io/kubernetes",
    programs: &[
        ("kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver"),
        (
            "kube-controller-manager",
            "k8s.io/kubernetes/cmd/kube-controller-manager",
        ),
        ("kube-scheduler", "k8s.io/kubernetes/cmd/kube-scheduler"),
    ],
    linker_flags: KUBERNETES_FLAGS,
    data: &[],
};

/// kubectl, which only the comparison of speed runs.
pub const KUBECTL: Part = Part {
    name: "kubectl",
    module: "kubernetes",
    upstream: "k8s.io/kubernetes",
    programs: &[("kubectl", "k8s.io/kubernetes/cmd/kubectl")],
    linker_flags: KUBERNETES_FLAGS,
    data: &[],
};

/// kwok, which plays the kubelet of every node, with its documents of how a pod, a node and a volume live.
pub const KWOK: Part = Part {
    name: "kwok",
    module: "kwok",
    upstream: "sigs.k8s.io/kwok",
    programs: &[("kwok", "sigs.k8s.io/kwok/cmd/kwok")],
    linker_flags: "-s -w",
    data: &[("sigs.k8s.io/kwok", "kustomize/stage")],
};

/// gator, which tries Gatekeeper's templates and constraints without a cluster.
pub const GATOR: Part = Part {
    name: "gator",
    module: "gator",
    upstream: "github.com/open-policy-agent/gatekeeper/v3",
    programs: &[("gator", "github.com/open-policy-agent/gatekeeper/v3/cmd/gator")],
    linker_flags: "-s -w",
    data: &[],
};

/// k6, which runs the chart's load test.
pub const K6: Part = Part {
    name: "k6",
    module: "k6",
    upstream: "go.k6.io/k6",
    programs: &[("k6", "go.k6.io/k6")],
    linker_flags: "-s -w",
    data: &[],
};

/// The registry of the distribution project, which charts are pushed to and fetched from.
pub const REGISTRY: Part = Part {
    name: "registry",
    module: "registry",
    upstream: "github.com/distribution/distribution/v3",
    programs: &[("registry", "github.com/distribution/distribution/v3/cmd/registry")],
    linker_flags: "-s -w",
    data: &[],
};

/// The CRDs of the operators that the chart and the secrets backends write objects for. Nothing is built.
pub const CRDS: Part = Part {
    name: "crds",
    module: "crds",
    upstream: "github.com/prometheus-operator/prometheus-operator",
    programs: &[],
    linker_flags: "",
    data: &[
        (
            "github.com/prometheus-operator/prometheus-operator",
            "example/prometheus-operator-crd",
        ),
        (
            "github.com/external-secrets/external-secrets",
            "config/crds/bases",
        ),
        (
            "github.com/bitnami-labs/sealed-secrets",
            "helm/sealed-secrets/crds",
        ),
        ("github.com/cert-manager/cert-manager", "deploy/crds"),
        ("sigs.k8s.io/gateway-api", "config/crd/standard"),
        ("istio.io/api", "kubernetes"),
    ],
};

/// Pods that Kubernetes' own admission takes, and pods that it refuses, for each Pod Security Standard. Nothing is built.
pub const POD_SECURITY: Part = Part {
    name: "pod-security",
    module: "pod-security",
    upstream: "k8s.io/pod-security-admission",
    programs: &[],
    linker_flags: "",
    data: &[
        ("k8s.io/pod-security-admission", "test/testdata/baseline/v1.35"),
        ("k8s.io/pod-security-admission", "test/testdata/restricted/v1.35"),
    ],
};

/// Why a part is not there.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Missing {
    /// `MESH_TUI_TEST_PARTS=off`.
    #[error("the real parts are switched off by MESH_TUI_TEST_PARTS=off")]
    SwitchedOff,
    /// There is no Go on this machine.
    #[error("{part} is built with Go, and there is no `go` in PATH")]
    NoGo {
        /// The part that was asked for.
        part: &'static str,
    },
    /// Go is too old.
    #[error("{part} is built with Go {}.{} or newer, and this is `{found}`", OLDEST_GO.0, OLDEST_GO.1)]
    OldGo {
        /// The part that was asked for.
        part: &'static str,
        /// What `go version` says.
        found: String,
    },
    /// A program of the system that no Go module gives.
    #[error("there is no `{program}` on this machine; Debian has it in the package {package}")]
    NoProgram {
        /// The program.
        program: &'static str,
        /// The package that it comes in.
        package: &'static str,
    },
    /// The build failed, or what it made could not be kept.
    #[error("{part} cannot be built: {reason}")]
    Build {
        /// The part that was asked for.
        part: &'static str,
        /// What went wrong, with the end of what Go said.
        reason: String,
    },
}

impl Missing {
    /// Whether the machine lacks something (the test is ignored), rather than that something broke (the test fails).
    pub const fn is_lack_of_the_machine(&self) -> bool {
        matches!(
            self,
            Self::SwitchedOff | Self::NoGo { .. } | Self::OldGo { .. } | Self::NoProgram { .. }
        )
    }
}

/// A part on disk.
#[derive(Debug, Clone)]
pub struct Built {
    folder: PathBuf,
}

impl Built {
    /// The path of one of the part's programs.
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The path of one of the folders that were kept from the module.
    pub fn data(&self, folder: &str) -> PathBuf {
        self.folder.join(folder)
    }
}

impl Part {
    /// Finds the part in the cache, or builds it there first.
    pub fn locate(&'static self) -> Result<Built, Missing> {
        if std::env::var_os("MESH_TUI_TEST_PARTS").is_some_and(|value| value == "off") {
            return Err(Missing::SwitchedOff);
        }
        self.locate_in(&cache_folder().map_err(|error| self.broken(&error))?)
    }

    fn locate_in(&'static self, cache: &Path) -> Result<Built, Missing> {
        let version = self.version(self.upstream).map_err(|error| self.broken(&error))?;
        let key = self.key(&version).map_err(|error| self.broken(&error))?;
        let folder = cache.join(&key);
        if folder.is_dir() {
            return Ok(Built { folder });
        }
        self.check_go()?;
        fs::create_dir_all(cache).map_err(|error| self.broken(&error))?;
        let lock = File::create(cache.join(format!("{key}.lock"))).map_err(|error| self.broken(&error))?;
        lock.lock().map_err(|error| self.broken(&error))?;
        if !folder.is_dir() {
            self.build(&version, cache, &folder)?;
        }
        Ok(Built { folder })
    }

    fn module_folder(&self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/parts")
            .join(self.module)
    }

    /// The version of `module` that `go.mod` requires, with its `v`.
    fn version(&self, module: &str) -> io::Result<String> {
        let text = fs::read_to_string(self.module_folder().join("go.mod"))?;
        required_version(&text, module)
            .map(str::to_owned)
            .ok_or_else(|| io::Error::other(format!("go.mod does not require {module}")))
    }

    /// Where Go keeps the sources of `module`, after it has fetched them and checked them against `go.sum`.
    fn module_source(&self, module: &str) -> Result<PathBuf, Missing> {
        let version = self.version(module).map_err(|error| self.broken(&error))?;
        let answer = self.go(&["mod", "download", "-json", &format!("{module}@{version}")])?;
        let answer: serde_json::Value =
            serde_json::from_str(&answer).map_err(|error| self.broken(&error.into()))?;
        let folder = answer["Dir"].as_str().unwrap_or_default();
        Ok(PathBuf::from(folder))
    }

    /// The name of the build in the cache.
    fn key(&self, version: &str) -> io::Result<String> {
        let mut hash = Sha256::new();
        for file in ["go.mod", "go.sum"] {
            hash.update(fs::read(self.module_folder().join(file))?);
        }
        hash.update(format!(
            "{:?} {} {:?}",
            self.programs, self.linker_flags, self.data
        ));
        let digest = hash.finalize();
        let mut key = format!("{}-{version}-", self.name);
        for byte in &digest[..6] {
            write!(key, "{byte:02x}").map_err(io::Error::other)?;
        }
        Ok(key)
    }

    fn check_go(&self) -> Result<(), Missing> {
        let part = self.name;
        let output = Command::new("go")
            .env("GOTOOLCHAIN", "local")
            .args(["env", "GOVERSION"])
            .output()
            .map_err(|_| Missing::NoGo { part })?;
        let found = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if go_version(&found).is_some_and(|version| version >= OLDEST_GO) {
            Ok(())
        } else {
            Err(Missing::OldGo { part, found })
        }
    }

    /// Builds into a folder beside the final one and renames it: whoever sees the final name sees a whole part.
    fn build(&self, version: &str, cache: &Path, folder: &Path) -> Result<(), Missing> {
        eprintln!(
            "building {} {version} for the tests; this is done once and takes minutes",
            self.name
        );
        let scratch = tempfile::Builder::new()
            .prefix(&format!(".{}-", self.name))
            .tempdir_in(cache)
            .map_err(|error| self.broken(&error))?;
        for (program, package) in self.programs {
            self.go(&[
                "build",
                "-ldflags",
                &self.expanded_linker_flags(version),
                "-o",
                &scratch.path().join(program).to_string_lossy(),
                package,
            ])?;
        }
        for (module, data) in self.data {
            let source = self.module_source(module)?;
            copy_folder(&source.join(data), &scratch.path().join(data))
                .map_err(|error| self.broken(&error))?;
        }
        fs::rename(scratch.keep(), folder).map_err(|error| self.broken(&error))
    }

    fn expanded_linker_flags(&self, version: &str) -> String {
        let mut numbers = version.trim_start_matches('v').split('.');
        self.linker_flags
            .replace("{version}", version)
            .replace("{major}", numbers.next().unwrap_or_default())
            .replace("{minor}", numbers.next().unwrap_or_default())
    }

    /// Runs Go in the part's module and returns what it printed.
    fn go(&self, arguments: &[&str]) -> Result<String, Missing> {
        let output = Command::new("go")
            .args(arguments)
            .current_dir(self.module_folder())
            // What is built depends on the module alone, not on a workspace or toolchain that happens to be around.
            .env("GOWORK", "off")
            .env("GOTOOLCHAIN", "local")
            .output()
            .map_err(|error| self.broken(&error))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let lines: Vec<&str> = said.lines().collect();
        let end = lines[lines.len().saturating_sub(12)..].join("\n");
        Err(Missing::Build {
            part: self.name,
            reason: format!("go {} ended with {}:\n{end}", arguments[0], output.status),
        })
    }

    fn broken(&self, error: &io::Error) -> Missing {
        Missing::Build {
            part: self.name,
            reason: error.to_string(),
        }
    }
}

/// A program of the system: in one of `folders`, or else in `PATH`.
pub fn system_program(
    program: &'static str,
    package: &'static str,
    folders: &[PathBuf],
) -> Result<PathBuf, Missing> {
    if std::env::var_os("MESH_TUI_TEST_PARTS").is_some_and(|value| value == "off") {
        return Err(Missing::SwitchedOff);
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let searched = folders.iter().cloned().chain(std::env::split_paths(&path));
    searched
        .map(|folder| folder.join(program))
        .find(|candidate| candidate.is_file())
        .ok_or(Missing::NoProgram { program, package })
}

/// Where builds are kept.
fn cache_folder() -> io::Result<PathBuf> {
    if let Some(folder) = std::env::var_os("MESH_TUI_TEST_CACHE") {
        return Ok(PathBuf::from(folder));
    }
    directories::ProjectDirs::from("", "", "mesh-tui")
        .map(|project| project.cache_dir().join("test-parts"))
        .ok_or_else(|| io::Error::other("there is no home folder to keep the build in"))
}

/// The version that the text of a `go.mod` requires of `module`.
fn required_version<'a>(go_mod: &'a str, module: &str) -> Option<&'a str> {
    go_mod.lines().find_map(|line| {
        let mut words = line.trim().trim_start_matches("require ").split_whitespace();
        (words.next() == Some(module))
            .then(|| words.next())
            .flatten()
            .filter(|version| version.starts_with('v'))
    })
}

/// Major and minor of what Go calls itself: `go1.26.8`.
fn go_version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.strip_prefix("go")?.split(|c: char| !c.is_ascii_digit());
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

/// Copies a folder; the copies are writable, as the originals in Go's module cache are not.
fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::write(target, fs::read(entry.path())?)?;
        }
    }
    Ok(())
}
