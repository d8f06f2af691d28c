//! The Kubernetes cluster: client, discovery, dry run, watch, Helm's release storage, state and lease.
