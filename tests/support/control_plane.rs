//! The processes of a test's control plane: their programs, ports, users and arguments. Running them is the
//! supervisor's.

use super::certificates::Certificates;
use super::parts::{Built, CRDS, ETCD, KUBERNETES, KWOK, Missing};
use super::supervisor::Process;
use super::{audit, kubelet};
use serde_json::json;
use std::fs;
use std::io;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

/// The programs, built.
pub struct Programs {
    etcd: Built,
    kubernetes: Built,
    /// kwok, whose documents the cluster is furnished with, too.
    pub kwok: Built,
    /// The CRDs that every test cluster has.
    pub crds: Built,
}

impl Programs {
    /// Finds or builds them.
    pub fn locate() -> Result<Self, Missing> {
        Ok(Self {
            etcd: ETCD.locate()?,
            kubernetes: KUBERNETES.locate()?,
            kwok: KWOK.locate()?,
            crds: CRDS.locate()?,
        })
    }
}

/// A control plane that is ready to be started: its files are written, its ports chosen.
pub struct ControlPlane<'a> {
    programs: &'a Programs,
    folder: &'a Path,
    ports: Ports,
    certificates: Certificates,
    tokens: String,
}

struct Ports {
    etcd: u16,
    etcd_peer: u16,
    api_server: u16,
    kubelet: u16,
}

impl Ports {
    /// Ports that are free now; all are held until the last is chosen, so that they differ.
    fn free() -> io::Result<Self> {
        let held: Vec<TcpListener> = (0..4)
            .map(|_| TcpListener::bind(("127.0.0.1", 0)))
            .collect::<io::Result<_>>()?;
        let port = |index: usize| -> io::Result<u16> { Ok(held[index].local_addr()?.port()) };
        Ok(Self {
            etcd: port(0)?,
            etcd_peer: port(1)?,
            api_server: port(2)?,
            kubelet: port(3)?,
        })
    }
}

impl<'a> ControlPlane<'a> {
    /// Chooses ports and makes certificates in `folder`, which becomes the processes' working folder.
    pub fn prepare(programs: &'a Programs, folder: &'a Path) -> io::Result<Self> {
        Ok(Self {
            programs,
            folder,
            ports: Ports::free()?,
            certificates: Certificates::write(folder)?,
            tokens: String::new(),
        })
    }

    /// The URL of the API server.
    pub fn server(&self) -> String {
        format!("https://127.0.0.1:{}", self.ports.api_server)
    }

    /// The PEM file of the authority that signed the API server's certificate.
    pub fn authority(&self) -> &Path {
        &self.certificates.authority
    }

    /// Makes a user with a token, and a kubeconfig for it. Users are made before the API server starts.
    pub fn add_user(&mut self, name: &str, group: &str) -> io::Result<PathBuf> {
        let token = format!("{:032x}", rand::random::<u128>());
        let document = json!({
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "test",
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": name}}],
            "clusters": [{"name": "test", "cluster": {
                "server": self.server(),
                "certificate-authority": self.certificates.authority,
            }}],
            "users": [{"name": name, "user": {"token": token}}],
        });
        self.tokens
            .extend([&token, ",", name, ",", name, ",", group, "\n"]);
        let path = self.folder.join(format!("{}.kubeconfig", name.replace(':', "-")));
        fs::write(&path, document.to_string())?;
        Ok(path)
    }

    /// etcd.
    pub fn etcd(&self) -> Process {
        let clients = format!("http://127.0.0.1:{}", self.ports.etcd);
        let peers = format!("http://127.0.0.1:{}", self.ports.etcd_peer);
        Process {
            name: "etcd".to_owned(),
            program: self.programs.etcd.program("etcd"),
            arguments: vec![
                "--data-dir=etcd".to_owned(),
                format!("--listen-client-urls={clients}"),
                format!("--advertise-client-urls={clients}"),
                format!("--listen-peer-urls={peers}"),
                format!("--initial-advertise-peer-urls={peers}"),
                format!("--initial-cluster=default={peers}"),
                "--unsafe-no-fsync".to_owned(),
                "--log-level=warn".to_owned(),
            ],
        }
    }

