//! Policy checks on rendered objects: the Pod Security Standards at their newest version, and rules of good practice
//! under the names that kube-linter gave them. Pure: objects in, findings out. Nothing is asked of a cluster.
//!
//! A finding is a warning, or an error where the profile names its rule ([`PolicyErrors`]). An annotation of the object
//! takes it away and says why, as kube-linter's does:
//! `ignore-check.kube-linter.io/latest-tag: the tag is moved by our own pipeline`.
//!
//! ```text
//! rule          a rule's name and advice; which rules are errors
//! scene         the objects, as rules look at them
//! report        findings, less the explained ones
//! security      the Pod Security Standards
//! containers    images, resources, file systems, environment
//! probes        liveness and readiness, and the ports that they ask
//! services      Services and selectors
//! rbac          service accounts and roles
//! availability  disruption budgets and spreading
//! isolation     network policies and the host's folders
//! ```

mod availability;
mod containers;
mod isolation;
mod probes;
mod rbac;
mod report;
mod rule;
mod scene;
mod security;
mod services;

pub use rule::{Level, PolicyErrors, Rule, UnknownRule};

use super::model::Finding;
use crate::chart::manifest::ManifestObject;
use report::Report;
use scene::Scene;

/// All rules.
pub const RULES: &[&Rule] = &[
    &security::PRIVILEGED_CONTAINER,
    &security::HOST_NETWORK,
    &security::HOST_PID,
    &security::HOST_IPC,
    &security::HOST_PATH_VOLUMES,
    &security::HOST_PORTS,
    &security::HOST_PROBES,
    &security::CAPABILITIES_BASELINE,
    &security::APP_ARMOR_PROFILE,
    &security::SECCOMP_BASELINE,
    &security::SELINUX_OPTIONS,
    &security::UNSAFE_PROC_MOUNT,
    &security::UNSAFE_SYSCTLS,
    &security::WINDOWS_HOST_PROCESS,
    &security::PRIVILEGE_ESCALATION,
    &security::CAPABILITIES_RESTRICTED,
    &security::RUN_AS_NON_ROOT,
    &security::RUN_AS_USER,
    &security::SECCOMP_RESTRICTED,
    &security::PROC_MOUNT_RESTRICTED,
    &security::RESTRICTED_VOLUMES,
    &containers::LATEST_TAG,
    &containers::NO_READ_ONLY_ROOT_FS,
    &containers::UNSET_CPU_REQUIREMENTS,
    &containers::UNSET_MEMORY_REQUIREMENTS,
    &containers::ENV_VAR_SECRET,
    &containers::READ_SECRET_FROM_ENV_VAR,
    &containers::DUPLICATE_ENV_VAR,
    &probes::NO_LIVENESS_PROBE,
    &probes::NO_READINESS_PROBE,
    &probes::LIVENESS_PORT,
    &probes::READINESS_PORT,
    &probes::STARTUP_PORT,
    &services::DANGLING_SERVICE,
    &services::MISMATCHING_SELECTOR,
    &services::INVALID_TARGET_PORTS,
    &rbac::DEFAULT_SERVICE_ACCOUNT,
    &rbac::WILDCARD_IN_RULES,
    &rbac::ACCESS_TO_SECRETS,
    &rbac::CLUSTER_ADMIN_ROLE_BINDING,
    &availability::PDB_MAX_UNAVAILABLE,
    &availability::PDB_MIN_AVAILABLE,
    &availability::NO_ANTI_AFFINITY,
    &isolation::NON_ISOLATED_POD,
    &isolation::SENSITIVE_HOST_MOUNTS,
];

/// What the rules find in objects that are rendered together, hooks included.
#[must_use]
pub fn findings<'a>(
    objects: impl IntoIterator<Item = &'a ManifestObject>,
    errors: &PolicyErrors,
) -> Vec<Finding> {
    let scene = Scene::of(objects);
    let mut report = Report::new(errors);
    for workload in &scene.workloads {
        security::check(workload, &mut report);
        containers::check(workload, &mut report);
        probes::check(workload, &mut report);
        rbac::check_workload(workload, &mut report);
        isolation::check_workload(workload, &mut report);
    }
    isolation::check(&scene, &mut report);
    services::check(&scene, &mut report);
    rbac::check(&scene, &mut report);
    availability::check(&scene, &mut report);
    report.into_findings()
}

#[cfg(test)]
mod tests;
