//! What a scenario decides about containers: whether their image is there, and what becomes of them once they run.

use super::json::text;
use super::logs::Program;
use super::scenario::Scenario;
use serde_json::Value as Json;
use std::collections::{HashMap, HashSet};

/// The variable that rest-api's image wants in the scenario `crash-loop`.
pub(super) const WANTED_VARIABLE: &str = "EMBEDDING_MODEL_ID";

/// After so many crashes the registry holds a repaired image.
const CRASHES_UNTIL_REPAIR: u32 = 3;

/// What becomes of a container that starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    /// It serves, and is ready after so many milliseconds.
    Serves { ready_after: u64 },
    /// It does its work and exits with 0 after so many milliseconds.
    Completes { after: u64 },
    /// It waits until these Services take connections, and then completes.
    WaitsFor(Vec<String>),
    /// It exits with this code after so many milliseconds; its log ends with the cause.
    Crashes { after: u64, code: i64, cause: String },
}

/// What is known of a container when it starts.
#[derive(Debug)]
pub(super) struct Start<'a> {
    /// The pod.
    pub(super) pod: &'a Json,
    /// The container.
    pub(super) container: &'a Json,
    /// The names of all its environment variables.
    pub(super) variables: &'a HashSet<String>,
    /// The Services of its namespace.
    pub(super) services: &'a [String],
}

/// The scenario's decisions with what they remember.
#[derive(Debug)]
pub(super) struct Script {
    scenario: Scenario,
    /// The image that is broken, by its repository: the first one that was asked for.
    broken: HashMap<String, String>,
    crashes: u32,
    /// The pods that run the repaired image, by UID; the others were there before it.
    repaired: HashSet<String>,
}

impl Script {
    /// The decisions of a scenario.
    pub(super) fn new(scenario: Scenario) -> Self {
        Self {
            scenario,
            broken: HashMap::new(),
            crashes: 0,
            repaired: HashSet::new(),
        }
    }

    /// A pod is seen for the first time.
    pub(super) fn meet(&mut self, pod_uid: &str) {
        if self.crashes >= CRASHES_UNTIL_REPAIR {
            self.repaired.insert(pod_uid.into());
        }
    }

    /// Pulls an image.
    ///
    /// # Errors
    /// What the registry says where it lacks the image.
    pub(super) fn pull(&mut self, image: &str) -> Result<(), String> {
        let missing =
            self.scenario == Scenario::ImagePull && image.contains("rag-loader") && self.is_broken(image);
        if missing {
            return Err(format!(
                "rpc error: code = NotFound desc = failed to pull and unpack image \"{image}\": \
                 failed to resolve reference \"{image}\": {image}: not found"
            ));
        }
        Ok(())
    }

    /// Decides what becomes of a container.
    pub(super) fn start(&mut self, start: &Start<'_>) -> Fate {
        let program = Program::of(start.container);
        let image = text(start.container, "/image");
        if program == Program::Wait {
            return Fate::WaitsFor(mentioned(start.container, start.services));
        }
        let ends = matches!(text(start.pod, "/spec/restartPolicy"), "Never" | "OnFailure");
        if ends || program == Program::Migrate {
            return Fate::Completes { after: 1200 };
        }
        match (self.scenario, program) {
            (Scenario::CrashLoop, Program::RestApi) if self.crashes_now(start, image) => {
                self.crashes += 1;
                let cause = format!("required environment variable {WANTED_VARIABLE} is not set");
                Fate::Crashes {
                    after: 500,
                    code: 1,
                    cause,
                }
            }
            (Scenario::SlowStart, Program::EdgeMcp) => Fate::Serves { ready_after: 28_000 },
            _ if is_probed(start.container) => Fate::Serves {
                ready_after: 800 + jitter(start.pod),
            },
            _ => Fate::Serves { ready_after: 0 },
        }
    }

    fn crashes_now(&mut self, start: &Start<'_>, image: &str) -> bool {
        self.is_broken(image)
            && !self.repaired.contains(super::json::uid(start.pod))
            && !start.variables.contains(WANTED_VARIABLE)
    }