    /// The API server. Users that are added later have no effect.
    pub fn api_server(&self) -> io::Result<Process> {
        fs::write(self.folder.join("audit-policy.json"), audit::POLICY)?;
        fs::write(self.folder.join("tokens.csv"), &self.tokens)?;
        let files = &self.certificates;
        Ok(self.kubernetes(
            "kube-apiserver",
            vec![
                format!("--etcd-servers=http://127.0.0.1:{}", self.ports.etcd),
                "--bind-address=127.0.0.1".to_owned(),
                format!("--secure-port={}", self.ports.api_server),
                format!("--tls-cert-file={}", files.serving.display()),
                format!("--tls-private-key-file={}", files.serving_key.display()),
                "--token-auth-file=tokens.csv".to_owned(),
                "--authorization-mode=RBAC".to_owned(),
                "--service-cluster-ip-range=10.96.0.0/16".to_owned(),
                "--service-account-issuer=https://kubernetes.default.svc".to_owned(),
                format!("--service-account-signing-key-file={}", files.token_key.display()),
                format!("--service-account-key-file={}", files.token_public_key.display()),
                "--kubelet-preferred-address-types=InternalIP".to_owned(),
                "--audit-policy-file=audit-policy.json".to_owned(),
                "--audit-log-path=audit.log".to_owned(),
                "--audit-log-mode=blocking".to_owned(),
                "--endpoint-reconciler-type=none".to_owned(),
            ],
        ))
    }

    /// The controller manager, with a service account for each controller, as clusters have it.
    pub fn controller_manager(&self, kubeconfig: &Path) -> Process {
        self.kubernetes(
            "kube-controller-manager",
            vec![
                format!("--kubeconfig={}", kubeconfig.display()),
                "--use-service-account-credentials".to_owned(),
                format!(
                    "--service-account-private-key-file={}",
                    self.certificates.token_key.display()
                ),
                format!("--root-ca-file={}", self.certificates.authority.display()),
                // At its usual 20 requests a second, making its service accounts alone takes 5 seconds.
                "--kube-api-qps=1000".to_owned(),
                "--kube-api-burst=1000".to_owned(),
                "--leader-elect=false".to_owned(),
                "--secure-port=0".to_owned(),
            ],
        )
    }

    /// The scheduler.
    pub fn scheduler(&self, kubeconfig: &Path) -> Process {
        self.kubernetes(
            "kube-scheduler",
            vec![
                format!("--kubeconfig={}", kubeconfig.display()),
                "--leader-elect=false".to_owned(),
                "--secure-port=0".to_owned(),
            ],
        )
    }

    /// kwok, which plays the kubelet of every node.
    pub fn kwok(&self, kubeconfig: &Path) -> io::Result<Process> {
        let configuration = kubelet::write_configuration(&self.programs.kwok, self.folder)?;
        Ok(Process {
            name: "kwok".to_owned(),
            program: self.programs.kwok.program("kwok"),
            arguments: vec![
                format!("--kubeconfig={}", kubeconfig.display()),
                format!("--config={}", configuration.display()),
                "--manage-all-nodes=true".to_owned(),
                "--node-ip=127.0.0.1".to_owned(),
                format!("--node-port={}", self.ports.kubelet),
                format!("--server-address=127.0.0.1:{}", self.ports.kubelet),
                format!("--tls-cert-file={}", self.certificates.serving.display()),
                format!(
                    "--tls-private-key-file={}",
                    self.certificates.serving_key.display()
                ),
            ],
        })
    }

    fn kubernetes(&self, program: &str, arguments: Vec<String>) -> Process {
        Process {
            name: program.to_owned(),
            program: self.programs.kubernetes.program(program),
            arguments,
        }
    }
}
