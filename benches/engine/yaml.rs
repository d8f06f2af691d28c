//! Go's YAML: the embedded chart's manifest read as a render reads it, and its values written as `toYaml` writes.

use crate::support::charts::{embedded, profile, render};
use criterion::{Criterion, Throughput};
use mesh_tui::chart::goyaml;
use mesh_tui::chart::render::Renderer;
use std::hint::black_box;

pub fn benches(criterion: &mut Criterion) {
    let chart = embedded();
    let values = profile("local");
    let rendered = render(&Renderer::new(chart.clone()), &values);
    let texts: Vec<&str> = rendered
        .manifest
        .objects
        .iter()
        .map(|object| &*object.text)
        .collect();
    let size: usize = texts.iter().map(|text| text.len()).sum();
    let mut group = criterion.benchmark_group("yaml");

    group.throughput(Throughput::Bytes(size as u64));
    group.bench_function("read the manifest", |bencher| {
        bencher.iter(|| {
            for text in &texts {
                black_box(goyaml::parse(text.as_bytes()).expect("it is YAML"));
            }
        });
    });
    group.bench_function("write the manifest", |bencher| {
        bencher.iter(|| {
            for object in &rendered.manifest.objects {
                black_box(goyaml::to_string(&object.body));
            }
        });
    });

    group.throughput(Throughput::Bytes(chart.values_source.len() as u64));
    group.bench_function("read values.yaml", |bencher| {
        bencher.iter(|| black_box(goyaml::parse(&chart.values_source).expect("it is YAML")));
    });
    group.bench_function("write the values of a profile", |bencher| {
        bencher.iter(|| black_box(goyaml::to_string(&values)));
    });
    group.finish();
}
