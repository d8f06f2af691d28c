//! One revision of a release.

use crate::chart::manifest::{
    Hook, HookDeletePolicy, HookEvent, ManifestError, ManifestObject, parse_recorded,
};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::fmt;

/// The labels that Helm sets on a record; all others are the user's own and pass on to the next revision.
const SYSTEM_LABELS: [&str; 6] = ["name", "owner", "status", "version", "createdAt", "modifiedAt"];

/// The status of a revision, with Helm's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Status {
    Unknown,
    Deployed,
    Uninstalled,
    Superseded,
    Failed,
    Uninstalling,
    PendingInstall,
    PendingUpgrade,
    PendingRollback,
}

impl Status {
    const ALL: [Self; 9] = [
        Self::Unknown,
        Self::Deployed,
        Self::Uninstalled,
        Self::Superseded,
        Self::Failed,
        Self::Uninstalling,
        Self::PendingInstall,
        Self::PendingUpgrade,
        Self::PendingRollback,
    ];

    /// Helm's name for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Deployed => "deployed",
            Self::Uninstalled => "uninstalled",
            Self::Superseded => "superseded",
            Self::Failed => "failed",
            Self::Uninstalling => "uninstalling",
            Self::PendingInstall => "pending-install",
            Self::PendingUpgrade => "pending-upgrade",
            Self::PendingRollback => "pending-rollback",
        }
    }

    fn of(name: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|status| status.name() == name)
            .unwrap_or(Self::Unknown)
    }

    /// Whether an operation is under way, or was left so.
    #[must_use]
    pub const fn is_pending(self) -> bool {
        matches!(
            self,
            Self::PendingInstall | Self::PendingUpgrade | Self::PendingRollback
        )
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How a hook's last run ended, with Helm's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum HookPhase {
    Running,
    Succeeded,
    Failed,
}

/// A hook's last run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookRun {
    /// When it started, RFC 3339.
    pub started: String,
    /// When it ended, RFC 3339.
    pub completed: Option<String>,
    /// How it stands.
    pub phase: HookPhase,
}

/// Which stage of how many a revision records: the description of our revisions says `stage k of n: name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageMark {
    /// The stage, from 1.
    pub stage: usize,
    /// How many there are.
    pub of: usize,
    /// The stage's name.
    pub name: String,
}

impl StageMark {
    /// Reads it from a description.
    #[must_use]
    pub fn parse(description: &str) -> Option<Self> {
        let (numbers, rest) = description.strip_prefix("stage ")?.split_once(": ")?;
        let (stage, of) = numbers.split_once(" of ")?;
        let name = rest.split(": ").next().unwrap_or(rest);
        Some(Self {
            stage: stage.parse().ok()?,
            of: of.parse().ok()?,
            name: name.to_owned(),
        })
    }
}

impl fmt::Display for StageMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "stage {} of {}: {}", self.stage, self.of, self.name)
    }
}

/// What a new revision is made of.
#[derive(Debug, Clone)]
pub struct NewRevision {
    /// The release's name.
    pub release: String,
    /// The release's namespace.
    pub namespace: String,
    /// Its number.
    pub revision: i64,
    /// The pending status it begins with.
    pub status: Status,
    /// What it is, in one line.
    pub description: String,
    /// The chart ([`super::chart_json`]).
    pub chart: Json,
    /// What the user chose above the chart's defaults.
    pub values: Json,
    /// What the cluster is brought to.
    pub manifest: String,
    /// The chart's hooks.
    pub hooks: Vec<Hook>,
    /// The rendered NOTES.txt.
    pub notes: String,
    /// When the release was first deployed, RFC 3339; `None` for now.
    pub first_deployed: Option<String>,
    /// Now, RFC 3339.
    pub now: String,
    /// The user's own labels.
    pub labels: BTreeMap<String, String>,
}

/// A revision as it lies in the cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    pub(super) document: Json,
    pub(super) labels: BTreeMap<String, String>,
    /// The Secret's version when it was read or written last.
    pub(super) resource_version: Option<String>,
}

impl Record {
    /// A revision that does not lie in the cluster yet.
    #[must_use]
    pub fn new(new: NewRevision) -> Self {
        let mut document = json!({
            "name": new.release,
            "namespace": new.namespace,
            "version": new.revision,
            "info": {
                "first_deployed": new.first_deployed.unwrap_or_else(|| new.now.clone()),
                "last_deployed": new.now,
                "description": new.description,
                "status": new.status.name(),
            },
            "chart": new.chart,
            "manifest": new.manifest,
            "apply_method": "ssa",
        });
        if new.values.as_object().is_some_and(|values| !values.is_empty()) {
            document["config"] = new.values;
        }
        if !new.notes.is_empty() {
            document["info"]["notes"] = json!(new.notes);
        }
        if !new.hooks.is_empty() {
            document["hooks"] = new.hooks.iter().map(hook_json).collect();
        }
        Self {
            document,
            labels: new.labels,
            resource_version: None,
        }
    }

