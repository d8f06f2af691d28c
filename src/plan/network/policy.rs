//! One policy: which pods it isolates, and what it allows them.

use super::cidr::Block;
use super::{Direction, Endpoint, Pod, Port, Protocol};
use crate::plan::labels::selects;
use serde_json::Value as Json;

#[derive(Debug, Clone)]
pub(super) struct Policy {
    namespace: String,
    pods: Json,
    /// What it allows in; `None` where it does not isolate in this direction.
    ingress: Option<Vec<Rule>>,
    egress: Option<Vec<Rule>>,
}

/// Peers and ports; `None` means all.
#[derive(Debug, Clone)]
struct Rule {
    peers: Option<Vec<Peer>>,
    ports: Option<Vec<Ports>>,
}

#[derive(Debug, Clone)]
enum Peer {
    Pods {
        /// `None`: of the policy's own namespace.
        namespaces: Option<Json>,
        /// `None`: all of them.
        pods: Option<Json>,
    },
    Addresses {
        block: Option<Block>,
        except: Vec<Block>,
    },
}

#[derive(Debug, Clone)]
struct Ports {
    protocol: Protocol,
    which: Which,
}

#[derive(Debug, Clone)]
enum Which {
    All,
    Numbers(u16, u16),
    Named(String),
}

impl Policy {
    /// Reads a `NetworkPolicy`. What the API would not have taken allows nothing.
    pub(super) fn of(body: &Json, namespace: &str) -> Self {
        let spec = &body["spec"];
        let types = spec["policyTypes"].as_array();
        let isolates = |direction: &str| match types {
            Some(types) => types.iter().any(|it| it == direction),
            // Unset, a policy is one of ingress, and of egress where it says something about it.
            None => direction == "Ingress" || !spec["egress"].is_null(),
        };
        let rules = |direction: &str, list: &str, peers: &str| {
            let rules = spec[list].as_array().into_iter().flatten();
            isolates(direction).then(|| rules.map(|rule| Rule::of(rule, peers)).collect())
        };
        Self {
            namespace: body["metadata"]["namespace"]
                .as_str()
                .unwrap_or(namespace)
                .to_owned(),
            pods: spec["podSelector"].clone(),
            ingress: rules("Ingress", "ingress", "from"),
            egress: rules("Egress", "egress", "to"),
        }
    }

    /// Whether it selects the pod and says something about this direction.
    pub(super) fn isolates(&self, pod: &Pod, direction: Direction) -> bool {
        self.rules(direction).is_some() && pod.namespace == self.namespace && selects(&self.pods, &pod.labels)
    }

    /// Whether a rule of it allows a connection with `peer` at a port of `target`, who is one of the two ends.
    pub(super) fn allows(
        &self,
        direction: Direction,
        peer: &Endpoint,
        target: &Endpoint,
        port: Port,
    ) -> bool {
        let mut rules = self.rules(direction).into_iter().flatten();
        rules.any(|rule| {
            let peers = rule.peers.as_ref();
            let ports = rule.ports.as_ref();
            peers.is_none_or(|peers| peers.iter().any(|it| self.is(it, peer)))
                && ports.is_none_or(|ports| ports.iter().any(|it| it.have(target, port)))
        })
    }

    fn rules(&self, direction: Direction) -> Option<&Vec<Rule>> {
        match direction {
            Direction::Ingress => self.ingress.as_ref(),
            Direction::Egress => self.egress.as_ref(),
        }
    }

    fn is(&self, peer: &Peer, end: &Endpoint) -> bool {
        match (peer, end) {
            (Peer::Pods { namespaces, pods }, Endpoint::Pod(pod)) => {
                let namespace = match namespaces {
                    Some(selector) => selects(selector, &pod.namespace_labels),
                    None => pod.namespace == self.namespace,
                };
                let labels = pods.as_ref();
                namespace && labels.is_none_or(|selector| selects(selector, &pod.labels))
            }
            (Peer::Pods { .. }, Endpoint::Address(_)) => false,
            (Peer::Addresses { block, except }, end) => {
                let within = |block: &Block| match end {
                    Endpoint::Pod(pod) => pod.has_address_in(block),
                    Endpoint::Address(address) => block.contains(*address),
                };
                block.as_ref().is_some_and(within) && !except.iter().any(within)
            }
        }
    }
}

impl Rule {
    fn of(rule: &Json, peers: &str) -> Self {
        // An empty list means all, as an absent one does.
        let list = |name: &str| rule[name].as_array().filter(|list| !list.is_empty());
        Self {
            peers: list(peers).map(|peers| peers.iter().map(Peer::of).collect()),
            ports: list("ports").map(|ports| ports.iter().filter_map(Ports::of).collect()),
        }
    }
}

impl Peer {
    fn of(peer: &Json) -> Self {
        let given = |field: &str| Some(&peer[field]).filter(|it| !it.is_null()).cloned();
        match given("ipBlock") {
            Some(addresses) => {
                let except = addresses["except"].as_array().into_iter().flatten();
                Self::Addresses {
                    block: addresses["cidr"].as_str().and_then(Block::parse),
                    except: except.filter_map(|it| Block::parse(it.as_str()?)).collect(),
                }
            }
            None => Self::Pods {
                namespaces: given("namespaceSelector"),
                pods: given("podSelector"),
            },
        }
    }
}

impl Ports {
    fn of(port: &Json) -> Option<Self> {
        let protocol = match port["protocol"].as_str() {
            None | Some("TCP") => Protocol::Tcp,
            Some("UDP") => Protocol::Udp,
            Some("SCTP") => Protocol::Sctp,
            Some(_) => return None,
        };
        let number = |value: &Json| value.as_u64().and_then(|it| u16::try_from(it).ok());
        let which = match &port["port"] {
            Json::Null => Which::All,
            Json::String(name) => Which::Named(name.clone()),
            first => {
                let first = number(first)?;
                Which::Numbers(first, number(&port["endPort"]).unwrap_or(first))
            }
        };
        Some(Self { protocol, which })
    }

    /// Whether a port of `target` is among them. A name is the target's own: a pod that has none of that name has no
    /// such port.
    fn have(&self, target: &Endpoint, port: Port) -> bool {
        let number = match &self.which {
            Which::All => true,
            Which::Numbers(first, last) => (*first..=*last).contains(&port.number),
            Which::Named(wanted) => match target {
                Endpoint::Pod(pod) => pod.ports.iter().any(|(name, its)| name == wanted && *its == port),
                Endpoint::Address(_) => false,
            },
        };
        number && self.protocol == port.protocol
    }
}
