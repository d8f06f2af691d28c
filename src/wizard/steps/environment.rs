//! Environment: the profile, and what holds for the whole platform.

use super::build::Form;
use crate::wizard::check;
use crate::wizard::field::{Block, Choice, Field, Slot, Tone};
use crate::wizard::state::State;
use serde_json::Value as Json;

pub(super) fn form(state: &State) -> Vec<Block> {
    let mut form = Form::new(state);
    form.heading("Profile");
    let choices = state
        .setup
        .profiles
        .iter()
        .map(|profile| {
            Choice::new(
                profile.name.clone(),
                profile.name.clone(),
                profile.summary.clone(),
            )
        })
        .collect();
    let current = state
        .profile()
        .map_or(Json::Null, |profile| profile.name.clone().into());
    form.add(
        Field::list_of(Slot::Profile, "Profile", choices, &current)
            .help("The starting point for every value. What you change in the next steps lies on top of it."),
    );
    if state.is_guarded() {
        form.note(
            Tone::Warning,
            "Others depend on it: before anything is changed you will be asked to type the release’s name.",
        );
    }
    form.heading("Rollout");
    form.add(
        Field::switch(Slot::Pauses, "Pauses", state.pauses())
            .chosen_if(state.pauses.is_some())
            .note("before each stage")
            .help("The rollout goes service by service. With pauses it asks you before each of them."),
    );
    form.heading("Images");
    form.add(
        Field::text(state, "global.imageRegistry", "Registry")
            .placeholder("as the chart has it")
            .help("Pull the platform’s images from here instead: a mirror, or a registry of your own.")
            .check(check::registry),
    );
    form.add(
        Field::words(
            state,
            "global.imagePullPolicy",
            "Pull policy",
            ["IfNotPresent", "Always", "Never"]
                .map(|policy| Choice::new(policy, policy, ""))
                .to_vec(),
        )
        .help("When a node fetches an image. IfNotPresent is right unless tags are moved."),
    );
    form.done()
}
