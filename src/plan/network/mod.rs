//! What network policies allow: the verdict of the `NetworkPolicy` objects that are rendered on one connection, as a
//! network plugin that enforces them gives it
//! (<https://kubernetes.io/docs/concepts/services-networking/network-policies/>).
//!
//! What it cannot know is not in it: whether the cluster's plugin enforces policies at all, and what a plugin's own kinds
//! add. Connections from a node to its own pods, such as probes, are always allowed and are no subject here.

mod cidr;
mod policy;
#[cfg(test)]
mod tests;

use crate::chart::manifest::ManifestObject;
use core::net::IpAddr;
use policy::Policy;
use serde_json::Value as Json;

/// The policies of a release.
#[derive(Debug, Clone, Default)]
pub struct NetworkPolicies(Vec<Policy>);

/// One end of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// A pod of the cluster.
    Pod(Pod),
    /// An address outside of it.
    Address(IpAddr),
}

/// A pod, as far as policies look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pod {
    /// Its namespace.
    pub namespace: String,
    /// The labels of that namespace: an object.
    pub namespace_labels: Json,
    /// Its own labels: an object.
    pub labels: Json,
    /// The ports that its containers name.
    pub ports: Vec<(String, Port)>,
    /// Its address. Plugins differ in whether a block of addresses means pods, too: without an address it does not.
    pub address: Option<IpAddr>,
}

/// A port with its protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Port {
    /// The number.
    pub number: u16,
    /// The protocol.
    pub protocol: Protocol,
}

/// A protocol that policies know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Protocol {
    Tcp,
    Udp,
    Sctp,
}

/// The way of a connection, seen from a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Ingress,
    Egress,
}

impl Port {
    /// A TCP port.
    #[must_use]
    pub const fn tcp(number: u16) -> Self {
        Self {
            number,
            protocol: Protocol::Tcp,
        }
    }

    /// A UDP port.
    #[must_use]
    pub const fn udp(number: u16) -> Self {
        Self {
            number,
            protocol: Protocol::Udp,
        }
    }
}

impl Pod {
    /// The address as a block of addresses sees it.
    fn has_address_in(&self, block: &cidr::Block) -> bool {
        self.address.is_some_and(|address| block.contains(address))
    }
}

impl NetworkPolicies {
    /// The `NetworkPolicy` objects among these. One without a namespace is of the release's.
    #[must_use]
    pub fn of<'a>(objects: impl IntoIterator<Item = &'a ManifestObject>, namespace: &str) -> Self {
        let policies = objects
            .into_iter()
            .filter(|object| object.key.kind == "NetworkPolicy");
        Self(
            policies
                .map(|object| Policy::of(&object.body, namespace))
                .collect(),
        )
    }

    /// Whether `from` may open a connection to `to` at this port: the policies of either end must allow it.
    #[must_use]
    pub fn allow(&self, from: &Endpoint, to: &Endpoint, port: Port) -> bool {
        self.side(Direction::Egress, from, to, to, port) && self.side(Direction::Ingress, to, from, to, port)
    }

    /// Whether the policies of one end allow it. A pod that no policy selects for this direction may do anything; the
    /// others may do what any of their policies allows.
    fn side(
        &self,
        direction: Direction,
        subject: &Endpoint,
        peer: &Endpoint,
        target: &Endpoint,
        port: Port,
    ) -> bool {
        let Endpoint::Pod(pod) = subject else {
            return true;
        };
        let mut isolated = false;
        for policy in self.0.iter().filter(|policy| policy.isolates(pod, direction)) {
            if policy.allows(direction, peer, target, port) {
                return true;
            }
            isolated = true;
        }
        !isolated
    }
}
