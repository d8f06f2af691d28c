//! What each template sees as its dot: `.Values`, `.Chart`, `.Files`, `.Release`, `.Capabilities`, `.Subcharts`.

use super::prepared::TemplateFile;
use super::{Capabilities, ReleaseOptions};
use crate::chart::model::{Chart, Dependency, Maintainer, Metadata};
use crate::chart::value::{
    Field, List, ListType, Map, MapType, Str, Struct, Value, Watch, from_watched_json,
};
use crate::chart::values::Table;
use std::rc::Rc;

/// The version of Helm whose behaviour is followed.
const HELM_VERSION: &str = "v3.22.0";
/// The version of Go that it was built with.
const GO_VERSION: &str = "go1.26.8";

/// What the templates of a chart see.
#[derive(Debug)]
pub(super) struct Dot {
    /// The dot itself.
    pub(super) value: Value,
    map: Map,
}

impl Dot {
    /// Makes `.Template` speak of a file; `uses` sees that a template looks at it or changes it.
    pub(super) fn enter(&self, file: &TemplateFile, uses: &Watch) {
        let entries = [("Name", &*file.name), ("BasePath", &*file.base_path)];
        let entries = entries.map(|(key, text)| (Str::from(key), Value::from(text)));
        let template = Map::use_watched(MapType::Values, entries.into_iter().collect(), uses);
        self.map.insert_unseen("Template", template);
    }
}

/// The dots of a chart and its subcharts: each chart before its subcharts, as [`Prepared`](super::prepared::Prepared)
/// counts them. `watch` sees what is written to what more than one template can reach.
pub(super) fn dots(
    chart: &Chart,
    values: &Table<'_>,
    release: &ReleaseOptions,
    capabilities: &Capabilities,
    watch: &Watch,
) -> Vec<Dot> {
    let mut collector = Collector {
        release: watched(release_entries(release), watch).into(),
        capabilities: capabilities_struct(capabilities),
        watch,
        dots: Vec::new(),
    };
    collector.chart(chart, &values.to_map(watch), true);
    collector.dots
}

struct Collector<'w> {
    release: Value,
    capabilities: Value,
    watch: &'w Watch,
    dots: Vec<Dot>,
}

impl Collector<'_> {
    /// Collects the dots of a chart and its subcharts, and answers its own.
    fn chart(&mut self, chart: &Chart, values: &Map, is_root: bool) -> Map {
        let subcharts = watched([], self.watch);
        let dot = watched(
            [
                ("Chart", metadata_struct(&chart.metadata, is_root, self.watch)),
                ("Files", files(chart)),
                ("Release", self.release.clone()),
                ("Capabilities", self.capabilities.clone()),
                ("Values", values.retyped(MapType::Values).into()),
                ("Subcharts", subcharts.clone().into()),
            ],
            self.watch,
        );
        let whole = dot.retyped(MapType::Values);
        self.dots.push(Dot {
            value: Value::Map(whole.clone()),
            map: whole,
        });
        for subchart in &chart.dependencies {
            let name = subchart.metadata.name.as_str();
            // The very map that the parent sees: what either sets, the other reads.
            let values = match values.get(name.as_bytes()) {
                Some(Value::Map(values)) => values,
                _ => watched([], self.watch),
            };
            let inner = self.chart(subchart, &values, false);
            subcharts.insert_unseen(name, inner);
        }
        dot
    }
}

fn watched<const N: usize>(entries: [(&str, Value); N], watch: &Watch) -> Map {
    let entries = entries.into_iter().map(|(key, value)| (Str::from(key), value));
    Map::watched(MapType::Any, entries.collect(), watch)
}

fn files(chart: &Chart) -> Value {
    let entries = chart.files.iter();
    let entries = entries.map(|file| (Str::from(file.name.as_str()), Value::Bytes(Str::from(&file.data))));
    Value::Map(Map::of(MapType::Files, entries.collect()))
}

