//! The end of a container's log.

use super::api::Cluster;
use super::error::ClusterError;
use super::text::clean;

/// How many lines are read.
const LINES: usize = 60;
/// How many bytes are read at most.
const BYTES: usize = 64 * 1024;

/// The last lines of a container's log, clean of control sequences; those of the run before its last restart where
/// `previous`.
pub async fn tail(
    cluster: &Cluster,
    namespace: &str,
    pod: &str,
    container: &str,
    previous: bool,
) -> Result<Vec<String>, ClusterError> {
    let path = format!(
        "/api/v1/namespaces/{namespace}/pods/{pod}/log?container={container}&tailLines={LINES}&limitBytes={BYTES}&previous={previous}"
    );
    let text = cluster
        .text(&path, &format!("read the log of {pod}/{container}"))
        .await?;
    Ok(text.lines().map(clean).collect())
}
