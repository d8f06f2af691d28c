//! A corpus of templates from a grammar, rendered here and by the real Helm 3: the same text, or the same error.
//!
//! `MESH_TUI_TEST_SEED` takes another corpus than the one that every run compares, `MESH_TUI_TEST_CORPUS` another size.
//!
//! What renders is compared many at once: Helm renders a chart with hundreds of templates in one process, and prints them
//! as they are because none is YAML. What fails takes a process for each.

mod grammar;

use crate::cases::{END, error_of, ours_with};
use crate::support::harness::Ctx;
use crate::support::helm::Helm;
use crate::support::trial::{Outcome, with_part};
use grammar::{Choices, template};
use libtest_mimic::Trial;
use std::fmt::Write as _;
use std::fs;

/// How many templates are made.
const SIZE: usize = 2400;
/// How many trials share them.
const TRIALS: usize = 8;
/// The seed of the corpus.
const SEED: u64 = 20_261;

const VALUES: &str = include_str!("../../data/corpus/values.yaml");

/// Where a template is named whose text is too long to be shown whole.
const HELPER: &str = "{{- define \"helper\" }}<{{ . }}>{{ end -}}\n";

fn setting(name: &str, default: usize) -> usize {
    let given = std::env::var(name).ok();
    given.map_or(default, |given| given.parse().expect("a number"))
}

pub fn trials(_: &Ctx) -> Vec<Trial> {
    let seed = setting("MESH_TUI_TEST_SEED", usize::try_from(SEED).expect("small"));
    let size = setting("MESH_TUI_TEST_CORPUS", SIZE);
    (0..TRIALS)
        .map(|trial| {
            with_part(&format!("corpus::{trial}"), Helm::three, move |helm| {
                let mut choices = Choices::new((seed * TRIALS + trial) as u64);
                let templates: Vec<String> =
                    (0..size / TRIALS).map(|id| template(&mut choices, id)).collect();
                compare(&helm, &templates)
            })
        })
        .collect()
}

fn compare(helm: &Helm, templates: &[String]) -> Outcome {
    let mut differences = String::new();
    let mut differ = |template: &str, theirs: &dyn std::fmt::Debug, ours: &dyn std::fmt::Debug| {
        let _ = writeln!(differences, "{template}\n  Helm: {theirs:?}\n  ours: {ours:?}");
    };
    let ours: Vec<Result<String, String>> = templates.iter().map(|template| ours_one(template)).collect();
    let mut rendered: Vec<usize> = (0..templates.len()).filter(|id| ours[*id].is_ok()).collect();
    // Where Helm fails at one of many, that one is compared and taken out.
    let texts = loop {
        match theirs(helm, templates, &rendered)? {
            Ok(texts) => break texts,
            Err(error) => {
                let failed = rendered
                    .iter()
                    .position(|id| error.contains(&format!("/{}", file(*id))));
                let Some(failed) = failed else {
                    return Err(format!("Helm fails at no template: {error}").into());
                };
                let id = rendered.remove(failed);
                differ(&templates[id], &Err::<String, _>(error), &ours[id]);
            }
        }
    };
    for (id, theirs) in rendered.iter().zip(texts) {
        if ours[*id].as_ref() != Ok(&theirs) {
            differ(&templates[*id], &Ok::<_, String>(theirs), &ours[*id]);
        }
    }
    for (id, ours) in ours.iter().enumerate().filter(|(_, ours)| ours.is_err()) {
        let theirs = theirs(helm, templates, &[id])?.map(|texts| texts.concat());
        if theirs != *ours {
            differ(&templates[id], &theirs, ours);
        }
    }
    if differences.is_empty() {
        Ok(())
    } else {
        Err(differences.into())
    }
}

fn file(id: usize) -> String {
    format!("t{id:04}.yaml")
}

/// What Helm prints for each of the templates, or why it fails at one.
fn theirs(
    helm: &Helm,
    templates: &[String],
    ids: &[usize],
) -> Result<Result<Vec<String>, String>, std::io::Error> {
    let folder = tempfile::tempdir()?;
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text);
    fs::create_dir(folder.path().join("templates"))?;
    write("Chart.yaml", "apiVersion: v2\nname: cases\nversion: 1.2.3\n")?;
    write("values.yaml", VALUES)?;
    write("templates/_helper.tpl", HELPER)?;
    for id in ids {
        write(
            &format!("templates/{}", file(*id)),
            &format!("{}{END}", framed(&templates[*id])),
        )?;
    }
    let output = helm.template("release", folder.path(), ["--debug"])?;
    let text = |id: &usize| {
        let head = format!("# Source: cases/templates/{}\n|", file(*id));
        let (_, rest) = output.stdout.split_once(&head)?;
        rest.split_once(END).map(|(text, _)| text.to_owned())
    };
    let texts: Option<Vec<String>> = ids.iter().map(text).collect();
    Ok(texts.ok_or_else(|| match ids {
        [id] => error_of(&output.stderr).replace(&file(*id), "case.yaml"),
        _ => error_of(&output.stderr),
    }))
}

/// With something around it that trim markers stop at.
fn framed(template: &str) -> String {
    format!("|{template}{{{{ \"\" }}}}")
}

fn ours_one(template: &str) -> Result<String, String> {
    let rendered = ours_with(VALUES, &[("templates/_helper.tpl", HELPER)], &framed(template))?;
    Ok(rendered.strip_prefix('|').unwrap_or(&rendered).to_owned())
}
