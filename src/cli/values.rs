//! Which chart and which values a command works on: the arguments that they all share, read.

use super::args::ValuesArgs;
use crate::chart::goyaml::{self, YamlError};
use crate::chart::model::Chart;
use crate::chart::strvals::{self, StrvalsError};
use crate::chart::values::merge;
use crate::profile::{self, Profile};
use crate::source::{self, Located};
use crate::{Error, ErrorKind, Result};
use serde_json::{Map, Value as Json};
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

/// What a command works on.
#[derive(Debug, Clone)]
pub(super) struct Chosen {
    /// The chart.
    pub(super) chart: Arc<Chart>,
    /// What loads the very same chart again; empty for the embedded one.
    pub(super) chart_source: String,
    /// The values above the chart's own, an object: the profile's, then the files', then the flags'.
    pub(super) overlay: Json,
    /// Those of the files and the flags alone.
    pub(super) own: Map<String, Json>,
    /// The profile, where one was named.
    pub(super) profile: Option<Profile>,
}

/// Loads the chart and lays the values over each other in Helm's order: files, `--set-json`, `--set`, `--set-string`,
/// `--set-file`, `--set-literal`. A profile comes before them all.
pub(super) fn choose(args: &ValuesArgs) -> Result<Chosen> {
    let profile = args.profile.as_deref().map(profile::load).transpose()?;
    let mut own = Map::new();
    for file in &args.values {
        merge(&mut own, read_values(file)?);
    }
    flags(args, &mut own)?;
    let Located { chart, reference } = chart(args)?;
    let mut chosen = Chosen {
        chart,
        chart_source: reference,
        overlay: Json::Null,
        own,
        profile,
    };
    chosen.lay(Map::new());
    Ok(chosen)
}

impl Chosen {
    /// Lays what a release has recorded between the profile and what was given now, as Helm's `--reuse-values` does.
    pub(super) fn reuse(&mut self, recorded: &Json) {
        self.lay(recorded.as_object().cloned().unwrap_or_default());
    }

    fn lay(&mut self, recorded: Map<String, Json>) {
        let mut overlay = self
            .profile
            .as_ref()
            .map_or_else(Map::new, |profile| profile.values.clone());
        merge(&mut overlay, recorded);
        merge(&mut overlay, self.own.clone());
        self.overlay = Json::Object(overlay);
    }
}

/// The chart that the arguments name, or the embedded one, which has no reference.
pub(super) fn chart(args: &ValuesArgs) -> Result<Located> {
    Ok(match args.chart_request() {
        Some(request) => source::locate(&request)?,
        None => Located {
            chart: source::embedded()?,
            reference: String::new(),
        },
    })
}

fn flags(args: &ValuesArgs, values: &mut Map<String, Json>) -> Result<()> {
    for line in &args.set_json {
        strvals::set_json(line, values).map_err(|error| in_flag("--set-json", line, error))?;
    }
    for line in &args.set {
        strvals::set(line, values).map_err(|error| in_flag("--set", line, error))?;
    }
    for line in &args.set_string {
        strvals::set_string(line, values).map_err(|error| in_flag("--set-string", line, error))?;
    }
    for line in &args.set_file {
        strvals::set_file(line, values, |path| {
            let content = read(Path::new(path)).map_err(|error| format!("cannot read {path}: {error}"))?;
            String::from_utf8(content).map_err(|_| format!("{path} is no UTF-8 text"))
        })
        .map_err(|error| in_flag("--set-file", line, error))?;
    }
    for line in &args.set_literal {
        strvals::set_literal(line, values).map_err(|error| in_flag("--set-literal", line, error))?;
    }
    Ok(())
}

/// The error of a flag. It names the key alone: what follows the equals sign may be a secret.
fn in_flag(flag: &str, line: &str, error: StrvalsError) -> Error {
    let key = line.split('=').next().unwrap_or_default();
    Error::new(ErrorKind::Input, format!("failed parsing {flag} data for `{key}`: {error}"))
        .hint("the form is key1=val1,key2=val2; a comma, a dot or an equals sign within one is written with a backslash")
        .caused_by(error)
}

