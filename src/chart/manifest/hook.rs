//! Hooks: what the annotations `helm.sh/hook…` say.

use super::head::Head;
use super::{Hook, HookDeletePolicy, HookEvent, ManifestObject};

/// The annotation that makes a hook of an object.
const HOOK: &str = "helm.sh/hook";
const WEIGHT: &str = "helm.sh/hook-weight";
const DELETE_POLICY: &str = "helm.sh/hook-delete-policy";

/// What an object is by its annotations.
pub(super) enum Role {
    /// A part of the release.
    Object,
    /// A hook.
    Hook(Hook),
    /// An object with an event that Helm does not know: Helm leaves it out, with this warning.
    Unknown(String),
}

pub(super) fn role(head: &Head, object: &ManifestObject) -> Role {
    let Some(events) = head.annotations.get(HOOK) else {
        return Role::Object;
    };
    let parsed: Option<Vec<HookEvent>> = words(events).map(|word| HookEvent::parse(&word)).collect();
    let Some(parsed) = parsed else {
        return Role::Unknown(format!("info: skipping unknown hook: {events:?}"));
    };
    Role::Hook(Hook {
        object: object.clone(),
        events: parsed,
        weight: head
            .annotations
            .get(WEIGHT)
            .map_or(0, |weight| parse_weight(weight)),
        delete_policies: head
            .annotations
            .get(DELETE_POLICY)
            .into_iter()
            .flat_map(|policies| words(policies))
            .filter_map(|policy| HookDeletePolicy::parse(&policy))
            .collect(),
    })
}

fn words(list: &str) -> impl Iterator<Item = String> {
    list.split(',').map(|word| word.trim().to_lowercase())
}

/// A weight that is no number is 0, as in Helm; one that no sensible chart has is cut off.
fn parse_weight(text: &str) -> i32 {
    let weight: i64 = text.parse().unwrap_or(0);
    i32::try_from(weight).unwrap_or(if weight < 0 { i32::MIN } else { i32::MAX })
}

impl HookEvent {
    /// The event that Helm knows by this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "pre-install" => Self::PreInstall,
            "post-install" => Self::PostInstall,
            "pre-upgrade" => Self::PreUpgrade,
            "post-upgrade" => Self::PostUpgrade,
            "pre-delete" => Self::PreDelete,
            "post-delete" => Self::PostDelete,
            "pre-rollback" => Self::PreRollback,
            "post-rollback" => Self::PostRollback,
            // The second one is Helm 2's.
            "test" | "test-success" => Self::Test,
            _ => return None,
        })
    }

    /// Helm's name of the event.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PreInstall => "pre-install",
            Self::PostInstall => "post-install",
            Self::PreUpgrade => "pre-upgrade",
            Self::PostUpgrade => "post-upgrade",
            Self::PreDelete => "pre-delete",
            Self::PostDelete => "post-delete",
            Self::PreRollback => "pre-rollback",
            Self::PostRollback => "post-rollback",
            Self::Test => "test",
        }
    }
}

impl HookDeletePolicy {
    /// The policy that Helm knows by this name; it never acts on another.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "before-hook-creation" => Self::BeforeHookCreation,
            "hook-succeeded" => Self::HookSucceeded,
            "hook-failed" => Self::HookFailed,
            _ => return None,
        })
    }

    /// Helm's name of the policy.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BeforeHookCreation => "before-hook-creation",
            Self::HookSucceeded => "hook-succeeded",
            Self::HookFailed => "hook-failed",
        }
    }
}
