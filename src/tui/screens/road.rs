//! The road: all steps, where the person is, what is done, what is wrong.

use crate::tui::app::App;
use crate::tui::widgets::panel::{self, Panel};
use crate::wizard::Step;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span, Text};

/// Draws the road.
pub fn draw(frame: &mut Frame<'_>, area: Rect, app: &App) {
    let panel = Panel {
        title: "Road",
        right: &Line::default(),
        focused: false,
    };
    let inner = panel::draw(frame, area, app, &panel);
    let problems = app.wizard.problems();
    let lines: Vec<Line<'_>> = Step::ALL
        .into_iter()
        .map(|step| line(step, problems.iter().any(|(at, _)| *at == step), app))
        .collect();
    frame.render_widget(Text::from(lines), inner);
}

fn line(step: Step, wrong: bool, app: &App) -> Line<'static> {
    let theme = app.theme;
    let state = &app.wizard;
    let visited = step < state.reached || state.focus.contains_key(&step);
    let (mark, mark_style) = if step == state.step {
        ("▸ ", theme.accent())
    } else if wrong && visited {
        ("✗ ", theme.bad())
    } else if step < state.reached {
        ("✓ ", theme.good())
    } else {
        ("  ", theme.plain())
    };
    let name = if step == state.step {
        theme.accent()
    } else if step <= state.reached {
        theme.plain()
    } else {
        theme.faint()
    };
    let mut spans = vec![Span::styled(mark, mark_style), Span::styled(step.title(), name)];
    if wrong && step == state.step {
        spans.push(Span::styled(" ✗", theme.bad()));
    }
    Line::from(spans)
}
