//! The YAML reader and writer: what was read is written and read again as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mesh_tui::chart::goyaml::{self, YamlError};
use serde_json::Value;

fuzz_target!(|text: &[u8]| {
    let Ok(value) = goyaml::parse(text) else { return };
    let Ok(written) = written(&value) else { return };
    // What changes its meaning on the way through Go's JSON and YAML stays as it is from then on.
    if let Ok(again) = goyaml::parse(&written) {
        let twice = self::written(&again).map(|text| goyaml::parse(&text));
        let shown = String::from_utf8_lossy(&written);
        assert!(matches!(twice, Ok(Ok(twice)) if twice == again), "{shown}");
    }
});

/// The document with the line break at its end, which `toYaml` leaves out and a block of text needs.
fn written(value: &Value) -> Result<Vec<u8>, YamlError> {
    goyaml::try_to_string(value).map(|text| format!("{text}\n").into_bytes())
}
