//! What `.Capabilities` holds, and what Helm assumes of a cluster that it does not ask.

/// What `.Capabilities` holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// `.Capabilities.KubeVersion.Version`: `v1.36.3`.
    pub kube_version: String,
    /// `.Capabilities.APIVersions`: `apps/v1`, `apps/v1/Deployment`.
    pub api_versions: Vec<String>,
}

/// The Kubernetes version that a render without a cluster assumes, as `helm template` does for its client library.
const DEFAULT_KUBE_VERSION: &str = "v1.36.0";

/// The group versions that a render without a cluster assumes: those that Helm's client library knows.
const DEFAULT_API_VERSIONS: &[&str] = &[
    "v1",
    "admissionregistration.k8s.io/v1",
    "admissionregistration.k8s.io/v1alpha1",
    "admissionregistration.k8s.io/v1beta1",
    "internal.apiserver.k8s.io/v1alpha1",
    "apps/v1",
    "apps/v1beta1",
    "apps/v1beta2",
    "authentication.k8s.io/v1",
    "authentication.k8s.io/v1alpha1",
    "authentication.k8s.io/v1beta1",
    "authorization.k8s.io/v1",
    "authorization.k8s.io/v1beta1",
    "autoscaling/v1",
    "autoscaling/v2",
    "batch/v1",
    "batch/v1beta1",
    "certificates.k8s.io/v1",
    "certificates.k8s.io/v1beta1",
    "certificates.k8s.io/v1alpha1",
    "coordination.k8s.io/v1alpha2",
    "coordination.k8s.io/v1beta1",
    "coordination.k8s.io/v1",
    "discovery.k8s.io/v1",
    "discovery.k8s.io/v1beta1",
    "events.k8s.io/v1",
    "events.k8s.io/v1beta1",
    "extensions/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1",
    "flowcontrol.apiserver.k8s.io/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1beta2",
    "flowcontrol.apiserver.k8s.io/v1beta3",
    "lifecycle.k8s.io/v1alpha1",
    "networking.k8s.io/v1",
    "networking.k8s.io/v1beta1",
    "node.k8s.io/v1",
    "node.k8s.io/v1alpha1",
    "node.k8s.io/v1beta1",
    "policy/v1",
    "policy/v1beta1",
    "rbac.authorization.k8s.io/v1",
    "rbac.authorization.k8s.io/v1beta1",
    "rbac.authorization.k8s.io/v1alpha1",
    "resource.k8s.io/v1",
    "resource.k8s.io/v1beta2",
    "resource.k8s.io/v1beta1",
    "resource.k8s.io/v1alpha3",
    "scheduling.k8s.io/v1alpha3",
    "scheduling.k8s.io/v1beta1",
    "scheduling.k8s.io/v1",
    "storage.k8s.io/v1beta1",
    "storage.k8s.io/v1",
    "storage.k8s.io/v1alpha1",
    "storagemigration.k8s.io/v1",
    "storagemigration.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1",
];

/// A text that `--kube-version` does not understand.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid kube version '{0}'")]
pub struct InvalidKubeVersion(pub String);

impl Default for Capabilities {
    fn default() -> Self {
        Self {
            kube_version: DEFAULT_KUBE_VERSION.to_owned(),
            api_versions: DEFAULT_API_VERSIONS.iter().map(ToString::to_string).collect(),
        }
    }
}

impl Capabilities {
    /// The same with the Kubernetes version that `--kube-version` names: `1.33`, `v1.33.2`, `1.33.2-gke.7`.
    ///
    /// # Errors
    /// Where `text` is no version.
    pub fn with_kube_version(mut self, text: &str) -> Result<Self, InvalidKubeVersion> {
        let invalid = || InvalidKubeVersion(text.to_owned());
        let version = text.strip_prefix('v').unwrap_or(text);
        let end = version.find(['-', '+']).unwrap_or(version.len());
        let (numbers, suffix) = version.split_at(end);
        let mut parts = Vec::new();
        for part in numbers.split('.') {
            let digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            parts.push(digits.then_some(part).ok_or_else(invalid)?);
        }
        if parts.len() > 3 {
            return Err(invalid());
        }
        while parts.len() < 3 {
            parts.push("0");
        }
        self.kube_version = format!("v{}{suffix}", parts.join("."));
        Ok(self)
    }

    /// The same with further API versions, as `--api-versions` adds them.
    #[must_use]
    pub fn with_api_versions(mut self, more: impl IntoIterator<Item = String>) -> Self {
        self.api_versions.extend(more);
        self
    }

    /// `.Capabilities.KubeVersion.Major` and `.Minor`: digits alone, empty where the version has none.
    #[must_use]
    pub fn major_minor(&self) -> (&str, &str) {
        let version = self.kube_version.strip_prefix('v').unwrap_or(&self.kube_version);
        let mut numbers = version.split(['.', '-', '+']);
        (
            numbers.next().unwrap_or_default(),
            numbers.next().unwrap_or_default(),
        )
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_kube_version_is_completed() {
        for (text, version) in [
            ("1.33", "v1.33.0"),
            ("v1.33.2", "v1.33.2"),
            ("1.33.2-gke.7", "v1.33.2-gke.7"),
        ] {
            let capabilities = Capabilities::default().with_kube_version(text).unwrap();
            assert_eq!(capabilities.kube_version, version);
            assert_eq!(capabilities.major_minor(), ("1", "33"));
        }
    }

    #[test]
    fn what_is_no_version_is_refused() {
        for text in ["", "v", "one", "1.x", "1.2.3.4", "1..2"] {
            assert!(
                Capabilities::default().with_kube_version(text).is_err(),
                "{text:?}"
            );
        }
    }
}
