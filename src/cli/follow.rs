//! Follows a running rollout: a line for each step of a stage, decisions, Ctrl-C, and the report at the end.

use super::args::Output;
use super::{approve, print};
use crate::rollout::{Board, CauseCard, Choice, Command, Outcome, Phase, StageRow, StageStatus};
use crate::runtime::rollout::RolloutHandle;
use crate::{ErrorKind, Result};
use clap::ValueEnum;
use serde_json::{Value as Json, json};
use std::fmt::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

/// What to do when a stage fails and nobody is there to ask.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum OnFailure {
    /// Record the failure and stop; `resume` goes on later
    #[default]
    Stop,
    /// Take everything back to what was deployed before
    Rollback,
}

/// Follows the rollout to its end.
pub(super) async fn follow(
    mut handle: RolloutHandle,
    on_failure: OnFailure,
    output: Output,
    interactive: bool,
    notes: &str,
) -> Result<ExitCode> {
    let mut teller = Teller::new(output);
    let mut cancelled = false;
    let mut answered = Answered::default();
    loop {
        tokio::select! {
            board = handle.changed() => {
                let Some(board) = board else { break };
                teller.tell(&board)?;
                if let Some(command) = decision(&board, on_failure, interactive, &mut answered)? {
                    handle.send(command);
                }
            }
            _ = tokio::signal::ctrl_c() => {
                if cancelled {
                    print::note(&format!(
                        "left at once: `mesh-tui status` shows where the release stands, {}",
                        handle.board().aim.how_to_go_on()
                    ));
                    return Ok(ExitCode::from(ErrorKind::Interrupted.exit_code()));
                }
                cancelled = true;
                print::note("finishing the record; press Ctrl-C again to leave at once");
                handle.cancel();
            }
        }
    }
    let board = handle.board();
    let outcome = handle.finish().await;
    report(&board, &outcome, output, notes)?;
    Ok(exit_code(&outcome))
}

/// What has been answered so far.
#[derive(Debug, Default)]
struct Answered {
    /// The newest question: boards repeat it.
    question: Option<(Phase, Option<CauseCard>, Option<i64>)>,
    /// Whether a rollback was the answer to one.
    rolled_back: bool,
}

/// What to answer a board that waits for somebody; each question once.
fn decision(
    board: &Board,
    on_failure: OnFailure,
    interactive: bool,
    answered: &mut Answered,
) -> Result<Option<Command>> {
    if !matches!(board.phase, Phase::Paused { .. } | Phase::Deciding) {
        return Ok(None);
    }
    let question = (
        board.phase.clone(),
        board.cause.clone(),
        board.stages.iter().filter_map(|s| s.revision).max(),
    );
    if answered.question.as_ref() == Some(&question) {
        return Ok(None);
    }
    answered.question = Some(question);
    if interactive {
        if let Some(cause) = &board.cause {
            print::note(cause_text(cause).trim_end());
        }
        return choose(&board.choices).map(Some);
    }
    let offered = |command| {
        board
            .choices
            .iter()
            .any(|choice: &Choice| choice.command == command)
    };
    Ok(Some(match board.phase {
        Phase::Paused { .. } => Command::Resume,
        // A rollback that has failed is not tried again.
        _ if on_failure == OnFailure::Rollback && offered(Command::RollbackAll) && !answered.rolled_back => {
            answered.rolled_back = true;
            Command::RollbackAll
        }
        _ => Command::Abort,
    }))
}

fn choose(choices: &[Choice]) -> Result<Command> {
    loop {
        for (number, choice) in choices.iter().enumerate() {
            print::note(&format!("  {}  {}", number + 1, choice.means));
        }
        let answer = approve::ask("what now? ")?;
        let number = answer
            .parse::<usize>()
            .ok()
            .and_then(|number| number.checked_sub(1));
        match number.and_then(|number| choices.get(number)) {
            Some(choice) => return Ok(choice.command),
            // The end of input is no answer to wait for again.
            None if answer.is_empty() => return Ok(Command::Abort),
            None => {}
        }
    }
}

/// Tells each change of a stage once.
struct Teller {
    output: Output,
    told: Vec<(StageStatus, String)>,
}

impl Teller {
    const fn new(output: Output) -> Self {
        Self {
            output,
            told: Vec::new(),
        }
    }

    fn tell(&mut self, board: &Arc<Board>) -> Result<()> {
        self.told
            .resize(board.stages.len(), (StageStatus::Pending, String::new()));
        for (stage, told) in board.stages.iter().zip(&mut self.told) {
            let waits_for = stage.waits_for.first().cloned().unwrap_or_default();
            let news =
                stage.status != told.0 || (stage.status == StageStatus::Waiting && waits_for != told.1);
            if news && self.output == Output::Text && stage.status != StageStatus::Pending {
                print::text(&line(stage, &waits_for))?;
            }
            *told = (stage.status.clone(), waits_for);
        }
        Ok(())
    }
}

