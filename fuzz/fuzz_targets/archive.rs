//! The archive reader and what makes a chart of its files.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mesh_tui::source;

fuzz_target!(|data: &[u8]| {
    let _ = source::read_archive(data);
});
