//! The two Helms are the ones that their Go modules pin.

use crate::support::harness::Ctx;
use crate::support::helm::Helm;
use crate::support::trial::with_part;
use libtest_mimic::Trial;

pub fn trials(_: &Ctx) -> Vec<Trial> {
    vec![
        with_part("version::helm_3_answers", Helm::three, |helm| {
            answers(&helm, "v3.")
        }),
        with_part("version::helm_4_answers", Helm::four, |helm| {
            answers(&helm, "v4.")
        }),
    ]
}

fn answers(helm: &Helm, major: &str) -> Result<(), libtest_mimic::Failed> {
    let version = helm.run(["version", "--template", "{{ .Version }}"])?.ok()?;
    assert!(version.starts_with(major), "helm calls itself {version}");
    Ok(())
}
