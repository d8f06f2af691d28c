//! Lexer, parser and evaluator: any text as a template, with values of each kind within reach.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mesh_tui::chart::model::{Chart, ChartFile, Metadata};
use mesh_tui::chart::render::{Capabilities, Frozen, NoCluster, ReleaseOptions, Renderer};
use std::sync::Arc;

fuzz_target!(|text: &[u8]| {
    let chart = Chart {
        metadata: Metadata {
            name: "fuzz".to_owned(),
            version: "1.0.0".to_owned(),
            ..Metadata::default()
        },
        values: serde_json::json!({"s": "text", "n": 3, "l": [1, "a", null], "d": {"a": {"b": 1}}, "b": true}).into(),
        templates: vec![ChartFile {
            name: "templates/NOTES.txt".to_owned(),
            data: text.into(),
        }],
        ..Chart::default()
    };
    let release = ReleaseOptions {
        name: "release".to_owned(),
        namespace: "default".to_owned(),
        revision: 1,
        is_upgrade: false,
    };
    let _ = Renderer::new(Arc::new(chart)).render(
        &serde_json::Value::Null,
        &release,
        &Capabilities::default(),
        &NoCluster,
        &Frozen::default(),
    );
});
