//! What happens to one object.

use crate::apply::Schema;
use crate::apply::schema::Type;
use crate::apply::{equal, lookup};
use crate::chart::manifest::{ManifestObject, ObjectKey};
use crate::plan::diff::{Difference, Side, diff, step_of};
use crate::plan::input::Answer;
use crate::plan::model::{Action, Confidence, Consequence, FieldChange, ObjectChange, Seal, Whose};
use crate::plan::normalize::normalize;
use crate::plan::ownership::Known;
use crate::plan::predict::{HANDOVER_MANAGER, Predicted, RELEASE_MANAGER, Subject, predict};
use crate::plan::redact::{MASK, MASK_AFTER, MASK_BEFORE, Masked, Redactor};
use crate::plan::risk;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value as Json;
use sha2::Sha256;
use std::sync::Arc;

/// What an object's part of the plan depends on, besides the object itself.
pub(super) struct Context<'a> {
    pub(super) schema: &'a Schema,
    pub(super) redactor: &'a Redactor,
    pub(super) seal_key: &'a [u8],
    pub(super) previous: Option<&'a Json>,
    pub(super) live: Option<&'a Json>,
    pub(super) answer: Option<&'a Answer>,
    pub(super) autoscaler: Option<&'a ObjectKey>,
}

/// The change of an object that the chart renders.
pub(super) fn change_of(context: &Context<'_>, object: &ManifestObject) -> ObjectChange {
    let predicted = predict(&Subject {
        desired: &object.body,
        previous: context.previous,
        live: context.live,
        schema: context.schema,
        autoscaled: context.autoscaler.is_some(),
        answer: context.answer,
    });
    let mut change = match context.live {
        None => creation(context, object, predicted),
        Some(live) => Existing::new(context, object, live, &predicted).change(predicted.confidence.clone()),
    };
    if let Confidence::Refused { message } = &mut change.confidence {
        *message = context.redactor.text(message);
    }
    change
}

/// An object about which nothing can be said.
pub(super) fn unchanged(object: &ManifestObject) -> ObjectChange {
    ObjectChange {
        key: object.key.clone(),
        source: object.source.clone(),
        action: Action::Unchanged,
        fields: Vec::new(),
        consequences: Vec::new(),
        confidence: Confidence::Predicted,
        before: None,
        after: None,
        seal: Seal::default(),
    }
}

/// The change of an object that leaves the release and is in the cluster still.
pub(super) fn leaving_change(context: &Context<'_>, object: &ManifestObject) -> ObjectChange {
    let live = context.live.unwrap_or(&Json::Null);
    let shown = context
        .redactor
        .object(&normalize(context.schema.of(live), live), None, MASK);
    // The policy counts where the cluster has it, and where the release recorded it: Helm looks at the latter.
    let kept = risk::is_kept(live) || risk::is_kept(&object.body);
    let shown_object = Arc::new(shown.object.clone());
    ObjectChange {
        source: String::new(),
        action: if kept { Action::Unchanged } else { Action::Delete },
        consequences: if kept {
            vec![Consequence::Kept]
        } else {
            risk::of_removal(&object.key, live, false)
        },
        after: kept.then(|| shown_object.clone()),
        before: Some(shown_object),
        seal: seal(context.seal_key, &[&shown], None),
        ..unchanged(object)
    }
}

fn creation(context: &Context<'_>, object: &ManifestObject, predicted: Predicted) -> ObjectChange {
    let ty = context.schema.of(&object.body);
    let desired = normalize(ty, &object.body);
    let after = predicted
        .after
        .map_or_else(|| desired.clone(), |after| normalize(ty, &after));
    let shown = context.redactor.object(&desired, None, MASK);
    ObjectChange {
        action: Action::Create,
        confidence: predicted.confidence,
        after: Some(Arc::new(context.redactor.object(&after, None, MASK).object)),
        seal: seal(context.seal_key, &[&shown], Some(&desired)),
        ..unchanged(object)
    }
}

/// An object that the cluster has and the chart renders. All of it is normalized.
struct Existing<'a> {
    context: &'a Context<'a>,
    object: &'a ManifestObject,
    live: &'a Json,
    predicted: &'a Predicted,
    ty: Type<'a>,
    desired: Json,
    previous: Option<Json>,
    before: Json,
    after: Json,
}

impl<'a> Existing<'a> {
    fn new(
        context: &'a Context<'a>,
        object: &'a ManifestObject,
        live: &'a Json,
        predicted: &'a Predicted,
    ) -> Self {
        let ty = context.schema.of(&object.body);
        let desired = normalize(ty, &object.body);
        let before = normalize(ty, live);
        let after = predicted
            .after
            .as_ref()
            .map_or_else(|| before.clone(), |after| normalize(ty, after));
        Self {
            context,
            object,
            live,
            predicted,
            ty,
            desired,
            previous: context.previous.map(|previous| normalize(ty, previous)),
            before,
            after,
        }
    }

