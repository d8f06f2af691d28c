//! The wizard's state: the values document, the target, what was typed, and where the person stands.

use super::effect::{Inputs, RequestId};
use super::facts::{Profile, Setup};
use super::field::{Block, Field, Focus, Slot};
use super::input::LineEdit;
use super::overlay;
use super::preview::{Preview, Sureness};
use super::review::{Approval, Review};
use super::step::Step;
use super::steps;
use super::target::{Connection, Release, Target};
use crate::plan::model::TakeOver;
use crate::rollout::{Board, Phase};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Everything the wizard knows.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// What was known before the first screen.
    pub setup: Setup,
    /// Where the person stands.
    pub step: Step,
    /// The furthest step that was reached.
    pub reached: Step,
    /// The focus on each step that has been visited.
    pub focus: BTreeMap<Step, Focus>,
    /// Cluster, namespace, release.
    pub target: Target,
    /// The profile, by position in the setup.
    pub profile: Option<usize>,
    /// Whether the rollout pauses before each stage; `None` as the profile has it.
    pub pauses: Option<bool>,
    /// The person's choices.
    pub overlay: Json,
    /// The chart's defaults with the profile on top.
    pub base: Json,
    /// The base with the choices on top.
    pub effective: Json,
    /// What was typed, also where it is wrong.
    pub drafts: BTreeMap<Slot, LineEdit>,
    /// The service whose details are shown, by position in the setup.
    pub service: usize,
    /// What the choices would change.
    pub preview: Preview,
    /// The approval.
    pub review: Review,
    /// The rollout, once it was started.
    pub board: Option<Arc<Board>>,
    /// Why the rollout could not be started.
    pub rollout_problem: Option<Problem>,
    /// The chart's notes, once the rollout is over.
    pub notes: String,
    /// Seconds since the program started, as far as it was told.
    pub now: u64,
    /// The last request's number.
    pub(super) last_request: u64,
}

use super::facts::Problem;

impl State {
    /// The state before the first screen.
    #[must_use]
    pub fn new(setup: Setup) -> Self {
        let wishes = setup.wishes.clone();
        let profile = match &wishes.profile {
            Some(name) => setup.profiles.iter().position(|profile| &profile.name == name),
            None => (!setup.profiles.is_empty()).then_some(0),
        };
        let scenario = setup
            .scenarios
            .first()
            .map(|s| s.name.clone())
            .unwrap_or_default();
        let mut state = Self {
            step: Step::Target,
            reached: Step::Target,
            focus: BTreeMap::new(),
            target: Target {
                cluster: wishes.cluster.clone(),
                scenario: match &wishes.cluster {
                    Some(super::facts::ClusterRef::Sandbox(name)) => name.clone(),
                    _ => scenario,
                },
                namespace: wishes.namespace.clone().unwrap_or_default(),
                namespace_chosen: wishes.namespace.is_some(),
                release: wishes.release.clone().unwrap_or_else(|| setup.chart.name.clone()),
                ..Target::default()
            },
            profile,
            pauses: None,
            overlay: wishes
                .values
                .unwrap_or_else(|| Json::Object(serde_json::Map::new())),
            base: Json::Null,
            effective: Json::Null,
            drafts: BTreeMap::new(),
            service: 0,
            preview: Preview::default(),
            review: Review::default(),
            board: None,
            rollout_problem: None,
            notes: String::new(),
            now: 0,
            last_request: 0,
            setup,
        };
        state.settle_namespace();
        state.rebase();
        state
    }

    /// The chosen profile.
    #[must_use]
    pub fn profile(&self) -> Option<&Profile> {
        self.profile.and_then(|at| self.setup.profiles.get(at))
    }

    /// Whether the profile is one where a mistake is felt by others: it asks for a typed confirmation.
    #[must_use]
    pub fn is_guarded(&self) -> bool {
        self.profile().is_some_and(|profile| profile.typed_confirmation)
    }

    /// Whether the rollout pauses before each stage.
    #[must_use]
    pub fn pauses(&self) -> bool {
        self.pauses
            .unwrap_or_else(|| self.profile().is_some_and(|profile| profile.pause_between_stages))
    }

