//! `mesh-tui template`: prints what a chart renders to, with the arguments and the output of `helm template`.

use super::args::ValuesArgs;
use super::foreign::ForeignFlags;
use super::memory::stay_small_with;
use super::values::{self, Chosen};
use crate::chart::manifest::{Hook, HookEvent, Manifest, split};
use crate::chart::model::Chart;
use crate::chart::render::{
    Capabilities, Environment as _, NoCluster, ReleaseOptions, Rendered, Renderer, run_text,
};
use crate::chart::values::process_dependencies;
use crate::runtime::environment::System;
use crate::source::pattern::Pattern;
use crate::{Error, ErrorKind, Result};
use clap::Args;
use std::borrow::Cow;
use std::collections::HashSet;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// The arguments of `template`.
#[derive(Debug, Clone, Default, Args)]
#[allow(clippy::struct_excessive_bools)] // each is a flag of Helm's
pub struct TemplateArgs {
    /// The name of the release, and the chart: a folder or a .tgz archive. A single one that is neither is the name;
    /// without a chart the embedded one is rendered
    #[arg(value_names = ["NAME", "CHART"], num_args = 0..=2)]
    pub name_and_chart: Vec<String>,
    /// Which chart, and which values for it.
    #[command(flatten)]
    pub values: ValuesArgs,
    /// The same as --chart-version, as Helm calls it
    #[arg(long, value_name = "VERSION", conflicts_with = "chart_version")]
    pub version: Option<String>,
    /// The namespace of the release, instead of the profile's or `default`
    #[arg(short, long, value_name = "NAME")]
    pub namespace: Option<String>,
    /// Only show manifests rendered from the given templates (can be given several times)
    #[arg(short, long, value_name = "TEMPLATE")]
    pub show_only: Vec<String>,
    /// Include CRDs in the templated output
    #[arg(long)]
    pub include_crds: bool,
    /// Leave hooks out
    #[arg(long)]
    pub no_hooks: bool,
    /// Skip tests from templated output
    #[arg(long)]
    pub skip_tests: bool,
    /// Set .Release.IsUpgrade instead of .Release.IsInstall
    #[arg(long)]
    pub is_upgrade: bool,
    /// Kubernetes version used for Capabilities.KubeVersion
    #[arg(long, value_name = "VERSION")]
    pub kube_version: Option<String>,
    /// Kubernetes api versions used for Capabilities.APIVersions (separated by commas, or given several times)
    #[arg(short, long, value_name = "VERSION", value_delimiter = ',')]
    pub api_versions: Vec<String>,
    /// Write the executed templates to files in this folder instead of standard output
    #[arg(long, value_name = "FOLDER")]
    pub output_dir: Option<PathBuf>,
    /// Disable JSON schema validation
    #[arg(long)]
    pub skip_schema_validation: bool,
    /// Use release name in the output-dir path
    #[arg(long)]
    pub release_name: bool,
    /// Generate the name of the release from that of the chart and the time
    #[arg(short, long)]
    pub generate_name: bool,
    /// Specify template used to name the release
    #[arg(long, value_name = "TEMPLATE")]
    pub name_template: Option<String>,
    /// What else Helm takes.
    #[command(flatten)]
    pub foreign: ForeignFlags,
}

