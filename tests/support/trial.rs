//! Trials that need real parts: ignored, with the reason, where the machine cannot have them, and failing with `CI=true`.

use super::audit::Request;
use super::cluster::{ClusterError, Mark, TestCluster};
use super::harness::Ctx;
use super::parts::Missing;
use kube::Client;
use libtest_mimic::{Completion, Failed, Trial};
use std::sync::Arc;

/// What a trial's body returns; `?` takes any error that can be shown.
pub type Outcome = Result<(), Failed>;

/// A namespace of its own in the cluster that a test binary shares.
#[derive(Clone)]
pub struct TestNamespace {
    /// The cluster.
    pub cluster: Arc<TestCluster>,
    /// The namespace's name.
    pub name: String,
}

impl TestNamespace {
    /// A client that may do everything.
    pub fn client(&self) -> Client {
        self.cluster.client()
    }

    /// What the users of kubeconfigs of this cluster wrote to objects in this namespace since `mark`.
    pub async fn writes_since(&self, mark: Mark) -> Result<Vec<Request>, ClusterError> {
        let mut writes = self.cluster.writes_since(mark).await?;
        writes.retain(|write| write.object_ref.namespace == self.name);
        Ok(writes)
    }
}

/// A trial that runs in a namespace of its own on the real control plane.
pub fn in_cluster<F, Fut>(ctx: &Ctx, name: &str, body: F) -> Trial
where
    F: FnOnce(TestNamespace) -> Fut + Send + 'static,
    Fut: Future<Output = Outcome>,
{
    let (ctx, subject) = (ctx.clone(), name.to_owned());
    Trial::ignorable_test(name, move || {
        ctx.block_on(async {
            let cluster = match ctx.cluster().await {
                Ok(cluster) => cluster,
                Err(error) => {
                    return match &*error {
                        ClusterError::Missing(missing) => without(missing),
                        other => Err(other.into()),
                    };
                }
            };
            let name = cluster.namespace(&subject).await?;
            body(TestNamespace { cluster, name }).await?;
            Ok(Completion::Completed)
        })
    })
}

/// A trial that needs what `obtain` gets: a Helm, or any other part.
pub fn with_part<T, O, F>(name: &str, obtain: O, body: F) -> Trial
where
    O: FnOnce() -> Result<T, Missing> + Send + 'static,
    F: FnOnce(T) -> Outcome + Send + 'static,
{
    Trial::ignorable_test(name, move || match obtain() {
        Ok(part) => body(part).map(|()| Completion::Completed),
        Err(missing) => without(&missing),
    })
}

/// What becomes of a trial whose part is missing.
fn without(missing: &Missing) -> Result<Completion, Failed> {
    let in_ci = std::env::var_os("CI").is_some_and(|value| value == "true");
    if missing.is_lack_of_the_machine() && !in_ci {
        Ok(Completion::ignored_with(missing))
    } else {
        Err(missing.into())
    }
}
