//! The embedded chart, with each profile. The limit is 1 ms for each 20 objects with parsed templates at hand.

use crate::support::charts::{embedded, objects, profile, render};
use criterion::{Criterion, Throughput};
use mesh_tui::chart::render::Renderer;
use serde_json::Value as Json;
use std::hint::black_box;

const PROFILES: [&str; 3] = ["local", "staging", "production"];

pub fn benches(criterion: &mut Criterion) {
    for name in PROFILES {
        let chart = embedded();
        let values = with_hosts(profile(name));
        let parsed = Renderer::new(chart.clone());
        let count = objects(&render(&parsed, &values).manifest);
        let mut group = criterion.benchmark_group(format!("chart/{name}-{count}-objects"));
        group.throughput(Throughput::Elements(count as u64));

        // Every chart sees it, so that no file can be taken from the render before.
        group.bench_function("parsed", |bencher| {
            let mut policies = ["Always", "IfNotPresent"].into_iter().cycle();
            let mut values = values.clone();
            bencher.iter(|| {
                values["global"]["imagePullPolicy"] = policies.next().into();
                black_box(render(&parsed, &values))
            });
        });
        group.bench_function("parsed, one image tag", |bencher| {
            let mut tags = ["1.0.1", "1.0.2"].into_iter().cycle();
            let mut values = values.clone();
            bencher.iter(|| {
                values["worker"]["image"]["tag"] = tags.next().into();
                black_box(render(&parsed, &values))
            });
        });
        group.bench_function("parsing", |bencher| {
            bencher.iter(|| black_box(render(&Renderer::new(chart.clone()), &values)));
        });
        group.finish();
    }
}

/// What the profiles leave to a person and the chart cannot do without.
fn with_hosts(mut values: Json) -> Json {
    let embedded = values["postgresql"]["enabled"] == true;
    for store in ["database", "redis"] {
        let host = &mut values["global"][store]["host"];
        if !embedded && host.is_null() {
            *host = format!("{store}.example.com").into();
        }
    }
    values
}