/// Renders and prints.
pub(super) fn run(args: &TemplateArgs) -> Result<ExitCode> {
    args.foreign.check()?;
    let (name, values) = name_and_chart(args)?;
    let chosen = values::choose(&values)?;
    stay_small_with(&chosen.chart);
    let name = match name {
        Some(name) => Some(name),
        None => made_name(args, &chosen)?,
    };
    if chosen.chart.metadata.kind == "library" {
        return Err(Error::new(ErrorKind::Chart, "library charts are not installable")
            .hint("render a chart that uses the library"));
    }
    let release = release(args, name, &chosen);
    let rendered = render(args, &chosen, &release)?;
    // The process ends with it: to free what was rendered piece by piece would only take time.
    let output = ManuallyDrop::new(Output {
        crds: if args.include_crds {
            crds(&chosen)?
        } else {
            Vec::new()
        },
        manifest: rendered.manifest,
        args,
    });
    let mut out = io::stdout().lock();
    match &args.output_dir {
        None => output.print(&mut out)?,
        Some(folder) => output.write_files(folder, &release.name, &mut out)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Tells the name from the chart, which Helm need not: there is no chart without naming it there.
fn name_and_chart(args: &TemplateArgs) -> Result<(Option<String>, ValuesArgs)> {
    let mut values = args.values.clone();
    let (name, chart) = match args.name_and_chart.as_slice() {
        [] => (None, None),
        [one] if is_chart(one) => (None, Some(one.clone())),
        [one] => (Some(one.clone()), None),
        [name, chart, ..] => (Some(name.clone()), Some(chart.clone())),
    };
    if chart.is_some() && values.chart.is_some() {
        return Err(Error::new(ErrorKind::Usage, "the chart was given twice")
            .hint("give it as the last argument or with --chart"));
    }
    values.chart = values.chart.or(chart);
    values.fetch.chart_version = values.fetch.chart_version.or_else(|| args.version.clone());
    if values.fetch.repo.is_some() && values.chart.is_none() {
        return Err(
            Error::new(ErrorKind::Usage, "--repo needs the name of a chart in it")
                .hint("give the name of the release and that of the chart, or the chart's with --chart"),
        );
    }
    if let Some(name) = &name {
        check_name(name)?;
        if args.generate_name || args.name_template.is_some() {
            return Err(Error::new(
                ErrorKind::Usage,
                "the release was given a name, and a way to make one",
            )
            .hint("leave out the name, --generate-name or --name-template"));
        }
    }
    Ok((name, values))
}

/// The name that `--generate-name` or `--name-template` make.
fn made_name(args: &TemplateArgs, chosen: &Chosen) -> Result<Option<String>> {
    let name = match &args.name_template {
        Some(template) => {
            let name = run_text(template, &System).map_err(|error| {
                Error::new(
                    ErrorKind::Usage,
                    format!("--name-template makes no name: {error}"),
                )
                .hint("it is a template such as mesh-{{ randAlpha 4 | lower }}")
            })?;
            Some(name)
        }
        None if args.generate_name => {
            let seconds = System.now().as_second();
            Some(format!("{}-{seconds}", chosen.chart.metadata.name))
        }
        None => None,
    };
    if let Some(name) = &name {
        check_name(name)?;
    }
    Ok(name)
}

fn is_chart(text: &str) -> bool {
    text.contains('/')
        || Path::new(text)
            .extension()
            .is_some_and(|extension| extension == "tgz")
        || Path::new(text).exists()
}

/// Checks a release's name as Helm does: a DNS subdomain of at most 53 characters.
fn check_name(name: &str) -> Result<()> {
    let alphanumeric = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_label = |label: &str| {
        let bytes = label.as_bytes();
        bytes.first().is_some_and(alphanumeric)
            && bytes.last().is_some_and(alphanumeric)
            && bytes.iter().all(|byte| alphanumeric(byte) || *byte == b'-')
    };
    if name.len() <= 53 && name.split('.').all(is_label) {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Usage, format!("`{name}` cannot be the name of a release"))
        .hint("a name has at most 53 lower-case letters, digits, hyphens and dots, and begins and ends with one of the first two"))
}

fn release(args: &TemplateArgs, name: Option<String>, chosen: &Chosen) -> ReleaseOptions {
    let defaults = chosen.profile.as_ref().map(|profile| &profile.defaults);
    let or_default = |given: Option<String>, of_profile: Option<&String>, default: &str| {
        given
            .or_else(|| of_profile.cloned())
            .unwrap_or_else(|| default.to_owned())
    };
    ReleaseOptions {
        name: or_default(name, defaults.map(|defaults| &defaults.release), "release-name"),
        namespace: or_default(
            args.namespace.clone(),
            defaults.map(|defaults| &defaults.namespace),
            "default",
        ),
        revision: 1,
        is_upgrade: args.is_upgrade,
    }
}

fn render(args: &TemplateArgs, chosen: &Chosen, release: &ReleaseOptions) -> Result<Rendered> {
    let mut capabilities = Capabilities::default();
    if let Some(version) = &args.kube_version {
        capabilities = capabilities.with_kube_version(version).map_err(|error| {
            Error::new(ErrorKind::Usage, error.to_string()).hint("a version looks like 1.33 or v1.33.2")
        })?;
    }
    let capabilities = capabilities.with_api_versions(args.api_versions.iter().cloned());
    let mut renderer = Renderer::new(Arc::clone(&chosen.chart)).for_printing();
    if args.skip_schema_validation {
        renderer = renderer.without_schema_validation();
    }
    // As what it renders, it is not freed.
    let renderer = ManuallyDrop::new(renderer);
    Ok(renderer.render(&chosen.overlay, release, &capabilities, &NoCluster, &System)?)
}

/// The files of `crds/` of the chart and of the subcharts that are switched on, by their full paths.
fn crds(chosen: &Chosen) -> Result<Vec<(String, Arc<[u8]>)>> {
    let mut chart = Chart::clone(&chosen.chart);
    process_dependencies(&mut chart, &chosen.overlay)
        .map_err(|error| Error::new(ErrorKind::Chart, error.to_string()))?;
    let mut files = Vec::new();
    collect_crds(&chart, &chart.metadata.name, &mut files);
    Ok(files)
}

fn collect_crds(chart: &Chart, path: &str, files: &mut Vec<(String, Arc<[u8]>)>) {
    for crd in &chart.crds {
        files.push((format!("{path}/{}", crd.name), Arc::clone(&crd.data)));
    }
    for subchart in &chart.dependencies {
        collect_crds(
            subchart,
            &format!("{path}/charts/{}", subchart.metadata.name),
            files,
        );
    }
}

/// What was rendered, and how it is wanted.
struct Output<'a> {
    crds: Vec<(String, Arc<[u8]>)>,
    manifest: Manifest,
    args: &'a TemplateArgs,
}

