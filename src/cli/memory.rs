//! How the process uses memory: whether the kernel may hand out large pages. How it is allocated is not decided here.

use crate::chart::model::Chart;

/// From so many bytes of files on, what a render takes is large enough for the unused part of large pages to count.
const LARGE_CHART: usize = 1024 * 1024;

/// Takes small pages from here on. Large ones make a short run faster, and every run larger (ADR 9).
pub(super) fn stay_small() {
    // Where it cannot be had, the process is larger, and nothing else.
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}

/// The same where a chart is large.
pub(super) fn stay_small_with(chart: &Chart) {
    if size(chart) > LARGE_CHART {
        stay_small();
    }
}

/// The bytes of all files in a chart and its subcharts.
fn size(chart: &Chart) -> usize {
    let files = chart.templates.iter().chain(&chart.files).chain(&chart.crds);
    let own: usize = files.map(|file| file.data.len()).sum();
    own + chart.dependencies.iter().map(size).sum::<usize>()
}
