//! What a render needs of a chart with certain subcharts switched on, whatever the other values are.

use super::RenderError;
use super::parsed::ParsedFiles;
use crate::chart::model::Chart;
use crate::chart::template::exec::TemplateSet;
use crate::chart::values::{Declared, Selected, Selection, ValuesError};
use std::cmp::Reverse;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// A file with templates.
#[derive(Debug)]
pub(super) struct TemplateFile {
    /// `developer-mesh/charts/rest-api/templates/deployment.yaml`.
    pub(super) name: String,
    /// `developer-mesh/charts/rest-api/templates`.
    pub(super) base_path: Arc<str>,
    /// The chart it belongs to, counted from the root: each chart before its subcharts.
    pub(super) chart: usize,
    /// The content.
    pub(super) data: Arc<[u8]>,
}

impl TemplateFile {
    /// Whether it holds definitions only.
    pub(super) fn is_partial(&self) -> bool {
        let base = self.name.rsplit('/').next();
        base.is_some_and(|base| base.starts_with('_'))
    }
}

/// A chart whose subcharts are selected.
#[derive(Debug)]
pub(super) struct Prepared {
    /// The chart.
    pub(super) chart: Chart,
    /// What Helm would warn of, one sentence each.
    pub(super) warnings: Vec<String>,
    /// Its files and those of its subcharts in the order in which Helm parses them: the deepest first, so that what a
    /// parent defines replaces what a subchart does.
    pub(super) files: Vec<TemplateFile>,
    templates: OnceLock<Arc<TemplateSet>>,
}

impl Prepared {
    fn new(selected: Selected) -> Self {
        let mut collector = Collector::default();
        collector.chart(&selected.chart, &selected.chart.metadata.name);
        let mut files = collector.files;
        let depth = |name: &str| name.bytes().filter(|byte| *byte == b'/').count();
        files.sort_by(|a, b| (Reverse(depth(&a.name)), &b.name).cmp(&(Reverse(depth(&b.name)), &a.name)));
        Self {
            chart: selected.chart,
            warnings: selected.warnings,
            files,
            templates: OnceLock::new(),
        }
    }

    /// The templates that can be called. Files that no other selection has needed are parsed.
    pub(super) fn templates(&self, parsed: &ParsedFiles) -> Result<Arc<TemplateSet>, RenderError> {
        if let Some(templates) = self.templates.get() {
            return Ok(Arc::clone(templates));
        }
        let mut set = TemplateSet::default();
        let parsed = parsed.trees(&self.files);
        for trees in parsed.map_err(|error| RenderError::parsing(&self.chart.metadata.name, &error))? {
            set.add(&trees);
        }
        Ok(Arc::clone(self.templates.get_or_init(|| Arc::new(set))))
    }
}

#[derive(Default)]
struct Collector {
    charts: usize,
    files: Vec<TemplateFile>,
}

impl Collector {
    /// Collects the files of a chart that lies at `path`, and those of its subcharts.
    fn chart(&mut self, chart: &Chart, path: &str) {
        let number = self.charts;
        self.charts += 1;
        let is_library = chart.metadata.kind.eq_ignore_ascii_case("library");
        let base_path: Arc<str> = format!("{path}/templates").into();
        for file in &chart.templates {
            let file = TemplateFile {
                name: format!("{path}/{}", file.name),
                base_path: Arc::clone(&base_path),
                chart: number,
                data: Arc::clone(&file.data),
            };
            if !is_library || file.is_partial() {
                self.files.push(file);
            }
        }
        for subchart in &chart.dependencies {
            self.chart(subchart, &format!("{path}/charts/{}", subchart.metadata.name));
        }
    }
}

/// The last few selections: a person switches a service off and on again.
#[derive(Debug, Default)]
pub(super) struct PreparedCache(Mutex<Vec<(Selection, Arc<Prepared>)>>);

impl PreparedCache {
    const CAPACITY: usize = 4;

    /// The chart as `selection` has it.
    pub(super) fn get(
        &self,
        declared: &Declared,
        selection: Selection,
    ) -> Result<Arc<Prepared>, ValuesError> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, prepared)) = known.iter().find(|(known, _)| *known == selection) {
            return Ok(Arc::clone(prepared));
        }
        let prepared = Arc::new(Prepared::new(declared.selected(&selection)?));
        if known.len() == Self::CAPACITY {
            known.remove(0);
        }
        known.push((selection, Arc::clone(&prepared)));
        Ok(prepared)
    }
}
