//! The files of a chart, rendered one after the other as Helm does it.

use super::prepared::TemplateFile;
use super::reuse::{Context, Footprints, Kept, Reusable};
use super::{RenderError, scope};
use crate::chart::template::exec::{Exec, Memo};
use crate::chart::value::{Str, Value, Watch};
use crate::chart::values::Table;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The texts of the files by their names.
pub(super) type RenderedFiles<'c> = BTreeMap<&'c str, Arc<str>>;

/// Renders the files for once: nothing is taken from an earlier render, and nothing kept for a later one.
pub(super) fn render_once<'c>(
    context: &'c Context,
    values: &Table<'_>,
    exec: &mut Exec<'_>,
) -> Result<RenderedFiles<'c>, RenderError> {
    let mut pass = Pass::new(context, None);
    pass.run(values, exec, None)?;
    Ok(pass.rendered)
}

/// Renders the files but for those that are the same as in an `earlier` render.
pub(super) fn render<'c>(
    context: &'c Context,
    values: &Table<'_>,
    exec: &mut Exec<'_>,
    earlier: Option<&Kept>,
) -> Result<(RenderedFiles<'c>, Kept), RenderError> {
    let footprints = Footprints::of(&context.prepared.chart, values);
    let nothing = || Kept::none(context.clone(), footprints.clone());
    let reusable = earlier.and_then(|earlier| earlier.reusable(context, &footprints));
    let mut pass = Pass::new(context, Some(nothing()));
    let mut result = pass.run(values, exec, reusable.as_ref());
    if pass.writes.has_seen() {
        if pass.has_taken {
            // What was taken has not seen the write, and may be another text with it.
            pass = Pass::new(context, None);
            result = pass.run(values, exec, None);
        }
        pass.kept = None;
    }
    result.map(|()| (pass.rendered, pass.kept.unwrap_or_else(nothing)))
}

/// One pass over the files.
struct Pass<'c> {
    context: &'c Context,
    /// Sees what templates write to what others can reach.
    writes: Watch,
    rendered: RenderedFiles<'c>,
    /// What is kept for a later render, if there may be one.
    kept: Option<Kept>,
    /// Whether any text was taken from an earlier render.
    has_taken: bool,
}

impl<'c> Pass<'c> {
    fn new(context: &'c Context, kept: Option<Kept>) -> Self {
        Self {
            context,
            writes: Watch::default(),
            rendered: BTreeMap::new(),
            kept,
            has_taken: false,
        }
    }

    fn run(
        &mut self,
        values: &Table<'_>,
        exec: &mut Exec<'_>,
        earlier: Option<&Reusable<'_>>,
    ) -> Result<(), RenderError> {
        let Context {
            prepared,
            release,
            capabilities,
        } = self.context;
        let dots = scope::dots(&prepared.chart, values, release, capabilities, &self.writes);
        let file_uses = Watch::default();
        exec.remember(Memo::new(&self.writes, &file_uses));
        for (at, file) in prepared.files.iter().enumerate() {
            let Some(dot) = dots.get(file.chart).filter(|_| !file.is_partial()) else {
                continue;
            };
            // A parent reaches it through `.Subcharts`, whether the file is rendered or not.
            dot.enter(file, &file_uses);
            let text = if let Some(same) = earlier.and_then(|earlier| earlier.text(at, file.chart)) {
                self.has_taken = true;
                Arc::clone(same)
            } else {
                self.file(exec, file, &dot.value)?
            };
            let has_asked_outside = exec.take_has_asked_outside();
            if let Some(kept) = self.kept.as_mut().filter(|_| !has_asked_outside) {
                kept.keep(at, &text);
            }
            self.rendered.insert(&file.name, text);
        }
        Ok(())
    }

    fn file(&self, exec: &mut Exec<'_>, file: &TemplateFile, dot: &Value) -> Result<Arc<str>, RenderError> {
        let chart = &self.context.prepared.chart.metadata.name;
        let text = exec.render(&file.name, dot);
        let text = text.map_err(|error| RenderError::executing(chart, &file.name, &error))?;
        Ok(match String::from_utf8(text) {
            Ok(text) => text.into(),
            Err(error) => Str::from(error.into_bytes()).to_text().into(),
        })
    }
}
