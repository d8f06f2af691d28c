//! The files of a chart, rendered one after the other as Helm does it.

use super::prepared::TemplateFile;
use super::reuse::{Context, Footprint, Kept, footprints};
use super::{RenderError, scope};
use crate::chart::template::exec::Exec;
use crate::chart::value::{Str, Value, WriteWatch};
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
    let mut pass = Pass::new(context);
    pass.run(values, &[], exec, None)?;
    Ok(pass.rendered)
}

/// Renders the files but for those that are the same as in an `earlier` render.
pub(super) fn render<'c>(
    context: &'c Context,
    values: &Table<'_>,
    exec: &mut Exec<'_>,
    earlier: Option<&Kept>,
) -> Result<(RenderedFiles<'c>, Kept), RenderError> {
    let footprints = footprints(&context.prepared.chart, values);
    let mut pass = Pass::new(context);
    let mut result = pass.run(values, &footprints, exec, earlier);
    if pass.watch.has_seen_a_write() {
        if pass.has_taken {
            // What was taken has not seen the write, and may be another text with it.
            pass = Pass::new(context);
            result = pass.run(values, &footprints, exec, None);
        }
        pass.kept = Kept::none(context.clone());
    }
    result.map(|()| (pass.rendered, pass.kept))
}

/// One pass over the files.
struct Pass<'c> {
    context: &'c Context,
    /// Sees what templates write to what others can reach.
    watch: WriteWatch,
    rendered: RenderedFiles<'c>,
    kept: Kept,
    /// Whether any text was taken from an earlier render.
    has_taken: bool,
}

impl<'c> Pass<'c> {
    fn new(context: &'c Context) -> Self {
        Self {
            context,
            watch: WriteWatch::default(),
            rendered: BTreeMap::new(),
            kept: Kept::none(context.clone()),
            has_taken: false,
        }
    }

    /// Files of charts without a footprint are neither taken nor kept.
    fn run(
        &mut self,
        values: &Table<'_>,
        footprints: &[Arc<Footprint>],
        exec: &mut Exec<'_>,
        earlier: Option<&Kept>,
    ) -> Result<(), RenderError> {
        let Context {
            prepared,
            release,
            capabilities,
        } = self.context;
        let dots = scope::dots(&prepared.chart, values, release, capabilities, &self.watch);
        for (at, file) in prepared.files.iter().enumerate() {
            let Some(dot) = dots.get(file.chart).filter(|_| !file.is_partial()) else {
                continue;
            };
            let footprint = footprints.get(file.chart);
            // A parent reaches it through `.Subcharts`, whether the file is rendered or not.
            dot.enter(file);
            let same = footprint.and_then(|values| earlier?.text(at, values));
            let text = if let Some(same) = same {
                self.has_taken = true;
                Arc::clone(same)
            } else {
                self.file(exec, file, &dot.value)?
            };
            if let Some(values) = footprint.filter(|_| !exec.take_has_asked_outside()) {
                self.kept.keep(at, values, &text);
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
