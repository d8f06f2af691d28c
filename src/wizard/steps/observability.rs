//! Observability: monitoring, tracing; and the cloud that the platform runs in.

use super::build::Form;
use crate::wizard::check;
use crate::wizard::field::{Block, Choice, Field, Tone};
use crate::wizard::state::State;

pub(super) fn form(state: &State) -> Vec<Block> {
    let mut form = Form::new(state);
    monitoring(&mut form);
    tracing(&mut form);
    cloud(&mut form);
    form.done()
}

fn monitoring(form: &mut Form<'_>) {
    let state = form.state;
    form.heading("Monitoring");
    form.add(
        Field::toggle(state, "global.monitoring.enabled", "Prometheus")
            .help("Lets the Prometheus operator collect metrics and raise alerts for each service."),
    );
    if !state.is_on("global.monitoring.enabled") {
        return;
    }
    if state
        .target
        .facts()
        .is_some_and(|facts| !facts.prometheus_operator)
    {
        form.note(
            Tone::Warning,
            "The Prometheus operator is not in this cluster: its kinds are unknown to it.",
        );
    }
    form.add(
        Field::text(state, "global.monitoring.prometheusLabel", "Label")
            .help("The label by which your Prometheus finds what to collect.")
            .check(check::needed)
            .nested(),
    );
    form.add(
        Field::text(state, "global.monitoring.interval", "Interval")
            .help("How often metrics are collected: 30s.")
            .check(check::duration)
            .nested(),
    );
}

fn tracing(form: &mut Form<'_>) {
    let state = form.state;
    form.heading("Tracing");
    form.add(
        Field::toggle(state, "global.tracing.enabled", "OpenTelemetry")
            .help("Sends traces of requests to an OpenTelemetry collector."),
    );
    if !state.is_on("global.tracing.enabled") {
        return;
    }
    form.add(
        Field::text(state, "global.tracing.otlpEndpoint", "Collector")
            .placeholder("http://otel-collector.observability:4317")
            .help("Where the collector listens, with its port.")
            .check(check::endpoint)
            .nested(),
    );
    form.add(
        Field::fraction(state, "global.tracing.samplingRate", "Sampling")
            .help("The share of requests that are traced: 0.1 is one in ten.")
            .nested(),
    );
}

fn cloud(form: &mut Form<'_>) {
    let state = form.state;
    form.heading("AWS");
    let irsa = state.is_on("global.aws.useIRSA");
    form.add(
        Field::text(state, "global.aws.region", "Region")
            .placeholder("not on AWS")
            .help("The region of the bucket and of Bedrock: eu-central-1.")
            .check(|text| {
                if irsa && text.is_empty() {
                    return Err("is needed for IRSA".into());
                }
                check::optional_name(text)
            }),
    );
    form.add(
        Field::toggle(state, "global.aws.useIRSA", "IRSA")
            .help("Pods take the role of their service account on EKS, so that there are no keys anywhere."),
    );
    if irsa {
        form.add(
            Field::text(state, "global.aws.roleArn", "Role")
                .placeholder("arn:aws:iam::123456789012:role/developer-mesh")
                .help("The role the services take.")
                .check(check::role_arn)
                .nested(),
        );
    } else {
        static_keys(form);
    }
    if !state.text("global.aws.region").is_empty() {
        form.add(
            Field::text(state, "global.aws.s3.bucket", "Bucket")
                .placeholder("none")
                .help("The S3 bucket for contexts and documents."),
        );
    }
}

fn static_keys(form: &mut Form<'_>) {
    let state = form.state;
    let path = "global.aws.staticCredentials";
    form.add(
        Field::words(
            state,
            path,
            "Keys",
            vec![
                Choice::new(false, "none", ""),
                Choice::new(true, "from a Secret", ""),
            ],
        )
        .help("Access keys for AWS where pods have no role. Prefer IRSA on EKS."),
    );
    if state.is_on(path) {
        form.add(
            Field::text(state, "global.aws.existingSecret", "Secret")
                .placeholder(format!("{}-aws", state.target.release))
                .help("The Secret with access-key-id and secret-access-key.")
                .check(check::optional_name)
                .nested(),
        );
    }
}
