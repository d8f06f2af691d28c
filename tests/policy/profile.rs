//! What a profile makes an error of keeps a rollout from starting, and says why.

use crate::support::harness::Ctx;
use crate::support::trial::Outcome;
use libtest_mimic::Trial;
use std::process::{Command, Output};

/// A whole production, and network policies switched off in it.
const CARELESS: &str = "global.database.host=db.example.com,global.redis.host=redis.example.com,global.networkPolicy.enabled=false";

pub fn trials(_: &Ctx) -> Vec<Trial> {
    vec![Trial::test(
        "profile::production_does_not_start_where_a_check_is_an_error",
        refused,
    )]
}

fn refused() -> Outcome {
    let production = apply(&["--profile", "production", "--confirm", "developer-mesh"])?;
    let said = String::from_utf8_lossy(&production.stderr);
    assert!(!production.status.success(), "{said}");
    for words in [
        "the rollout does not start",
        "Deployment/developer-mesh-worker is selected by no NetworkPolicy",
        "[non-isolated-pod]",
    ] {
        assert!(said.contains(words), "{words:?} is not in\n{said}");
    }

    // Without a profile the same is a warning, and no reason not to start.
    let free = apply(&["--dry-run"])?;
    let said = String::from_utf8_lossy(&free.stdout);
    assert!(
        free.status.success() && said.contains("warning: Deployment/developer-mesh-worker is selected by no"),
        "{said}"
    );
    Ok(())
}

fn apply(arguments: &[&str]) -> std::io::Result<Output> {
    Command::new(env!("CARGO_BIN_EXE_mesh-tui"))
        .args([
            "apply",
            "--sandbox",
            "--create-namespace",
            "--yes",
            "--set",
            CARELESS,
        ])
        .args(arguments)
        .output()
}