    fn text(&self, pointer: &str) -> &str {
        self.document
            .pointer(pointer)
            .and_then(Json::as_str)
            .unwrap_or_default()
    }

    /// The release's name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.text("/name")
    }

    /// The revision's number.
    #[must_use]
    pub fn revision(&self) -> i64 {
        self.document["version"].as_i64().unwrap_or(0)
    }

    /// Its status.
    #[must_use]
    pub fn status(&self) -> Status {
        Status::of(self.text("/info/status"))
    }

    /// What it is, in one line.
    #[must_use]
    pub fn description(&self) -> &str {
        self.text("/info/description")
    }

    /// The stage that it records, where it is one of ours.
    #[must_use]
    pub fn stage(&self) -> Option<StageMark> {
        StageMark::parse(self.description())
    }

    /// When the release was first deployed, RFC 3339.
    #[must_use]
    pub fn first_deployed(&self) -> &str {
        self.text("/info/first_deployed")
    }

    /// When the revision was deployed, RFC 3339.
    #[must_use]
    pub fn last_deployed(&self) -> &str {
        self.text("/info/last_deployed")
    }

    /// The rendered NOTES.txt.
    #[must_use]
    pub fn notes(&self) -> &str {
        self.text("/info/notes")
    }

    /// What the cluster was brought to.
    #[must_use]
    pub fn manifest(&self) -> &str {
        self.text("/manifest")
    }

    /// The objects of the manifest.
    pub fn objects(&self) -> Result<Vec<ManifestObject>, ManifestError> {
        Ok(parse_recorded(self.manifest())?.objects)
    }

    /// What the user chose above the chart's defaults; an empty object where nothing was.
    #[must_use]
    pub fn values(&self) -> Json {
        self.document
            .get("config")
            .filter(|values| values.is_object())
            .cloned()
            .unwrap_or_else(|| json!({}))
    }

    /// The chart as it was recorded.
    #[must_use]
    pub fn chart(&self) -> &Json {
        &self.document["chart"]
    }

    /// The chart's name and version: `developer-mesh-0.1.0`.
    #[must_use]
    pub fn chart_label(&self) -> String {
        format!(
            "{}-{}",
            self.text("/chart/metadata/name"),
            self.text("/chart/metadata/version")
        )
    }

    /// The application's version in the chart.
    #[must_use]
    pub fn app_version(&self) -> &str {
        self.text("/chart/metadata/appVersion")
    }

    /// The labels that users put on the record themselves.
    #[must_use]
    pub fn own_labels(&self) -> BTreeMap<String, String> {
        let own = self
            .labels
            .iter()
            .filter(|(name, _)| !SYSTEM_LABELS.contains(&name.as_str()));
        own.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// The hooks as they were recorded.
    #[must_use]
    pub fn hooks(&self) -> Vec<Hook> {
        let hooks = self.document["hooks"].as_array().map_or(&[][..], Vec::as_slice);
        hooks.iter().filter_map(read_hook).collect()
    }

    /// The same content as a new revision that goes back to it.
    #[must_use]
    pub fn rolled_back_to(&self, revision: i64, current: &Self, now: &str) -> Self {
        let mut copy = self.clone();
        copy.resource_version = None;
        copy.labels = self.own_labels();
        copy.document["version"] = json!(revision);
        copy.document["apply_method"] = json!("ssa");
        copy.document["info"] = json!({
            "first_deployed": current.first_deployed(),
            "last_deployed": now,
            "description": format!("Rollback to {}", self.revision()),
            "rollback_revision": self.revision(),
            "status": Status::PendingRollback.name(),
        });
        if !self.notes().is_empty() {
            copy.document["info"]["notes"] = json!(self.notes());
        }
        copy
    }

    /// Changes the status, and the description where there is a new one.
    pub fn set_status(&mut self, status: Status, description: Option<&str>) {
        self.document["info"]["status"] = json!(status.name());
        if let Some(description) = description {
            self.document["info"]["description"] = json!(description);
        }
    }

    /// Notes how a hook's run stands. The hook is named by its kind and name.
    pub fn set_hook_run(&mut self, kind: &str, name: &str, run: &HookRun) {
        let Some(hooks) = self.document["hooks"].as_array_mut() else {
            return;
        };
        for hook in hooks
            .iter_mut()
            .filter(|hook| hook["kind"] == kind && hook["name"] == name)
        {
            let mut last_run = json!({"started_at": run.started, "phase": run.phase.name()});
            if let Some(completed) = &run.completed {
                last_run["completed_at"] = json!(completed);
            }
            hook["last_run"] = last_run;
        }
    }

    /// The labels of the Secret, Helm's own included.
    pub(super) fn secret_labels(&self) -> BTreeMap<String, String> {
        let mut labels = self.labels.clone();
        labels.insert("name".to_owned(), self.name().to_owned());
        labels.insert("owner".to_owned(), "helm".to_owned());
        labels.insert("status".to_owned(), self.status().name().to_owned());
        labels.insert("version".to_owned(), self.revision().to_string());
        labels
    }
}

