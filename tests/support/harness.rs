//! The `main` of a test binary that runs real parts, and what its trials share.

use super::cluster::{ClusterError, TestCluster};
use super::parts::{HELM3, HELM4, KUBECTL, Part};
use super::supervisor;
use libtest_mimic::{Arguments, Trial};
use std::process::ExitCode;
use std::sync::Arc;
use tokio::runtime::Runtime;
use tokio::sync::OnceCell;

/// How many trials run at once where trials mostly wait for a cluster; more than there are cores.
pub const WAITING: usize = 8;

/// Set to anything, it starts a cluster to play with instead of running trials, until Enter or the end of input.
const HOLD: &str = "MESH_TUI_TEST_HOLD";

/// What such a cluster can be looked at with: the variable that tells where it lies, the part, and the program in it.
const CLIENTS: [(&str, &Part, &str); 3] = [
    ("KUBECTL", &KUBECTL, "kubectl"),
    ("HELM3", &HELM3, "helm"),
    ("HELM4", &HELM4, "helm"),
];

/// What the trials of a test binary share; a clone shares the same.
#[derive(Clone)]
pub struct Ctx(Arc<Shared>);

struct Shared {
    runtime: Runtime,
    cluster: OnceCell<Result<Arc<TestCluster>, Arc<ClusterError>>>,
}

impl Ctx {
    /// Runs `future` to its end on the runtime that all trials share.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.0.runtime.block_on(future)
    }

    /// The cluster of this test binary; the first trial that asks starts it.
    pub async fn cluster(&self) -> Result<Arc<TestCluster>, Arc<ClusterError>> {
        let start = async || TestCluster::start().await.map(Arc::new).map_err(Arc::new);
        self.0.cluster.get_or_init(start).await.clone()
    }
}

/// Runs the trials as `cargo test` expects it, `threads` at once unless told otherwise (`None`: one for each core).
pub fn main(threads: Option<usize>, trials: impl FnOnce(&Ctx) -> Vec<Trial>) -> ExitCode {
    supervisor::serve_if_asked();
    let mut arguments = Arguments::from_args();
    arguments.test_threads = arguments.test_threads.or(threads);
    let runtime = match Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("the tests cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    let ctx = Ctx(Arc::new(Shared {
        runtime,
        cluster: OnceCell::new(),
    }));
    if std::env::var_os(HOLD).is_some() {
        return hold(&ctx);
    }
    // The context is dropped after the conclusion is known, and takes the cluster down with it.
    libtest_mimic::run(&arguments, trials(&ctx)).exit_code()
}

fn hold(ctx: &Ctx) -> ExitCode {
    match ctx.block_on(ctx.cluster()) {
        Ok(cluster) => {
            println!("export KUBECONFIG={}", cluster.kubeconfig().display());
            for (variable, part, program) in CLIENTS {
                match part.locate() {
                    Ok(built) => println!("export {variable}={}", built.program(program).display()),
                    Err(missing) => eprintln!("{missing}"),
                }
            }
            println!("# ready");
            eprintln!("press Enter to take the cluster down");
            let _ = std::io::stdin().read_line(&mut String::new());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
