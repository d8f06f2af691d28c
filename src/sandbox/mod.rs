//! A simulated Kubernetes API beneath `kube::Client`.