impl HookPhase {
    const fn name(self) -> &'static str {
        match self {
            Self::Running => "Running",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
        }
    }
}

fn hook_json(hook: &Hook) -> Json {
    let events: Vec<&str> = hook.events.iter().map(|event| event.as_str()).collect();
    let policies: Vec<&str> = hook
        .delete_policies
        .iter()
        .map(|policy| policy.as_str())
        .collect();
    let mut json = json!({
        "name": hook.object.key.name,
        "kind": hook.object.key.kind,
        "path": hook.object.source,
        "manifest": &*hook.object.text,
        "events": events,
        "last_run": {"phase": ""},
    });
    if hook.weight != 0 {
        json["weight"] = json!(hook.weight);
    }
    if !policies.is_empty() {
        json["delete_policies"] = json!(policies);
    }
    json
}

fn read_hook(json: &Json) -> Option<Hook> {
    // Read as an object, since the annotations that made a hook of it are in the text, too.
    let mut manifest = parse_recorded(json["manifest"].as_str()?).ok()?;
    let mut object = match (manifest.hooks.pop(), manifest.objects.pop()) {
        (Some(hook), _) => hook.object,
        (None, object) => object?,
    };
    json["path"]
        .as_str()
        .unwrap_or_default()
        .clone_into(&mut object.source);
    let listed = |field: &str| -> Vec<&str> {
        let list = json[field].as_array().map_or(&[][..], Vec::as_slice);
        list.iter().filter_map(Json::as_str).collect()
    };
    Some(Hook {
        object,
        events: listed("events")
            .into_iter()
            .filter_map(HookEvent::parse)
            .collect(),
        weight: json["weight"]
            .as_i64()
            .and_then(|weight| i32::try_from(weight).ok())
            .unwrap_or(0),
        delete_policies: listed("delete_policies")
            .into_iter()
            .filter_map(HookDeletePolicy::parse)
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_stage_is_read_back_from_its_description() {
        let mark = StageMark {
            stage: 3,
            of: 7,
            name: "rest-api".to_owned(),
        };
        assert_eq!(StageMark::parse(&mark.to_string()), Some(mark.clone()));
        assert_eq!(
            StageMark::parse(&format!("{mark}: Deployment/rest-api: ImagePullBackOff")),
            Some(mark)
        );
        assert_eq!(StageMark::parse("Upgrade complete"), None);
    }

    fn of_helm(data: &[u8]) -> Record {
        let document = super::super::decode(data.trim_ascii()).unwrap();
        Record {
            document,
            labels: BTreeMap::new(),
            resource_version: None,
        }
    }

    #[test]
    fn what_helm_recorded_is_understood() {
        for data in [
            &include_bytes!("testdata/helm3.release")[..],
            include_bytes!("testdata/helm4.release"),
        ] {
            let record = of_helm(data);
            assert_eq!((record.revision(), record.status()), (1, Status::Deployed));
            assert_eq!(record.values(), json!({"greeting": "hi"}));
            assert_eq!(record.chart_label(), "tiny-0.1.0");
            let objects = record.objects().unwrap();
            assert_eq!(
                objects.iter().map(|o| o.key.kind.as_str()).collect::<Vec<_>>(),
                ["ConfigMap"]
            );
            let hooks = record.hooks();
            assert_eq!(hooks[0].events, [HookEvent::PostInstall, HookEvent::PostUpgrade]);
            assert_eq!(hooks[0].weight, 5);
        }
    }

    #[test]
    fn our_hooks_have_the_form_of_helms() {
        let helms = of_helm(include_bytes!("testdata/helm4.release"));
        let mut ours = helms.clone();
        ours.document["hooks"] = helms.hooks().iter().map(hook_json).collect();
        let run = HookRun {
            started: "2026-11-23T08:52:57.564393599Z".to_owned(),
            completed: Some("2026-11-23T08:52:57.583106487Z".to_owned()),
            phase: HookPhase::Succeeded,
        };
        ours.set_hook_run("ConfigMap", "tiny4-hook", &run);
        let mut theirs = helms.document["hooks"].clone();
        let text = theirs[0]["manifest"].as_str().unwrap().trim_end().to_owned();
        theirs[0]["manifest"] = json!(text);
        assert_eq!(ours.document["hooks"], theirs);
    }

    #[test]
    fn a_rollback_is_a_new_revision_with_the_old_content() {
        let old = of_helm(include_bytes!("testdata/helm3.release"));
        let back = old.rolled_back_to(4, &old, "2026-11-24T00:00:00Z");
        assert_eq!((back.revision(), back.status()), (4, Status::PendingRollback));
        assert_eq!((back.manifest(), back.values()), (old.manifest(), old.values()));
        assert_eq!(back.description(), "Rollback to 1");
    }

    #[test]
    fn every_status_reads_back() {
        for status in Status::ALL {
            assert_eq!(Status::of(status.name()), status);
        }
    }
}