fn release_entries(release: &ReleaseOptions) -> [(&'static str, Value); 6] {
    [
        ("Name", Value::from(release.name.as_str())),
        ("Namespace", release.namespace.as_str().into()),
        ("Revision", Value::Int(release.revision)),
        ("IsUpgrade", release.is_upgrade.into()),
        ("IsInstall", (!release.is_upgrade).into()),
        ("Service", "Helm".into()),
    ]
}

fn field(name: &'static str, json_name: &'static str, value: impl Into<Value>) -> Field {
    Field {
        name,
        json_name,
        omit_empty: true,
        value: value.into(),
    }
}

fn required(name: &'static str, value: impl Into<Value>) -> Field {
    Field {
        omit_empty: false,
        ..field(name, name, value)
    }
}

fn pointer(type_name: &'static str, fields: Vec<Field>) -> Value {
    Value::Struct(Rc::new(Struct {
        type_name,
        is_pointer: true,
        embedded: 0,
        fields,
        display: None,
    }))
}

fn capabilities_struct(capabilities: &Capabilities) -> Value {
    let (major, minor) = capabilities.major_minor();
    let kube_version = Struct {
        type_name: "chartutil.KubeVersion",
        is_pointer: false,
        embedded: 0,
        fields: vec![
            required("Version", capabilities.kube_version.as_str()),
            required("Major", major),
            required("Minor", minor),
        ],
        display: Some(capabilities.kube_version.clone()),
    };
    let helm_version = Struct {
        type_name: "version.BuildInfo",
        is_pointer: false,
        embedded: 0,
        fields: vec![
            field("Version", "version", HELM_VERSION),
            field("GitCommit", "git_commit", ""),
            field("GitTreeState", "git_tree_state", ""),
            field("GoVersion", "go_version", GO_VERSION),
        ],
        display: None,
    };
    let versions = capabilities
        .api_versions
        .iter()
        .map(|version| Value::from(version.as_str()));
    pointer(
        "chartutil.Capabilities",
        vec![
            required("KubeVersion", Value::Struct(Rc::new(kube_version))),
            required("APIVersions", List::new(ListType::VersionSet, versions.collect())),
            required("HelmVersion", Value::Struct(Rc::new(helm_version))),
        ],
    )
}

/// A slice that is nil where Chart.yaml has none.
fn slice(list_type: ListType, items: Vec<Value>) -> List {
    if items.is_empty() {
        List::nil(list_type)
    } else {
        List::new(list_type, items)
    }
}

fn strings(items: &[String]) -> List {
    slice(
        ListType::Strings,
        items.iter().map(|item| Value::from(item.as_str())).collect(),
    )
}

fn metadata_struct(metadata: &Metadata, is_root: bool, watch: &Watch) -> Value {
    let annotations = metadata.annotations.iter();
    let annotations = annotations.map(|(key, value)| (Str::from(key.as_str()), Value::from(value.as_str())));
    let maintainers = metadata.maintainers.iter().map(maintainer).collect();
    let dependencies = metadata.dependencies.iter();
    let dependencies = dependencies.map(|found| dependency(found, watch)).collect();
    let mut fields = vec![
        field("Name", "name", metadata.name.as_str()),
        field("Home", "home", metadata.home.as_str()),
        field("Sources", "sources", strings(&metadata.sources)),
        field("Version", "version", metadata.version.as_str()),
        field("Description", "description", metadata.description.as_str()),
        field("Keywords", "keywords", strings(&metadata.keywords)),
        field(
            "Maintainers",
            "maintainers",
            slice(ListType::Maintainers, maintainers),
        ),
        field("Icon", "icon", metadata.icon.as_str()),
        field("APIVersion", "apiVersion", metadata.api_version.as_str()),
        field("Condition", "condition", metadata.condition.as_str()),
        field("Tags", "tags", metadata.tags.as_str()),
        field("AppVersion", "appVersion", metadata.app_version.as_str()),
        field("Deprecated", "deprecated", metadata.deprecated),
        field(
            "Annotations",
            "annotations",
            Map::of(MapType::Strings, annotations.collect()),
        ),
        field("KubeVersion", "kubeVersion", metadata.kube_version.as_str()),
        field(
            "Dependencies",
            "dependencies",
            slice(ListType::Dependencies, dependencies),
        ),
        field("Type", "type", metadata.kind.as_str()),
    ];
    let embedded = fields.len();
    fields.push(required("IsRoot", is_root));
    Value::Struct(Rc::new(Struct {
        type_name: "struct { chart.Metadata; IsRoot bool }",
        is_pointer: false,
        embedded,
        fields,
        display: None,
    }))
}

fn maintainer(maintainer: &Maintainer) -> Value {
    pointer(
        "chart.Maintainer",
        vec![
            field("Name", "name", maintainer.name.as_str()),
            field("Email", "email", maintainer.email.as_str()),
            field("URL", "url", maintainer.url.as_str()),
        ],
    )
}

fn dependency(dependency: &Dependency, watch: &Watch) -> Value {
    let imports = dependency.import_values.iter();
    let imports = imports.map(|import| from_watched_json(import, watch)).collect();
    pointer(
        "chart.Dependency",
        vec![
            Field {
                omit_empty: false,
                ..field("Name", "name", dependency.name.as_str())
            },
            field("Version", "version", dependency.version.as_str()),
            Field {
                omit_empty: false,
                ..field("Repository", "repository", dependency.repository.as_str())
            },
            field("Condition", "condition", dependency.condition.as_str()),
            field("Tags", "tags", strings(&dependency.tags)),
            field("Enabled", "enabled", dependency.enabled),
            field("ImportValues", "import-values", slice(ListType::Any, imports)),
            field("Alias", "alias", dependency.alias.as_str()),
        ],
    )
}
