//! The diff as a screen of its own: a tree to walk, fold and search.

use crate::tui::app::App;
use crate::tui::diff::tree::{self, Detail, Node, Row};
use crate::tui::widgets::{panel, rows};
use crate::wizard::input::{Edit, LineEdit};
use crate::wizard::preview::Preview;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use std::collections::BTreeSet;

/// Where the person is in the diff.
#[derive(Debug, Clone, Default)]
pub struct DiffView {
    rows: Vec<Row>,
    generation: u64,
    plan: Option<std::sync::Arc<crate::plan::model::Plan>>,
    turned: BTreeSet<Node>,
    open_objects: bool,
    detail: Detail,
    selected: usize,
    find: LineEdit,
    finding: bool,
}

impl DiffView {
    /// Takes over the newest plan; the person stays at the object they look at.
    pub fn follow(&mut self, preview: &Preview) {
        if self.generation == preview.generation && self.plan.is_some() == preview.plan.is_some() {
            return;
        }
        self.generation = preview.generation;
        self.plan.clone_from(&preview.plan);
        self.rebuild();
    }

    fn rebuild(&mut self) {
        let at = self.rows.iter().take(self.selected + 1).rev().find_map(Row::node);
        self.rows = self.plan.as_ref().map_or_else(Vec::new, |plan| {
            tree::rows(plan, &self.turned, self.open_objects, self.detail)
        });
        if let Some(node) = at
            && let Some(row) = self
                .rows
                .iter()
                .position(|row| row.node().as_ref() == Some(&node))
            && self.rows.get(self.selected).and_then(Row::node).as_ref() != Some(&node)
        {
            self.selected = row;
        }
        self.selected = self.selected.min(self.rows.len().saturating_sub(1));
    }

    /// The rows.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Moves the selection by so many rows.
    pub fn step(&mut self, by: isize) {
        self.to(self.selected.saturating_add_signed(by));
    }

    /// Selects a row.
    pub fn to(&mut self, row: usize) {
        self.selected = row.min(self.rows.len().saturating_sub(1));
    }

    /// Unfolds or folds what is selected, or turns it round; folding within an object folds the object.
    pub fn fold(&mut self, open: Option<bool>) {
        let Some((at, node)) = self
            .rows
            .iter()
            .enumerate()
            .take(self.selected + 1)
            .rev()
            .find_map(|(at, row)| row.node().map(|node| (at, node)))
        else {
            return;
        };
        let is_open = match &self.rows[at] {
            Row::Stage { open, .. } | Row::Object { open, .. } => *open,
            _ => return,
        };
        if open == Some(is_open) || (open == Some(true) && at != self.selected) {
            return;
        }
        self.selected = at;
        if !self.turned.remove(&node) {
            self.turned.insert(node);
        }
        self.rebuild();
    }

    /// Unfolds every object, or folds all of them again.
    pub fn unfold_all(&mut self) {
        self.open_objects = !self.open_objects;
        self.turned.clear();
        self.rebuild();
    }

    /// Field by field, or as text.
    pub fn switch_detail(&mut self) {
        self.detail = match self.detail {
            Detail::Fields => Detail::Unified,
            Detail::Unified => Detail::Fields,
        };
        self.rebuild();
    }

    /// Whether a text to find is being typed.
    #[must_use]
    pub const fn is_finding(&self) -> bool {
        self.finding
    }

    /// Asks for a text to find; everything is unfolded, so that it can be found.
    pub fn start_finding(&mut self) {
        self.finding = true;
        self.find = LineEdit::default();
        if !self.open_objects {
            self.unfold_all();
        }
    }

    /// Edits the text to find; the selection goes to the first match.
    pub fn edit(&mut self, edit: &Edit) {
        if self.find.apply(edit) && !self.matches(self.selected) {
            self.next_match(true);
        }
    }

    /// The text is complete.
    pub const fn found(&mut self) {
        self.finding = false;
    }

    /// Stops asking for a text; true when one was asked for.
    pub fn leave_finding(&mut self) -> bool {
        let was = self.finding;
        if was {
            self.find = LineEdit::default();
        }
        self.finding = false;
        was
    }

    fn matches(&self, row: usize) -> bool {
        let needle = self.find.text().to_lowercase();
        !needle.is_empty()
            && self
                .rows
                .get(row)
                .is_some_and(|row| row.searched().to_lowercase().contains(&needle))
    }

    /// Goes to the next or the previous match, around the ends.
    pub fn next_match(&mut self, forward: bool) {
        let rows = self.rows.len();
        let found = (1..=rows)
            .map(|by| {
                if forward {
                    (self.selected + by) % rows
                } else {
                    (self.selected + rows - by) % rows
                }
            })
            .find(|row| self.matches(*row));
        if let Some(row) = found {
            self.selected = row;
        }
    }
}

/// Draws the diff over the whole body.
pub fn draw(frame: &mut Frame<'_>, area: Rect, app: &App) {
    let view = &app.diff;
    let title = match view.detail {
        Detail::Fields => "What changes, field by field",
        Detail::Unified => "What changes, as text",
    };
    let inner = panel::draw(
        frame,
        area,
        app,
        &panel::Panel {
            title,
            right: &super::changes::sureness(app),
            focused: true,
        },
    );
    if view.rows.is_empty() {
        super::changes::draw_empty(frame, inner, app);
        return;
    }
    let find = view.finding || !view.find.text().is_empty();
    let height = usize::from(inner.height).saturating_sub(usize::from(find));
    let top = view
        .selected
        .saturating_sub(height * 2 / 3)
        .min(view.rows.len().saturating_sub(height));
    let lines: Vec<Line<'_>> = view
        .rows
        .iter()
        .enumerate()
        .skip(top)
        .take(height)
        .map(|(at, row)| {
            let mut line = rows::line(row, usize::from(inner.width), app);
            if view.matches(at) {
                line = line.patch_style(app.theme.warning());
            }
            if at == view.selected {
                line = line.patch_style(app.theme.selected());
            }
            line
        })
        .collect();
    frame.render_widget(
        ratatui::text::Text::from(lines),
        Rect {
            height: u16::try_from(height).unwrap_or(0),
            ..inner
        },
    );
    if find {
        let y = inner.bottom().saturating_sub(1);
        let matches = (0..view.rows.len()).filter(|row| view.matches(*row)).count();
        let line = Line::from(vec![
            Span::styled("/", app.theme.accent()),
            Span::raw(view.find.text().to_owned()),
            Span::styled(if view.finding { "▏" } else { "" }, app.theme.accent()),
            Span::styled(format!("  {matches} found"), app.theme.faint()),
        ]);
        frame.render_widget(
            line,
            Rect {
                y,
                height: 1,
                ..inner
            },
        );
    }
}
