//! The checks judge pods as Kubernetes' own admission does: it brings, for each standard and each of its checks, pods
//! that pass and pods that fail.

use crate::support::harness::Ctx;
use crate::support::parts::{Built, POD_SECURITY};
use crate::support::trial::{Outcome, with_part};
use libtest_mimic::Trial;
use mesh_tui::chart::manifest::{ManifestObject, ObjectKey};
use mesh_tui::plan::policy::{self, Level, PolicyErrors, RULES};
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// Kubernetes' names of its checks, as its fixtures are called, each with the rules that stand for it here.
const CHECKS: [(&str, &[&str]); 20] = [
    ("allowprivilegeescalation", &["privilege-escalation-container"]),
    ("apparmorprofile", &["app-armor-profile"]),
    ("capabilities_baseline", &["capabilities-baseline"]),
    (
        "capabilities_restricted",
        &["capabilities-restricted", "capabilities-baseline"],
    ),
    ("hostnamespaces", &["host-network", "host-pid", "host-ipc"]),
    ("hostpathvolumes", &["host-path-volumes"]),
    ("hostports", &["host-ports"]),
    ("hostprobesandhostlifecycle", &["host-probes-and-host-lifecycle"]),
    ("privileged", &["privileged-container"]),
    ("procmount", &["unsafe-proc-mount"]),
    (
        "procmount_restricted",
        &["proc-mount-restricted", "unsafe-proc-mount"],
    ),
    ("restrictedvolumes", &["restricted-volumes", "host-path-volumes"]),
    ("runasnonroot", &["run-as-non-root"]),
    ("runasuser", &["run-as-user"]),
    ("seccompprofile_baseline", &["seccomp-profile-baseline"]),
    (
        "seccompprofile_restricted",
        &["seccomp-profile-restricted", "seccomp-profile-baseline"],
    ),
    ("selinuxoptions", &["se-linux-options"]),
    ("sysctls", &["unsafe-sysctls"]),
    ("windowshostprocess", &["windows-host-process"]),
    ("base", &[]),
];

pub fn trials(_: &Ctx) -> Vec<Trial> {
    let standards: [(&str, &[Level]); 2] = [
        ("baseline", &[Level::Baseline]),
        ("restricted", &[Level::Baseline, Level::Restricted]),
    ];
    standards
        .into_iter()
        .map(|(standard, levels)| {
            with_part(
                &format!("standards::{standard}_is_judged_as_kubernetes_does"),
                || POD_SECURITY.locate(),
                move |fixtures| alike(&fixtures, standard, levels),
            )
        })
        .collect()
}

fn alike(fixtures: &Built, standard: &str, levels: &[Level]) -> Outcome {
    let folder = fixtures.data(&format!("test/testdata/{standard}/v1.35"));
    let passing = pods(&folder.join("pass"))?;
    let failing = pods(&folder.join("fail"))?;
    assert!(
        passing.len() >= 15 && failing.len() >= 30,
        "{} and {} fixtures",
        passing.len(),
        failing.len()
    );
    for (name, pod) in &passing {
        let broken = broken(pod, levels);
        assert!(
            broken.is_empty(),
            "{name} passes there; here it breaks {broken:?}"
        );
    }
    for (name, pod) in &failing {
        let check = name.trim_end_matches(|c: char| c.is_ascii_digit());
        let Some((_, rules)) = CHECKS.iter().find(|(known, _)| *known == check) else {
            return Err(format!("there is no rule for the fixture {name}").into());
        };
        let broken = broken(pod, levels);
        assert!(
            rules.iter().any(|rule| broken.contains(rule)),
            "{name} fails there; here it breaks {broken:?}, not {rules:?}"
        );
    }
    Ok(())
}

/// The rules of these levels that a pod breaks.
fn broken(pod: &Json, levels: &[Level]) -> BTreeSet<&'static str> {
    let object = ManifestObject {
        key: ObjectKey {
            api_version: "v1".to_owned(),
            kind: "Pod".to_owned(),
            namespace: None,
            name: pod["metadata"]["name"].as_str().unwrap_or_default().to_owned(),
        },
        source: String::new(),
        text: "".into(),
        body: Arc::new(pod.clone()),
    };
    let of_levels = |name: &&'static str| {
        let rule = RULES.iter().find(|rule| rule.name == *name);
        rule.and_then(|rule| rule.level)
            .is_some_and(|level| levels.contains(&level))
    };
    policy::findings([&object], &PolicyErrors::default())
        .into_iter()
        .map(|finding| finding.rule)
        .filter(of_levels)
        .collect()
}

/// The pods of a folder, by the names of their files.
fn pods(folder: &Path) -> Result<Vec<(String, Json)>, Box<dyn std::error::Error>> {
    let mut pods = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        pods.push((name, serde_yaml::from_str(&fs::read_to_string(&path)?)?));
    }
    Ok(pods)
}
