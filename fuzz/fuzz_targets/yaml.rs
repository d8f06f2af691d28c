//! The YAML reader and writer: what was read is written and read again as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mesh_tui::chart::goyaml;

fuzz_target!(|text: &[u8]| {
    let Ok(value) = goyaml::parse(text) else { return };
    let Ok(written) = goyaml::try_to_string(&value) else {
        return;
    };
    let again = goyaml::parse(written.as_bytes());
    // What changes its meaning on the way through Go's JSON and YAML stays as it is from then on.
    if let Ok(again) = again {
        let twice = goyaml::try_to_string(&again).map(|text| goyaml::parse(text.as_bytes()));
        assert!(matches!(twice, Ok(Ok(twice)) if twice == again), "{written}");
    }
});