    fn change(&self, confidence: Confidence) -> ObjectChange {
        let redactor = self.context.redactor;
        let before = redactor.object(&self.before, Some(&self.after), MASK_BEFORE);
        let after = redactor.object(&self.after, Some(&self.before), MASK_AFTER);
        let old = Side {
            raw: &self.before,
            shown: &before.object,
        };
        let new = Side {
            raw: &self.after,
            shown: &after.object,
        };
        let differences = diff(self.ty, old, new);
        let action = self.action(&differences, &confidence);
        let fields = self.fields(&differences, &before.object);
        let mut consequences = self.consequences(&action, &differences);
        if self.predicted.handover {
            consequences.extend(self.context.autoscaler.map(|to| Consequence::HandedOver {
                field: "spec.replicas".into(),
                to: to.clone(),
            }));
        }
        let desired = redactor.object(&self.desired, None, MASK);
        let seal = seal(self.context.seal_key, &[&before, &desired], None);
        let confidence = match (&action, confidence) {
            // What must be created anew is no longer refused: it is another operation.
            (Action::Recreate { .. }, Confidence::Refused { .. }) => Confidence::Confirmed,
            (_, confidence) => confidence,
        };
        ObjectChange {
            action,
            fields,
            consequences,
            confidence,
            before: Some(Arc::new(before.object)),
            after: Some(Arc::new(after.object)),
            seal,
            ..unchanged(self.object)
        }
    }

    fn action(&self, differences: &[Difference<'_>], confidence: &Confidence) -> Action {
        if let Confidence::Refused { message } = confidence
            && risk::says_immutable(message)
        {
            return Action::Recreate {
                reason: self.context.redactor.text(message),
            };
        }
        let kind = self.object.key.kind.as_str();
        // A server that has taken the change in a dry run knows better than the rules.
        let asked = matches!(confidence, Confidence::Confirmed) || self.context.answer.is_some();
        let fixed = differences
            .iter()
            .filter(|_| !asked)
            .find_map(|found| risk::immutable(kind, found));
        match (fixed, differences.is_empty()) {
            (Some(reason), _) => Action::Recreate { reason },
            (None, true) => Action::Unchanged,
            (None, false) => Action::Update,
        }
    }

    fn consequences(&self, action: &Action, differences: &[Difference<'_>]) -> Vec<Consequence> {
        match action {
            Action::Update => risk::restart(self.live, differences).into_iter().collect(),
            Action::Recreate { .. } => risk::of_removal(&self.object.key, self.live, true),
            Action::Create | Action::Delete | Action::Unchanged => Vec::new(),
        }
    }

    fn fields(&self, differences: &[Difference<'_>], shown: &Json) -> Vec<FieldChange> {
        let known = Known {
            ty: self.ty,
            previous: self.previous.as_ref(),
            desired: &self.desired,
            managed: &self.predicted.managed,
            manager: RELEASE_MANAGER,
        };
        let changed = differences.iter().map(|difference| FieldChange {
            path: difference.steps.clone(),
            before: difference.before.map(|side| side.shown.clone()),
            after: difference.after.map(|side| side.shown.clone()),
            whose: known.whose(difference),
        });
        let kept = known.kept_by_others().into_iter().filter_map(|(path, owner)| {
            let path = path.elements();
            let same = equal(
                lookup(self.ty, &self.before, path)?,
                lookup(self.ty, &self.after, path)?,
            );
            let value = lookup(self.ty, shown, path).filter(|_| same)?.clone();
            Some(FieldChange {
                path: path.iter().map(step_of).collect(),
                before: Some(value.clone()),
                after: Some(value),
                whose: Whose::Other {
                    manager: self.owner_words(&owner.manager),
                },
            })
        });
        changed.chain(kept).collect()
    }

    /// Who keeps a field. Replicas that an autoscaler decides about are its own, whoever wrote them last.
    fn owner_words(&self, manager: &str) -> String {
        match self.context.autoscaler {
            Some(autoscaler) if [HANDOVER_MANAGER, "kube-controller-manager"].contains(&manager) => {
                autoscaler.to_string()
            }
            _ => manager.to_owned(),
        }
    }
}

/// A keyed digest of what is masked, and of a body that counts as a whole.
fn seal(key: &[u8], masked: &[&Masked], body: Option<&Json>) -> Seal {
    if body.is_none() && masked.iter().all(|masked| masked.hidden.is_empty()) {
        return Seal::default();
    }
    let Ok(mut digest) = Hmac::<Sha256>::new_from_slice(key) else {
        return Seal::default();
    };
    for masked in masked {
        digest.update(&(masked.hidden.len() as u64).to_le_bytes());
        for value in &masked.hidden {
            digest.update(&(value.len() as u64).to_le_bytes());
            digest.update(value.as_bytes());
        }
    }
    if let Some(body) = body {
        digest.update(body.to_string().as_bytes());
    }
    let mut short = [0; 16];
    short.copy_from_slice(&digest.finalize().into_bytes()[..16]);
    Seal::new(short)
}
