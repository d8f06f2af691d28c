//! From a key press to the finished frame: the wizard's update, a render, the diff and the drawing at 200×60. The limit
//! is 8 ms at the median and 16 ms at the 99th percentile.

use crate::support::samples::{Samples, milliseconds};
use crate::support::wizard::Wizard;
use criterion::Criterion;
use crossterm::event::KeyCode;
use mesh_tui::tui::command::Id;
use mesh_tui::tui::key::Key;
use mesh_tui::wizard::Step;
use std::time::Instant;

/// Keys that are pressed one after the other, over and over; together they change nothing.
struct Road {
    name: &'static str,
    keys: &'static [Key],
    prepare: fn(&mut Wizard),
}

const ROADS: [Road; 5] = [
    Road {
        name: "switch a service off and on",
        keys: &[Key::char(' ')],
        prepare: |wizard| wizard.focus(Step::Services, "rag-loader.enabled"),
    },
    Road {
        name: "type an image tag",
        keys: &[
            Key::char('2'),
            Key::char('.'),
            Key::char('0'),
            Key::plain(KeyCode::Backspace),
            Key::plain(KeyCode::Backspace),
            Key::plain(KeyCode::Backspace),
        ],
        prepare: |wizard| wizard.focus(Step::Services, "rest-api.image.tag"),
    },
    Road {
        name: "cycle what every object depends on",
        keys: &[Key::plain(KeyCode::Right)],
        prepare: |wizard| wizard.focus(Step::Environment, "global.imagePullPolicy"),
    },
    Road {
        name: "move the focus",
        keys: &[Key::plain(KeyCode::Down), Key::plain(KeyCode::Up)],
        prepare: |wizard| wizard.focus(Step::Services, "rest-api.enabled"),
    },
    Road {
        name: "scroll the unfolded diff",
        keys: &[Key::plain(KeyCode::PageDown), Key::plain(KeyCode::PageUp)],
        prepare: |wizard| {
            wizard.focus(Step::Services, "rest-api.enabled");
            wizard.app.run(Id::Diff);
            wizard.app.run(Id::UnfoldAll);
        },
    },
];

pub fn benches(criterion: &mut Criterion) {
    release(criterion, "install", || Wizard::connected("healthy", "local"));
    release(criterion, "upgrade", || {
        let mut wizard = Wizard::connected("healthy", "local");
        wizard.roll_out();
        wizard
    });
}

fn release(criterion: &mut Criterion, kind: &str, start: impl Fn() -> Wizard) {
    let mut lines = Vec::new();
    let mut group = criterion.benchmark_group(format!("keys/{kind}"));
    for road in &ROADS {
        let samples = Samples::default();
        // It is asked for at each sample, and one wizard serves them all.
        let mut wizard = None;
        let mut keys = road.keys.iter().cycle();
        group.bench_function(road.name, |bencher| {
            let wizard = wizard.get_or_insert_with(|| {
                let mut wizard = start();
                (road.prepare)(&mut wizard);
                wizard
            });
            bencher.iter_custom(|times| {
                samples.run(times, || {
                    wizard.idle();
                    let key = *keys.next().expect("a road has keys");
                    let start = Instant::now();
                    wizard.press(key);
                    start.elapsed()
                })
            });
        });
        if samples.count() > 0 {
            let at = |percent| samples.percentile(percent).map_or_else(String::new, milliseconds);
            lines.push(format!(
                "| {kind}: {} | {} | {} | {} |",
                road.name,
                samples.count(),
                at(50),
                at(99)
            ));
        }
    }
    group.finish();
    if !lines.is_empty() {
        println!("| key press to finished frame | keys | median, ms | 99th percentile, ms |");
        println!("|---|---|---|---|\n{}\n", lines.join("\n"));
    }
}
