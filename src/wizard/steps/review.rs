//! Review: the one field there is, the typed confirmation of a guarded profile. What will happen is drawn from the plan.

use super::build::Form;
use crate::wizard::field::{Block, Field, Kind, Slot};
use crate::wizard::review::Approval;
use crate::wizard::state::State;

pub(super) fn form(state: &State) -> Vec<Block> {
    let mut form = Form::new(state);
    if state.is_guarded() && state.review.approval != Approval::Started {
        form.add(
            Field::typed(state, Slot::Confirmation, "Release", String::new(), Kind::Text)
                // No placeholder: without colours it would look like what is to be typed, already typed.
                .help("This profile is one that others depend on. Typing the name shows that you mean this release."),
        );
    }
    form.done()
}