impl Output<'_> {
    fn hooks(&self) -> impl Iterator<Item = &Hook> {
        let wanted = |hook: &&Hook| {
            !(self.args.no_hooks || self.args.skip_tests && hook.events.contains(&HookEvent::Test))
        };
        self.manifest.hooks.iter().filter(wanted)
    }

    fn print(&self, out: &mut dyn Write) -> Result<()> {
        if !self.args.show_only.is_empty() {
            let mut text = Vec::new();
            // Writing to memory cannot fail.
            let _ = self.write(&mut text);
            return print(out, &only(&String::from_utf8_lossy(&text), &self.args.show_only)?);
        }
        let mut out = BufWriter::with_capacity(64 * 1024, out);
        printed(self.write(&mut out).and_then(|()| out.flush()))
    }

    /// Writes what Helm prints: the objects with all white space at their end taken off, then the hooks.
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let crds = self.crds.iter();
        let crds = crds.map(|(path, content)| (path.as_str(), String::from_utf8_lossy(content)));
        let objects = self.manifest.documents();
        let objects = objects.map(|(source, text)| (source, Cow::Borrowed(text)));
        let mut documents = crds.chain(objects).peekable();
        while let Some((source, text)) = documents.next() {
            if documents.peek().is_some() {
                write_document(out, source, &text)?;
            } else {
                write_document(out, source, text.trim_end())?;
            }
        }
        if self.crds.is_empty() && self.manifest.objects.is_empty() && self.manifest.remarks.is_empty() {
            out.write_all(b"\n")?;
        }
        self.hooks()
            .try_for_each(|hook| write_document(out, &hook.object.source, &hook.object.text))
    }

    fn write_files(&self, folder: &Path, release: &str, out: &mut dyn Write) -> Result<()> {
        let mut written = HashSet::new();
        for (path, content) in &self.crds {
            let append = !written.insert(path.clone());
            write_file(folder, path, &String::from_utf8_lossy(content), append, out)?;
        }
        let folder = if self.args.release_name {
            folder.join(release)
        } else {
            folder.to_owned()
        };
        for (source, text) in self.manifest.documents() {
            let append = !written.insert(source.to_owned());
            write_file(&folder, source, text, append, out)?;
        }
        for hook in self.hooks() {
            // Helm appends a hook to whatever lies there, of this run or of an earlier one.
            let append = folder.join(&hook.object.source).exists();
            write_file(&folder, &hook.object.source, &hook.object.text, append, out)?;
        }
        print(out, "\n")
    }
}

fn write_document(out: &mut dyn Write, source: &str, text: &str) -> io::Result<()> {
    writeln!(out, "---\n# Source: {source}\n{text}")
}