    /// Whether this is the image of its repository that the scenario broke.
    fn is_broken(&mut self, image: &str) -> bool {
        let repository = repository(image).to_owned();
        self.broken.entry(repository).or_insert_with(|| image.to_owned()) == image
    }
}

/// The image without its tag and digest.
fn repository(image: &str) -> &str {
    let name = image.split('@').next().unwrap_or(image);
    match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => repository,
        _ => name,
    }
}

fn is_probed(container: &Json) -> bool {
    container.get("readinessProbe").is_some() || container.get("startupProbe").is_some()
}

/// Up to half a second, different for each pod, so that they do not all move at once.
fn jitter(pod: &Json) -> u64 {
    super::json::name(pod).bytes().map(u64::from).sum::<u64>() % 5 * 120
}

/// The Services whose name stands in the command, the arguments or a variable of the container.
fn mentioned(container: &Json, services: &[String]) -> Vec<String> {
    let mut texts: Vec<&str> = Vec::new();
    for list in ["command", "args"] {
        texts.extend(
            super::json::items(container, &format!("/{list}"))
                .iter()
                .filter_map(Json::as_str),
        );
    }
    texts.extend(
        super::json::items(container, "/env")
            .iter()
            .map(|variable| text(variable, "/value")),
    );
    let names = |text: &str, service: &str| {
        text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
            .any(|word| word == service)
    };
    services
        .iter()
        .filter(|service| texts.iter().any(|text| names(text, service)))
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fate(script: &mut Script, uid: &str, image: &str, variables: &[&str]) -> Fate {
        let pod = json!({"metadata": {"name": "p", "uid": uid}, "spec": {"restartPolicy": "Always"}});
        let container = json!({"name": "rest-api", "image": image});
        let variables = variables.iter().map(|name| (*name).to_owned()).collect();
        script.start(&Start {
            pod: &pod,
            container: &container,
            variables: &variables,
            services: &[],
        })
    }

    #[test]
    fn a_missing_image_is_mended_by_another_tag() {
        let mut script = Script::new(Scenario::ImagePull);
        let image = "ghcr.io/x/developer-mesh-rag-loader";
        assert!(script.pull(&format!("{image}:1.4.2")).is_err());
        assert_eq!(script.pull(&format!("{image}:1.4.1")), Ok(()));
        assert!(script.pull(&format!("{image}:1.4.2")).is_err());
        assert_eq!(script.pull("ghcr.io/x/developer-mesh-worker:1.4.2"), Ok(()));
    }

    #[test]
    fn a_crash_is_mended_by_the_variable_another_tag_or_a_new_pod_after_three() {
        let mut script = Script::new(Scenario::CrashLoop);
        let crashes = |fate: Fate| matches!(fate, Fate::Crashes { .. });
        let image = "ghcr.io/x/developer-mesh-rest-api:1.4.2";
        assert!(crashes(fate(&mut script, "a", image, &[])));
        assert!(!crashes(fate(&mut script, "a", image, &[WANTED_VARIABLE])));
        assert!(!crashes(fate(
            &mut script,
            "a",
            "ghcr.io/x/developer-mesh-rest-api:1.4.1",
            &[]
        )));
        assert!(crashes(fate(&mut script, "a", image, &[])));
        assert!(crashes(fate(&mut script, "a", image, &[])));
        script.meet("b");
        assert!(crashes(fate(&mut script, "a", image, &[])));
        assert!(!crashes(fate(&mut script, "b", image, &[])));
    }

    #[test]
    fn a_waiting_container_waits_for_the_services_it_names() {
        let container = json!({"name": "wait-for-database", "env": [{"name": "HOST", "value": "dm-postgresql.prod.svc"}]});
        let services = ["dm-postgresql".to_owned(), "dm".to_owned(), "prod-x".to_owned()];
        assert_eq!(mentioned(&container, &services), ["dm-postgresql"]);
    }

    #[test]
    fn a_repository_may_have_a_port() {
        assert_eq!(repository("reg:5000/a/b:1"), "reg:5000/a/b");
        assert_eq!(repository("reg:5000/a/b"), "reg:5000/a/b");
        assert_eq!(repository("a/b:1@sha256:00"), "a/b");
    }
}