fn line(stage: &StageRow, waits_for: &str) -> String {
    let mut line = format!("{:<14}{:<10}", stage.name, status_name(&stage.status));
    if let (Some((ready, wanted)), StageStatus::Waiting | StageStatus::Done) = (stage.ready, &stage.status) {
        let _ = write!(line, "{ready}/{wanted} ready  ");
    }
    match (&stage.status, stage.revision) {
        (StageStatus::Waiting, _) => line.push_str(waits_for),
        (StageStatus::Applying, _) => {
            let _ = write!(line, "{} of {} objects", stage.changes, stage.objects);
        }
        (StageStatus::Done, Some(revision)) => {
            let _ = write!(line, "revision {revision}");
        }
        (StageStatus::Done, None) => line.push_str("unchanged"),
        _ => {}
    }
    if let (Some(elapsed), StageStatus::Done | StageStatus::Failed) = (stage.elapsed, &stage.status) {
        let _ = write!(line, "  {elapsed} s");
    }
    line.truncate(line.trim_end().len());
    line.push('\n');
    line
}

const fn status_name(status: &StageStatus) -> &'static str {
    match status {
        StageStatus::Pending => "pending",
        StageStatus::Applying => "applying",
        StageStatus::Waiting => "waiting",
        StageStatus::Recording => "recording",
        StageStatus::Done => "done",
        StageStatus::Failed => "failed",
        StageStatus::Skipped => "skipped",
        StageStatus::RolledBack => "rolled back",
    }
}

const fn outcome_name(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Unchanged => "unchanged",
        Outcome::Completed => "completed",
        Outcome::Aborted => "aborted",
        Outcome::RolledBack => "rolled back",
        Outcome::Interrupted => "interrupted",
        Outcome::Failed => "failed",
    }
}

fn exit_code(outcome: &Outcome) -> ExitCode {
    match outcome {
        Outcome::Unchanged | Outcome::Completed => ExitCode::SUCCESS,
        Outcome::Aborted | Outcome::RolledBack | Outcome::Failed => {
            ExitCode::from(ErrorKind::Rollout.exit_code())
        }
        Outcome::Interrupted => ExitCode::from(ErrorKind::Interrupted.exit_code()),
    }
}

fn report(board: &Board, outcome: &Outcome, output: Output, notes: &str) -> Result<()> {
    if output == Output::Json {
        return print::json(&board_json(board, outcome));
    }
    for warning in board.stages.iter().flat_map(|stage| &stage.warnings) {
        print::text(&format!("note: {warning}\n"))?;
    }
    if let Some(cause) = &board.cause {
        print::note(cause_text(cause).trim_end());
    }
    match outcome {
        Outcome::Completed if !notes.trim().is_empty() => print::text(&format!("\n{}\n", notes.trim()))?,
        Outcome::Completed | Outcome::Unchanged | Outcome::Failed => {}
        Outcome::RolledBack => print::note("everything is back at what was deployed before"),
        Outcome::Aborted | Outcome::Interrupted => {
            print::note(&format!("what was done stays: {}", board.aim.how_to_go_on()));
        }
    }
    Ok(())
}

/// The cause as a card of text. Writing to a string cannot fail.
fn cause_text(cause: &CauseCard) -> String {
    let mut out = String::new();
    let stage = cause
        .stage
        .as_ref()
        .map(|stage| format!("stage {stage}: "))
        .unwrap_or_default();
    let _ = writeln!(out, "error: {stage}{}", cause.headline);
    if let Some(event) = &cause.event {
        let _ = writeln!(
            out,
            "  event: {} {} {}: {}",
            event.at, event.object, event.reason, event.message
        );
    }
    if let Some(log) = &cause.log {
        let _ = writeln!(
            out,
            "  log of {}{}{}:",
            log.pod,
            if log.container.is_empty() { "" } else { "/" },
            log.container
        );
        for line in log.lines.iter().rev().take(10).rev() {
            let _ = writeln!(out, "    {line}");
        }
    }
    for advice in &cause.advice {
        let _ = writeln!(out, "  hint: {advice}");
    }
    if !cause.done.is_empty() {
        let _ = writeln!(out, "  done: {}", cause.done.join(", "));
    }
    if !cause.not_done.is_empty() {
        let _ = writeln!(out, "  not done: {}", cause.not_done.join(", "));
    }
    out
}

fn board_json(board: &Board, outcome: &Outcome) -> Json {
    let stages = board.stages.iter().map(|stage| {
        json!({
            "name": stage.name,
            "status": status_name(&stage.status),
            "objects": stage.objects,
            "changes": stage.changes,
            "revision": stage.revision,
            "seconds": stage.elapsed,
            "warnings": stage.warnings,
        })
    });
    json!({
        "release": board.release,
        "namespace": board.namespace,
        "outcome": outcome_name(outcome),
        "seconds": board.elapsed,
        "stages": stages.collect::<Vec<_>>(),
        "cause": board.cause.as_ref().map(cause_json),
    })
}

fn cause_json(cause: &CauseCard) -> Json {
    json!({
        "headline": cause.headline,
        "stage": cause.stage,
        "object": cause.object.as_ref().map(ToString::to_string),
        "event": cause.event.as_ref().map(|event| json!({
            "at": event.at, "object": event.object, "reason": event.reason, "message": event.message,
        })),
        "log": cause.log.as_ref().map(|log| json!({
            "pod": log.pod, "container": log.container, "lines": log.lines,
        })),
        "advice": cause.advice,
        "done": cause.done,
        "notDone": cause.not_done,
    })
}