    /// The value at a dotted path, as the chart will see it.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Json> {
        overlay::get(&self.effective, path)
    }

    /// Whether the value at a dotted path is true.
    #[must_use]
    pub fn is_on(&self, path: &str) -> bool {
        self.get(path).and_then(Json::as_bool).unwrap_or(false)
    }

    /// The text at a dotted path; empty where there is none.
    #[must_use]
    pub fn text(&self, path: &str) -> &str {
        self.get(path).and_then(Json::as_str).unwrap_or_default()
    }

    /// The number at a dotted path.
    #[must_use]
    pub fn number(&self, path: &str) -> Option<i64> {
        self.get(path).and_then(Json::as_i64)
    }

    /// What the form of a step consists of.
    #[must_use]
    pub fn form(&self, step: Step) -> Vec<Block> {
        steps::form(self, step)
    }

    /// The fields of a step.
    #[must_use]
    pub fn fields(&self, step: Step) -> Vec<Field> {
        self.form(step)
            .into_iter()
            .filter_map(|block| match block {
                Block::Field(field) => Some(field),
                _ => None,
            })
            .collect()
    }

    /// Where the focus is on the current step, as far as there is something to focus.
    #[must_use]
    pub fn focused(&self) -> Option<(Focus, Field)> {
        let fields = self.fields(self.step);
        if let Some(focus) = self.focus.get(&self.step)
            && let Some(field) = fields.iter().find(|field| field.slot == focus.slot)
        {
            let entry = focus.entry.min(field.stops().saturating_sub(1));
            let slot = focus.slot.clone();
            return Some((Focus { slot, entry }, field.clone()));
        }
        let field = fields.into_iter().next()?;
        let entry = match &field.kind {
            super::field::Kind::List { chosen, .. } => chosen.unwrap_or(0),
            _ => 0,
        };
        let slot = field.slot.clone();
        Some((Focus { slot, entry }, field))
    }

    /// Whether letters that are typed now are text.
    #[must_use]
    pub fn is_typing(&self) -> bool {
        (self.step.is_form() || self.step == Step::Review)
            && self.focused().is_some_and(|(_, field)| field.is_typed())
    }

    /// The fields that cannot stay as they are, with their steps.
    #[must_use]
    pub fn problems(&self) -> Vec<(Step, Field)> {
        Step::ALL
            .into_iter()
            .filter(|step| step.is_form())
            .flat_map(|step| {
                self.fields(step)
                    .into_iter()
                    .filter(|field| field.problem.is_some())
                    .map(move |field| (step, field))
            })
            .collect()
    }

    /// Why the plan cannot be approved yet, as one sentence.
    #[must_use]
    pub fn blocked(&self) -> Option<String> {
        use crate::plan::model::Severity;
        let problems = self.problems();
        if let Some((step, field)) = problems.first() {
            let reason = field.problem.clone().unwrap_or_default();
            let more = match problems.len() {
                1 => String::new(),
                count => format!("; {} more answers are missing or wrong", count - 1),
            };
            return Some(format!("{}: {} {reason}{more}", step.title(), field.label));
        }
        if !self.target.is_ready() {
            return Some("No cluster is connected yet: see Target".into());
        }
        if let Some(problem) = &self.preview.problem {
            return Some(problem.message.clone());
        }
        let Some(plan) = &self.preview.plan else {
            return Some("The plan is not made yet".into());
        };
        match &self.preview.sureness {
            Sureness::Reading { .. } => return Some("The live objects are still being read".into()),
            Sureness::Nothing => return Some("The plan has not been compared with the cluster yet".into()),
            Sureness::Confirming { .. } => {
                return Some("The server is still being asked about the changes".into());
            }
            Sureness::Predicted if self.target.namespace_exists => {
                return Some("The server is about to be asked about the changes".into());
            }
            _ => {}
        }
        if plan.is_empty() {
            return Some("Nothing changes: the cluster is as your choices want it".into());
        }
        if let Some(TakeOver {
            object,
            field,
            manager,
        }) = self.open_conflict()
        {
            return Some(format!(
                "{field} of {object} belongs to {manager}: take it over, or choose what is there as your own value"
            ));
        }
        plan.findings
            .iter()
            .find(|finding| finding.severity == Severity::Error)
            .map(|finding| finding.message.clone())
    }

    /// Whether the choices are complete and the cluster is as they want it.
    #[must_use]
    pub fn has_nothing_to_do(&self) -> bool {
        let compared = matches!(self.preview.sureness, Sureness::Predicted | Sureness::Confirmed);
        compared
            && self.preview.problem.is_none()
            && self.preview.plan.as_ref().is_some_and(|plan| plan.is_empty())
            && self.target.is_ready()
            && self.problems().is_empty()
    }

    /// The fields that other managers own and that the plan sets to something else.
    #[must_use]
    pub fn conflicts(&self) -> Vec<TakeOver> {
        self.preview
            .plan
            .as_ref()
            .map(|plan| plan.conflicts())
            .unwrap_or_default()
    }

    /// The first of them that the person has not agreed to take over: nothing is taken silently.
    #[must_use]
    pub fn open_conflict(&self) -> Option<TakeOver> {
        self.conflicts()
            .into_iter()
            .find(|conflict| !self.review.take_over.contains(conflict))
    }

    /// Whether somebody waits for an answer, so that time should be told.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        matches!(self.target.connection, Connection::Connecting { .. })
            || matches!(self.target.known, Release::Loading { .. })
            || matches!(
                self.preview.sureness,
                Sureness::Reading { .. } | Sureness::Confirming { .. }
            )
            || matches!(self.review.approval, Approval::Checking { .. })
            || self.is_rolling()
    }

    /// Whether what the profile wants as confirmation was given.
    #[must_use]
    pub fn is_confirmed(&self) -> bool {
        super::update::rollout::proof(self).is_ok()
    }

    /// Whether a rollout runs.
    #[must_use]
    pub fn is_rolling(&self) -> bool {
        self.review.approval == Approval::Started
            && self.rollout_problem.is_none()
            && !self
                .board
                .as_ref()
                .is_some_and(|board| matches!(board.phase, Phase::Finished(_)))
    }

    /// What a plan is made from.
    #[must_use]
    pub fn inputs(&self) -> Inputs {
        let empty = Json::Object(serde_json::Map::new());
        let profile = self.profile().map_or(&empty, |profile| &profile.values);
        Inputs {
            values: lay(profile, &self.overlay),
            overlay: self.overlay.clone(),
            profile: self.profile().map(|profile| profile.name.clone()),
            policy_errors: self
                .profile()
                .map(|profile| profile.policy_errors.clone())
                .unwrap_or_default(),
            namespace: self.target.namespace.clone(),
            release: self.target.release.clone(),
        }
    }

    /// Computes anew what lies below the choices, after another profile was chosen.
    pub(super) fn rebase(&mut self) {
        self.base = match self.profile() {
            Some(profile) => overlay::merge(&self.setup.chart.defaults, &profile.values),
            None => self.setup.chart.defaults.clone(),
        };
        self.recompute();
    }

    /// Computes anew what the chart will see, after a choice.
    pub(super) fn recompute(&mut self) {
        self.effective = overlay::merge(&self.base, &self.overlay);
    }

    /// Proposes a namespace where nobody chose one.
    pub(super) fn settle_namespace(&mut self) {
        if self.target.namespace_chosen {
            return;
        }
        let of_context = match &self.target.cluster {
            Some(super::facts::ClusterRef::Context(name)) => self
                .target
                .contexts
                .iter()
                .flatten()
                .find(|context| &context.name == name)
                .and_then(|context| context.namespace.clone())
                .filter(|namespace| namespace != "default"),
            _ => None,
        };
        self.target.namespace = of_context
            .or_else(|| self.profile().and_then(|profile| profile.namespace.clone()))
            .unwrap_or_else(|| self.setup.chart.name.clone());
    }

    /// A new request's id.
    pub(super) fn request(&mut self) -> RequestId {
        self.last_request += 1;
        RequestId(self.last_request)
    }
}

/// Lays choices on a profile's values for handing them on. Unlike [`overlay::merge`] nulls stay, because they still
/// have to delete what the chart's defaults say.
fn lay(below: &Json, above: &Json) -> Json {
    match (below, above) {
        (Json::Object(below), Json::Object(above)) => {
            let mut laid = below.clone();
            for (key, value) in above {
                let value = laid.get(key).map_or_else(|| value.clone(), |old| lay(old, value));
                laid.insert(key.clone(), value);
            }
            Json::Object(laid)
        }
        (_, above) => above.clone(),
    }
}

impl State {
    /// Whether a step can be gone to: a rollout once it was started, its result once it is over, forms at any time.
    #[must_use]
    pub fn can_go_to(&self, step: Step) -> bool {
        match step {
            Step::Rollout => self.board.is_some() || self.rollout_problem.is_some() || self.is_rolling(),
            Step::Done => self.board.is_some() && !self.is_rolling(),
            _ => true,
        }
    }
}