fn read_values(file: &Path) -> Result<Map<String, Json>> {
    let url = file
        .to_str()
        .filter(|text| text.starts_with("http://") || text.starts_with("https://"));
    let text = match url {
        Some(url) => source::read_url(url)?,
        None => read(file).map_err(|error| {
            Error::new(
                ErrorKind::Input,
                format!("cannot read the values file {}", file.display()),
            )
            .hint("-f takes the path or the address of a YAML file, or - for standard input")
            .caused_by(error)
        })?,
    };
    goyaml::parse_object(&text).map_err(|error| in_file(file, error))
}

fn in_file(file: &Path, error: YamlError) -> Error {
    Error::new(
        ErrorKind::Input,
        format!("failed to parse {}: {error}", file.display()),
    )
    .caused_by(error)
}

/// Reads a file, or standard input for `-`.
fn read(file: &Path) -> std::io::Result<Vec<u8>> {
    if file.as_os_str() == "-" {
        let mut text = Vec::new();
        std::io::stdin().lock().read_to_end(&mut text)?;
        return Ok(text);
    }
    std::fs::read(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn args(folder: &Path, files: &[(&str, &str)]) -> ValuesArgs {
        let values = files.iter().map(|(name, text)| {
            std::fs::write(folder.join(name), text).unwrap();
            folder.join(name)
        });
        ValuesArgs {
            values: values.collect(),
            ..ValuesArgs::default()
        }
    }

    #[test]
    fn later_files_win_and_flags_win_over_files_and_the_profile_is_below_them_all() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("text"), "from a file").unwrap();
        let args = ValuesArgs {
            profile: Some("local".to_owned()),
            set_json: vec![r#"j={"a":1}"#.to_owned()],
            set: vec!["a.b=3,j.a=2".to_owned()],
            set_string: vec!["s=1".to_owned()],
            set_file: vec![format!("f={}", folder.path().join("text").display())],
            set_literal: vec!["l=a,b".to_owned()],
            ..args(
                folder.path(),
                &[
                    ("one.yaml", "a: {b: 1, c: 1}\nglobal: {environment: mine}"),
                    ("two.yaml", "a: {b: 2}"),
                ],
            )
        };
        let chosen = choose(&args).unwrap();
        assert_eq!(chosen.chart.metadata.name, "developer-mesh");
        let overlay = chosen.overlay;
        assert_eq!(overlay["a"], json!({"b": 3, "c": 1}));
        assert_eq!(overlay["global"]["environment"], "mine");
        assert_eq!(overlay["global"]["logging"]["level"], "debug", "from the profile");
        assert_eq!(
            (&overlay["j"], &overlay["s"], &overlay["f"], &overlay["l"]),
            (
                &json!({"a": 2}),
                &json!("1"),
                &json!("from a file"),
                &json!("a,b")
            )
        );
    }

    #[test]
    fn wrong_values_are_named_with_their_file_and_line() {
        let folder = tempfile::tempdir().unwrap();
        let error = choose(&args(folder.path(), &[("v.yaml", "a: 1\nb: {{ x }}")])).unwrap_err();
        assert!(error.to_string().starts_with("failed to parse "), "{error}");
        assert!(
            error
                .to_string()
                .contains("v.yaml: error converting YAML to JSON: yaml: "),
            "{error}"
        );
        let error = choose(&ValuesArgs {
            values: vec!["/no/such/values.yaml".into()],
            ..ValuesArgs::default()
        })
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot read the values file /no/such/values.yaml"
        );
        assert_eq!(error.kind(), ErrorKind::Input);
    }

    #[test]
    fn an_error_in_a_flag_does_not_repeat_its_value() {
        let error = choose(&ValuesArgs {
            set: vec!["password={hunter2".to_owned()],
            ..ValuesArgs::default()
        })
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            "failed parsing --set data for `password`: list must terminate with '}'"
        );
    }
}
