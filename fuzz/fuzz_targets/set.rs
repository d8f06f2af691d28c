//! The grammar of `--set` and its kin.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mesh_tui::chart::strvals;
use serde_json::{Map, json};

fuzz_target!(|line: &str| {
    let mut values = Map::new();
    values.insert("a".to_owned(), json!({"b": [1, {"c": 2}], "d": "text"}));
    let _ = strvals::set(line, &mut values);
    let _ = strvals::set_string(line, &mut values);
    let _ = strvals::set_json(line, &mut values);
    let _ = strvals::set_literal(line, &mut values);
    let _ = strvals::set_file(line, &mut values, |path| Ok::<_, String>(path.to_owned()));
});