/// The documents whose templates fit one of the patterns, in the order of the patterns.
fn only(text: &str, patterns: &[String]) -> Result<String> {
    let documents: Vec<(&str, &str)> = split(text)
        .filter_map(|document| Some((template_of(document)?, document)))
        .collect();
    let mut chosen = String::new();
    for wanted in patterns {
        let pattern = Pattern::parse(wanted).ok();
        let mut missing = true;
        for (template, document) in &documents {
            if pattern.as_ref().is_some_and(|pattern| pattern.matches(template)) {
                chosen.push_str("---\n");
                chosen.push_str(document);
                chosen.push('\n');
                missing = false;
            }
        }
        if missing {
            return Err(Error::new(ErrorKind::Input, format!("could not find template {wanted} in chart"))
                .hint("a template is named by its path in the chart, such as templates/deployment.yaml, and has to render to something"));
        }
    }
    Ok(chosen)
}

/// The template that a document names, without the chart's own name before it.
fn template_of(document: &str) -> Option<&str> {
    document
        .lines()
        .find_map(|line| line.split_once("# Source: ")?.1.split_once('/'))
        .map(|(_, template)| template)
}

fn write_file(folder: &Path, source: &str, text: &str, append: bool, out: &mut dyn Write) -> Result<()> {
    let path = folder.join(source);
    let failed = |error: io::Error| {
        Error::new(ErrorKind::Input, format!("cannot write {}", path.display())).caused_by(error)
    };
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(failed)?;
    }
    let file = fs::OpenOptions::new()
        .create(true)
        .write(true)
        .append(append)
        .truncate(!append)
        .open(&path)
        .map_err(failed)?;
    let mut writer = BufWriter::new(file);
    write_document(&mut writer, source, text)
        .and_then(|()| writer.flush())
        .map_err(failed)?;
    print(out, &format!("wrote {}\n", path.display()))
}

