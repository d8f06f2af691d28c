//! A frame: header, body, footer, and what lies over them. Views only read.

use super::app::{App, Popup, View};
use super::screens::{changes, confirm, diff, done, form, help, palette, review, road, rollout, values};
use super::text;
use super::widgets::{footer, header};
use crate::wizard::Step;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Text};

/// The smallest terminal that the screens fit into.
pub const SMALLEST: (u16, u16) = (80, 24);
/// From so many columns on what changes stands beside the form.
const BESIDE: u16 = 100;

/// Draws a frame.
pub fn draw(frame: &mut Frame<'_>, app: &App) {
    let area = frame.area();
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        too_small(frame, area);
        return;
    }
    let [top, body, bottom] =
        Layout::vertical([Constraint::Length(1), Constraint::Fill(1), Constraint::Length(1)]).areas(area);
    header::draw(frame, top, app);
    match app.view {
        View::Diff => diff::draw(frame, body, app),
        View::Values => values::draw(frame, body, app),
        View::Step => step(frame, body, app),
    }
    footer::draw(frame, bottom, app);
    match &app.popup {
        Some(Popup::Help(scroll)) => help::draw(frame, app, *scroll),
        Some(Popup::Palette(open)) => palette::draw(frame, app, open),
        Some(Popup::Confirm(question)) => confirm::draw(frame, app, *question),
        None => {}
    }
}

fn too_small(frame: &mut Frame<'_>, area: Rect) {
    let (width, height) = SMALLEST;
    let words = format!(
        "mesh-tui needs {width}×{height}, this is {}×{}",
        area.width, area.height
    );
    let lines = text::wrap(&words, usize::from(area.width));
    let rows = u16::try_from(lines.len()).unwrap_or(1).min(area.height);
    let at = Rect {
        y: (area.height - rows) / 2,
        height: rows,
        ..area
    };
    let lines: Vec<Line<'_>> = lines.into_iter().map(|line| Line::raw(line).centered()).collect();
    frame.render_widget(Text::from(lines), at);
}

fn step(frame: &mut Frame<'_>, area: Rect, app: &App) {
    if app.wizard.step == Step::Rollout {
        rollout::draw(frame, area, app);
        return;
    }
    let [left, right] = Layout::horizontal([Constraint::Length(20), Constraint::Fill(1)]).areas(area);
    road::draw(frame, left, app);
    if app.wizard.step == Step::Done {
        done::draw(frame, right, app);
        return;
    }
    let (main, beside) = if area.width >= BESIDE {
        // A form needs no more room than its longest line; the rest is for what changes.
        let form = (right.width * 49 / 100).min(74);
        let [main, beside] = Layout::horizontal([Constraint::Length(form), Constraint::Fill(1)]).areas(right);
        (main, Some(beside))
    } else {
        (right, None)
    };
    if app.wizard.step == Step::Review {
        review::draw(frame, main, app);
    } else {
        form::draw(frame, main, app);
    }
    if let Some(beside) = beside {
        changes::draw(frame, beside, app);
    }
}
