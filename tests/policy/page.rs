//! `docs/POLICY-CHECKS.md` lists the rules that there are.

use crate::support::harness::Ctx;
use crate::support::trial::Outcome;
use libtest_mimic::Trial;
use mesh_tui::plan::policy::{Level, RULES, Rule};
use std::fs;
use std::path::Path;

/// Set to anything, it writes the page instead of comparing it.
const WRITE: &str = "MESH_TUI_TEST_WRITE_DOCS";

const HEAD: &str = "# Policy checks

`mesh-tui` judges what a chart renders to before anything reaches a cluster, without asking one. It checks the
[Pod Security Standards](https://kubernetes.io/docs/concepts/security/pod-security-standards/) at their newest version, and
rules of good practice under the names that kube-linter gave them.

A finding is a warning. A profile makes an error of it, which keeps a rollout from starting, by naming the rule under
`guards.policyErrors`; `pod-security-baseline` and `pod-security-restricted` there stand for all rules of that standard.

An annotation on the object says why a rule does not hold for it, and takes the finding away. It is kube-linter's own:

```yaml
metadata:
  annotations:
    ignore-check.kube-linter.io/latest-tag: the tag is moved by our own pipeline
```

Without a reason it has no effect.
";

pub fn trials(_: &Ctx) -> Vec<Trial> {
    vec![Trial::test("page::lists_the_rules", current)]
}

fn current() -> Outcome {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/POLICY-CHECKS.md");
    let page = page();
    if std::env::var_os(WRITE).is_some() {
        fs::write(&file, &page)?;
    }
    if fs::read_to_string(&file)? == page {
        return Ok(());
    }
    Err(format!("docs/POLICY-CHECKS.md is not current; {WRITE}=1 cargo test --test policy writes it").into())
}

fn page() -> String {
    let mut page = HEAD.to_owned();
    for (title, level) in [
        ("Pod Security Standard `baseline`", Some(Level::Baseline)),
        (
            "Pod Security Standard `restricted`, beyond `baseline`",
            Some(Level::Restricted),
        ),
        ("Good practice", None),
    ] {
        page.extend([
            "\n## ",
            title,
            "\n\n| rule | finds what | what to do |\n|---|---|---|\n",
        ]);
        for rule in RULES.iter().filter(|rule| rule.level == level) {
            page.push_str(&row(rule));
        }
    }
    page
}

fn row(rule: &Rule) -> String {
    format!("| `{}` | {} | {} |\n", rule.name, rule.finds, rule.advice)
}
