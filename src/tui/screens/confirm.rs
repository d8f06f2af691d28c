//! A question before a deed that cannot simply be taken back. `n` and Esc are always the safe answer.

use super::review::changes_to_cluster;
use crate::rollout::{Command as Decision, Phase};
use crate::tui::app::{App, Question};
use crate::tui::text;
use crate::tui::widgets::panel;
use ratatui::Frame;
use ratatui::text::{Line, Span, Text};

/// What is about to happen, and where.
fn roll_out(app: &App) -> String {
    format!(
        "{}, namespace {}, stage by stage. You can pause and go back at any time.",
        changes_to_cluster(app),
        app.wizard.target.namespace
    )
}

/// Whether the rollout waits for a decision.
fn waits(app: &App) -> bool {
    let board = app.wizard.board.as_ref();
    board.is_some_and(|board| matches!(board.phase, Phase::Deciding | Phase::Paused { .. }))
}

/// Draws the question.
pub fn draw(frame: &mut Frame<'_>, app: &App, question: Question) {
    let (title, words) = match question {
        Question::RollOut => ("Roll out now?", roll_out(app)),
        Question::Leave => (
            "Leave mesh-tui?",
            "Nothing has been changed in the cluster. Your choices are not kept.".to_owned(),
        ),
        Question::LeaveRollout if waits(app) => (
            "Leave now?",
            "Nothing runs at the moment. What was done stays; `mesh-tui resume` goes on with it later."
                .to_owned(),
        ),
        Question::LeaveRollout => (
            "Leave while the rollout runs?",
            "The stage that runs is finished in the record first. What was done stays; the next start can resume it."
                .to_owned(),
        ),
        Question::Decide(Decision::RollbackAll) => (
            "Roll everything back?",
            format!(
                "{} goes back to what was deployed before this rollout.",
                app.wizard.target.release
            ),
        ),
        Question::Decide(_) => (
            "End the rollout here?",
            "What was done stays as it is; the rest is not begun. It can be resumed.".to_owned(),
        ),
    };
    let lines = text::wrap(&words, 54);
    let height = u16::try_from(lines.len()).unwrap_or(1) + 4;
    let inner = panel::popup(frame, app, title, 60, height);
    let mut shown: Vec<Line<'_>> = lines.into_iter().map(Line::raw).collect();
    shown.push(Line::default());
    shown.push(Line::from(vec![
        Span::styled("y", app.theme.accent()),
        Span::raw(" yes     "),
        Span::styled("Esc", app.theme.accent()),
        Span::raw(" no, stay here"),
    ]));
    frame.render_widget(Text::from(shown), inner);
}
