//! A chart of 250 to 5,000 objects, rendered and planned as an upgrade: the time must grow as the objects do.

use crate::support::charts::{RELEASE, large, large_values, render};
use crate::support::samples::{Samples, exponent, milliseconds};
use criterion::{Criterion, SamplingMode, Throughput};
use mesh_tui::apply::{ApplyRequest, Schema, apply};
use mesh_tui::chart::manifest::{Manifest, ManifestObject};
use mesh_tui::chart::model::Chart;
use mesh_tui::chart::render::Renderer;
use mesh_tui::plan::policy::PolicyErrors;
use mesh_tui::plan::preflight::ClusterFacts;
use mesh_tui::plan::{Answers, LiveObjects, PlanInput, Planner};
use std::cell::LazyCell;
use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

const SIZES: [u32; 5] = [250, 500, 1_000, 2_000, 5_000];

/// A release of the large chart that is live as it was rendered, with the manager that applied it.
struct Release {
    chart: Arc<Chart>,
    size: u32,
    previous: Vec<ManifestObject>,
    live: LiveObjects,
    schema: Schema,
    facts: ClusterFacts,
}

impl Release {
    fn new(chart: &Arc<Chart>, size: u32) -> Self {
        let renderer = Renderer::new(chart.clone());
        let previous = render(&renderer, &large_values(size, "")).manifest.objects;
        assert_eq!(previous.len(), size as usize);
        let schema = Schema::builtin();
        let live = |object: &ManifestObject| {
            let applied = apply(&ApplyRequest {
                live: None,
                config: &object.body,
                manager: "helm",
                force: false,
                subresource: "",
                schema: &schema,
                time: "2026-11-23T08:00:00Z",
            });
            Arc::new(applied.expect("a rendered object can be applied").object)
        };
        Self {
            chart: chart.clone(),
            size,
            live: previous.iter().map(live).collect(),
            previous,
            schema,
            facts: ClusterFacts {
                secrets: Some(BTreeMap::new()),
                ..ClusterFacts::default()
            },
        }
    }

    fn plan(&self, planner: &mut Planner, target: &Manifest) {
        black_box(planner.plan(&PlanInput {
            release: RELEASE,
            namespace: RELEASE,
            install: false,
            chart: &self.chart,
            target,
            previous: &self.previous,
            live: &self.live,
            schema: &self.schema,
            answers: &Answers::default(),
            order: &[],
            facts: &self.facts,
            policy_errors: &PolicyErrors::default(),
            seal_key: b"a key for the measurement",
        }));
    }
}

/// Something that is measured at every size.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Work {
    Render,
    Plan,
    RenderAgain,
    PlanAgain,
}

impl Work {
    const ALL: [Self; 4] = [Self::Render, Self::Plan, Self::RenderAgain, Self::PlanAgain];

    /// How often it runs before it is what its name says.
    const fn runs_before(self) -> u32 {
        match self {
            Self::Render | Self::Plan => 0,
            Self::RenderAgain | Self::PlanAgain => 2,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Render => "render",
            Self::Plan => "plan",
            Self::RenderAgain => "render again after one choice",
            Self::PlanAgain => "plan again after one choice",
        }
    }
}

pub fn benches(criterion: &mut Criterion) {
    let chart = large();
    let mut medians: BTreeMap<Work, Vec<(u32, Duration)>> = BTreeMap::new();
    let mut group = criterion.benchmark_group("growth");
    group
        .sample_size(10)
        .sampling_mode(SamplingMode::Flat)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2));
    for size in SIZES {
        group.throughput(Throughput::Elements(u64::from(size)));
        let release = LazyCell::new(|| Release::new(&chart, size));
        for work in Work::ALL {
            let samples = Samples::default();
            group.bench_function(format!("{}/{size}", work.name()), |bencher| {
                // It is asked for at each sample, which may be a single run.
                let mut run = runner(work, &release);
                for _ in 0..work.runs_before() {
                    run();
                }
                bencher.iter_custom(|times| {
                    samples.run(times, || {
                        let start = Instant::now();
                        run();
                        start.elapsed()
                    })
                });
            });
            if let Some(median) = samples.percentile(50) {
                medians.entry(work).or_default().push((size, median));
            }
        }
    }
    group.finish();
    report(&medians);
}

fn runner<'a>(work: Work, release: &'a Release) -> Box<dyn FnMut() + 'a> {
    let values = ["debug", "info"].map(|level| large_values(release.size, level));
    let renderer = Renderer::new(release.chart.clone());
    let mut planner = Planner::default();
    let mut turn = 0;
    match work {
        Work::Render => Box::new(move || {
            black_box(render(&Renderer::new(release.chart.clone()), &values[0]));
        }),
        Work::Plan => {
            let target = render(&renderer, &values[0]).manifest;
            Box::new(move || release.plan(&mut Planner::default(), &target))
        }
        Work::RenderAgain => Box::new(move || {
            turn += 1;
            black_box(render(&renderer, &values[turn % 2]));
        }),
        Work::PlanAgain => {
            let targets = values.map(|values| render(&renderer, &values).manifest);
            Box::new(move || {
                turn += 1;
                release.plan(&mut planner, &targets[turn % 2]);
            })
        }
    }
}

/// Prints the medians, and the exponent of the growth: 1 is linear.
fn report(medians: &BTreeMap<Work, Vec<(u32, Duration)>>) {
    if medians.values().all(|points| points.len() < 2) {
        return;
    }
    let sizes = SIZES.map(|size| format!(" {size} |")).concat();
    println!("| median, ms, for so many objects |{sizes} exponent of the growth |");
    println!("|---|{}---|", "---|".repeat(SIZES.len()));
    for (work, points) in medians {
        let cells: Vec<String> = points.iter().map(|(_, median)| milliseconds(*median)).collect();
        let exponent = exponent(points).map_or_else(String::new, |exponent| format!("{exponent:.2}"));
        println!("| {} | {} | {exponent} |", work.name(), cells.join(" | "));
    }
    println!();
}