fn print(out: &mut dyn Write, text: &str) -> Result<()> {
    printed(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// How printing went; a reader that went away, such as `head`, is no failure.
fn printed(result: io::Result<()>) -> Result<()> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::new(ErrorKind::Input, "cannot write to standard output").caused_by(error))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    fn args(words: &[&str]) -> TemplateArgs {
        TemplateArgs {
            name_and_chart: words.iter().map(ToString::to_string).collect(),
            ..TemplateArgs::default()
        }
    }

    #[rstest]
    #[case(&[], None, None)]
    #[case(&["mesh"], Some("mesh"), None)]
    #[case(&["./mesh"], None, Some("./mesh"))]
    #[case(&["mesh-1.0.0.tgz"], None, Some("mesh-1.0.0.tgz"))]
    #[case(&["mesh", "chart"], Some("mesh"), Some("chart"))]
    fn a_name_is_told_from_a_chart(
        #[case] words: &[&str],
        #[case] name: Option<&str>,
        #[case] chart: Option<&str>,
    ) {
        let (found, values) = name_and_chart(&args(words)).unwrap();
        assert_eq!((found.as_deref(), values.chart.as_deref()), (name, chart));
    }

    #[rstest]
    #[case("Mesh")]
    #[case("-mesh")]
    #[case("a..b")]
    #[case(&"a".repeat(54))]
    fn what_cannot_name_a_release_is_refused(#[case] name: &str) {
        assert_eq!(check_name(name).unwrap_err().kind(), ErrorKind::Usage);
    }

    #[test]
    fn a_name_can_be_made() {
        let made = |args: TemplateArgs| {
            let chosen = values::choose(&args.values).unwrap();
            made_name(&args, &chosen).map_err(|error| error.to_string())
        };
        let by = |template: &str| {
            made(TemplateArgs {
                name_template: Some(template.to_owned()),
                ..TemplateArgs::default()
            })
        };
        assert_eq!(by("mesh-{{ add 1 2 }}"), Ok(Some("mesh-3".to_owned())));
        assert!(by("{{ upper \"mesh\" }}").is_err(), "no release has such a name");
        assert!(
            by("{{ nope }}")
                .unwrap_err()
                .contains("function \"nope\" not defined")
        );
        let generated = made(TemplateArgs {
            generate_name: true,
            ..TemplateArgs::default()
        });
        assert!(generated.unwrap().unwrap().starts_with("developer-mesh-"));
        assert_eq!(made(TemplateArgs::default()), Ok(None));
        let twice = TemplateArgs {
            generate_name: true,
            ..args(&["mesh"])
        };
        assert!(name_and_chart(&twice).is_err());
    }

    const TEXT: &str =
        "---\n# Source: c/templates/a.yaml\nkind: A\n---\n# Source: c/charts/s/templates/b.yaml\nkind: B\n";

    #[test]
    fn show_only_prints_in_the_order_of_the_patterns() {
        let patterns = [
            "charts/s/templates/*.yaml".to_owned(),
            "templates/a.yaml".to_owned(),
        ];
        assert_eq!(
            only(TEXT, &patterns).unwrap(),
            "---\n# Source: c/charts/s/templates/b.yaml\nkind: B\n---\n# Source: c/templates/a.yaml\nkind: A\n"
        );
        let error = only(TEXT, &["templates/none.yaml".to_owned()]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "could not find template templates/none.yaml in chart"
        );
    }

    fn manifest() -> Manifest {
        let files = [
            (
                "c/templates/a.yaml",
                "kind: Service\n---\nkind: Job\n---\n# a remark",
            ),
            (
                "c/templates/t.yaml",
                "kind: Pod\nmetadata: {annotations: {helm.sh/hook: test}}",
            ),
        ];
        crate::chart::manifest::assemble(files, &mut crate::chart::manifest::DocumentCache::default())
            .unwrap()
            .manifest
    }

    #[test]
    fn crds_come_first_hooks_last_and_tests_can_be_skipped() {
        let print = |args: &TemplateArgs| {
            let output = Output {
                crds: vec![("c/crds/x.yaml".to_owned(), b"kind: X\n"[..].into())],
                manifest: manifest(),
                args,
            };
            let mut text = Vec::new();
            output.print(&mut text).unwrap();
            String::from_utf8(text).unwrap()
        };
        let body = "---\n# Source: c/crds/x.yaml\nkind: X\n\n---\n# Source: c/templates/a.yaml\nkind: Service\n---\n# Source: c/templates/a.yaml\nkind: Job\n---\n# Source: c/templates/a.yaml\n# a remark\n";
        let hook =
            "---\n# Source: c/templates/t.yaml\nkind: Pod\nmetadata: {annotations: {helm.sh/hook: test}}\n";
        assert_eq!(print(&args(&[])), format!("{body}{hook}"));
        assert_eq!(
            print(&TemplateArgs {
                skip_tests: true,
                ..args(&[])
            }),
            body
        );
        assert_eq!(
            print(&TemplateArgs {
                no_hooks: true,
                ..args(&[])
            }),
            body
        );
    }

    #[test]
    fn files_hold_all_documents_of_their_template() {
        let folder = tempfile::tempdir().unwrap();
        let args = TemplateArgs {
            release_name: true,
            ..args(&[])
        };
        let output = Output {
            crds: Vec::new(),
            manifest: manifest(),
            args: &args,
        };
        let mut told = Vec::new();
        output.write_files(folder.path(), "rel", &mut told).unwrap();
        let text = fs::read_to_string(folder.path().join("rel/c/templates/a.yaml")).unwrap();
        assert_eq!(
            text,
            "---\n# Source: c/templates/a.yaml\nkind: Service\n---\n# Source: c/templates/a.yaml\nkind: Job\n---\n# Source: c/templates/a.yaml\n# a remark\n"
        );
        assert_eq!(String::from_utf8(told).unwrap().matches("wrote ").count(), 4);
    }

    #[test]
    fn crds_are_found_in_the_subcharts_that_are_switched_on() {
        use crate::chart::model::{ChartFile, Dependency, Metadata};
        let chart = |name: &str, dependencies: Vec<Chart>| Chart {
            metadata: Metadata {
                name: name.to_owned(),
                version: "1.0.0".to_owned(),
                ..Metadata::default()
            },
            values: json!({}).into(),
            crds: vec![ChartFile {
                name: "crds/x.yaml".to_owned(),
                data: b"kind: X".as_slice().into(),
            }],
            dependencies,
            ..Chart::default()
        };
        let mut top = chart("top", vec![chart("on", vec![]), chart("off", vec![])]);
        top.metadata.dependencies = ["on", "off"]
            .map(|name| Dependency {
                name: name.to_owned(),
                version: "*".to_owned(),
                condition: format!("{name}.enabled"),
                ..Dependency::default()
            })
            .to_vec();
        let chosen = Chosen {
            own: serde_json::Map::new(),
            chart_source: String::new(),
            chart: Arc::new(top),
            overlay: json!({"off": {"enabled": false}}),
            profile: None,
        };
        let paths: Vec<String> = crds(&chosen).unwrap().into_iter().map(|(path, _)| path).collect();
        assert_eq!(paths, ["top/crds/x.yaml", "top/charts/on/crds/x.yaml"]);
    }
}
