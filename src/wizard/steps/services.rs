//! Services: which run, in which version, and how large.

use super::build::Form;
use crate::wizard::check;
use crate::wizard::facts::Service;
use crate::wizard::field::{Block, Choice, Field, Tone};
use crate::wizard::state::State;

/// The service whose details are shown.
#[must_use]
pub fn shown_service(state: &State) -> Option<&Service> {
    state.setup.chart.services.get(state.service)
}

pub(super) fn form(state: &State) -> Vec<Block> {
    let mut form = Form::new(state);
    form.heading("Services");
    for service in &state.setup.chart.services {
        let name = &service.name;
        form.add(
            Field::toggle(state, &format!("{name}.enabled"), name)
                .note(summary(state, service))
                .help(&service.summary),
        );
    }
    if let Some(service) = shown_service(state) {
        details(&mut form, service);
    }
    form.done()
}

/// How a service is set up, as half a line.
fn summary(state: &State, service: &Service) -> String {
    let name = &service.name;
    if !state.is_on(&format!("{name}.enabled")) {
        return "off".into();
    }
    let number = |key: &str| state.number(&format!("{name}.{key}")).unwrap_or(1);
    let pods = if state.is_on(&format!("{name}.autoscaling.enabled")) {
        format!(
            "{}–{} pods",
            number("autoscaling.minReplicas"),
            number("autoscaling.maxReplicas")
        )
    } else {
        match number("replicaCount") {
            1 => "1 pod".into(),
            pods => format!("{pods} pods"),
        }
    };
    let tag = state.text(&format!("{name}.image.tag"));
    let tag = if tag.is_empty() {
        service.app_version.as_str()
    } else {
        tag
    };
    format!("{pods:<11}  {tag}")
}

fn details(form: &mut Form<'_>, service: &Service) {
    let state = form.state;
    let name = &service.name;
    let at = |key: &str| format!("{name}.{key}");
    form.heading(name.clone());
    if !state.is_on(&at("enabled")) {
        form.note(Tone::Plain, format!("{name} is off. Space switches it on."));
        return;
    }
    form.add(
        Field::text(state, &at("image.tag"), "Image tag")
            .placeholder(format!("{} (the chart’s)", service.app_version))
            .help("Which version of the service runs. Left empty it is the version this chart was made for.")
            .check(check::image_tag),
    );
    form.add(
        Field::words(
            state,
            &at("size"),
            "Size",
            ["small", "medium", "large"]
                .map(|size| Choice::new(size, size, ""))
                .to_vec(),
        )
        .help("CPU and memory for each pod. Start small: the size can be changed at any time."),
    );
    scaling(form, name);
}

fn scaling(form: &mut Form<'_>, name: &str) {
    let state = form.state;
    let at = |key: &str| format!("{name}.{key}");
    form.add(
        Field::toggle(state, &at("autoscaling.enabled"), "Autoscaling")
            .help("Kubernetes adds pods under load and takes them away again (a HorizontalPodAutoscaler)."),
    );
    if !state.is_on(&at("autoscaling.enabled")) {
        form.add(
            Field::number(state, &at("replicaCount"), "Pods", 0, 1000)
                .help("How many run. Two or more survive the loss of a node."),
        );
        return;
    }
    let minimum = Field::number(state, &at("autoscaling.minReplicas"), "At least", 1, 1000)
        .help("Pods that always run.")
        .note("pods")
        .nested();
    let least = minimum.text.trim().parse::<i64>().ok();
    let most = Field::number(state, &at("autoscaling.maxReplicas"), "At most", 1, 1000)
        .help("Pods that run under the highest load.")
        .note("pods")
        .nested()
        .check(|text| match (least, text.parse::<i64>()) {
            (Some(least), Ok(most)) if most < least => {
                Err(format!("must be {least} or more, the least there are"))
            }
            _ => Ok(()),
        });
    form.add(minimum);
    form.add(most);
    form.add(
        Field::number(
            state,
            &at("autoscaling.targetCPUUtilizationPercentage"),
            "CPU target",
            1,
            100,
        )
        .help("Pods are added when they use more of the CPU they asked for than this.")
        .note("%")
        .nested(),
    );
}
