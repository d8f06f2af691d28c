//! A release and what is around it: its pods as they are rendered, the cluster's other pods, and servers outside.

use core::net::IpAddr;
use mesh_tui::chart::manifest::ManifestObject;
use mesh_tui::chart::render::Rendered;
use mesh_tui::plan::network::{Endpoint, NetworkPolicies, Pod, Port, Protocol};
use serde_json::{Value as Json, json};

/// The namespace that the release is rendered for, unless its values name another.
const NAMESPACE: &str = "default";

/// Pods that are not of the release: what they are, where they run, and their labels.
const OTHERS: [(&str, &str, (&str, &str)); 6] = [
    ("stranger", "elsewhere", ("app", "stranger")),
    ("ingress controller", "ingress-nginx", ("app", "ingress")),
    ("prometheus", "monitoring", ("app", "prometheus")),
    ("collector", "observability", ("app", "collector")),
    ("dns", "kube-system", ("k8s-app", "kube-dns")),
    ("system pod", "kube-system", ("k8s-app", "metrics-server")),
];

/// Servers outside of the cluster.
const SERVERS: [(&str, &str); 7] = [
    ("public server", "140.82.112.3"),
    ("public server over IPv6", "2606:50c0:8000::154"),
    ("metadata service", "169.254.169.254"),
    ("metadata service over IPv6", "fd00:ec2::254"),
    ("database server", "10.1.2.3"),
    ("redis server", "10.2.3.4"),
    ("private address", "10.9.9.9"),
];

/// Ports at which something of interest may listen.
const TCP: [u16; 14] = [
    22, 53, 80, 443, 4317, 5432, 6379, 6380, 6432, 8080, 8082, 8084, 8088, 9094,
];

/// Somebody who connects or is connected to.
pub struct Place {
    pub name: String,
    end: Endpoint,
    /// The same where a plugin takes pods for addresses, too.
    with_address: Endpoint,
    service: Option<String>,
}

impl Place {
    pub fn is(&self, name: &str) -> bool {
        self.name == name
    }

    /// The service of the release that it is a pod of.
    pub fn service(&self) -> Option<&str> {
        self.service.as_deref()
    }

    pub fn is_service(&self, name: &str) -> bool {
        self.service() == Some(name)
    }

    /// Whether a container of it has this port.
    pub fn listens(&self, port: Port) -> bool {
        matches!(&self.end, Endpoint::Pod(pod) if pod.ports.iter().any(|(_, its)| *its == port))
    }

    fn is_in(&self, namespace: &str) -> bool {
        matches!(&self.end, Endpoint::Pod(pod) if pod.namespace == namespace)
    }

    fn is_metadata(&self) -> bool {
        self.name.starts_with("metadata")
    }

    fn is_pod(&self) -> bool {
        matches!(self.end, Endpoint::Pod(_))
    }
}

/// A release with its surroundings.
pub struct World {
    values: Json,
    namespace: String,
    policies: NetworkPolicies,
    places: Vec<Place>,
    guarded: bool,
}

impl World {
    /// What these values, as templates see them, rendered to.
    pub fn of(values: Json, rendered: &Rendered) -> Self {
        let hooks = rendered.manifest.hooks.iter().map(|hook| &hook.object);
        let objects: Vec<&ManifestObject> = rendered.manifest.objects.iter().chain(hooks).collect();
        let namespace = match values["global"]["namespace"]["name"].as_str() {
            None | Some("") => NAMESPACE,
            Some(name) => name,
        };
        let agent = ("agent", namespace, ("app", "agent"));
        let others = OTHERS
            .into_iter()
            .chain([agent])
            .map(|(name, namespace, (label, value))| {
                let pod = pod(namespace, json!({label: value}), Vec::new());
                place(name, None, pod, 0)
            });
        let servers = SERVERS.map(|(name, address)| {
            let address = Endpoint::Address(address.parse().expect("it is an address"));
            Place {
                name: name.to_owned(),
                end: address.clone(),
                with_address: address,
                service: None,
            }
        });
        let own = objects.iter().filter_map(|object| of_the_release(object));
        Self {
            policies: NetworkPolicies::of(objects.iter().copied(), NAMESPACE),
            namespace: namespace.to_owned(),
            guarded: objects.iter().any(|object| object.key.kind == "NetworkPolicy"),
            places: own.chain(others).chain(servers).collect(),
            values,
        }
    }

    /// Whether there are network policies.
    pub const fn is_guarded(&self) -> bool {
        self.guarded
    }

    /// Whether it runs in the namespace of the release.
    pub fn is_neighbour(&self, place: &Place) -> bool {
        place.is_in(&self.namespace)
    }

    pub fn place(&self, name: &str) -> Result<&Place, String> {
        self.places
            .iter()
            .find(|place| place.name == name)
            .ok_or_else(|| format!("there is no {name}"))
    }

    /// Every connection between two places, one of which is of the release, at every port of interest.
    pub fn connections(&self) -> impl Iterator<Item = (&Place, &Place, Port)> {
        let pairs = self
            .places
            .iter()
            .flat_map(|from| self.places.iter().map(move |to| (from, to)));
        let of_interest = |(from, to): &(&Place, &Place)| {
            from.name != to.name && (from.service.is_some() || to.service.is_some())
        };
        pairs.filter(of_interest).flat_map(|(from, to)| {
            let ports = TCP.into_iter().map(Port::tcp).chain([Port::udp(53)]);
            ports.map(move |port| (from, to, port))
        })
    }

    pub fn allows(&self, from: &Place, to: &Place, port: Port) -> bool {
        self.policies.allow(&from.end, &to.end, port)
    }

    pub fn allows_by_address(&self, from: &Place, to: &Place, port: Port) -> bool {
        self.policies.allow(&from.with_address, &to.with_address, port)
    }

    /// Whether a service can be reached from outside.
    pub fn is_exposed(&self, service: &str) -> bool {
        let values = &self.values[service];
        let leads = |way: &Json, hosts: &str| {
            way["enabled"] == true && way[hosts].as_array().is_some_and(|hosts| !hosts.is_empty())
        };
        let api = service != "rag-loader" || values["config"]["api"]["enabled"] == true;
        api && (leads(&values["ingress"], "hosts") || leads(&values["httpRoute"], "hostnames"))
    }

    /// Whether the proxies of a mesh run beside the programs and look up names.
    pub fn has_sidecars(&self) -> bool {
        let mesh = &self.values["global"]["serviceMesh"];
        mesh["provider"] != "none" && mesh["ambient"] == false
    }

    /// Whether edge-mcp knows of a rest-api.
    pub fn is_edge_mcp_alone(&self) -> bool {
        self.values["edge-mcp"]["config"]["standalone"] == true
    }

    /// Whether backups are copied to somewhere else.
    pub fn uploads_backups(&self) -> bool {
        self.values["postgresql"]["backup"]["upload"]["enabled"] == true
    }

    /// Whether the load test calls a service.
    pub fn is_load_tested(&self, service: &str) -> bool {
        let requests = self.values["loadTest"]["requests"].as_array();
        requests
            .into_iter()
            .flatten()
            .any(|request| request["service"] == service)
    }

    /// Whether it may be the ingress controller: any pod, where nobody said where that runs.
    pub fn is_controller(&self, place: &Place) -> bool {
        self.is_where("ingressNamespace", place)
    }

    pub fn is_monitoring(&self, place: &Place) -> bool {
        self.values["global"]["monitoring"]["enabled"] == true && self.is_where("monitoringNamespace", place)
    }

    fn is_where(&self, key: &str, place: &Place) -> bool {
        match self.policy(key).as_str() {
            None | Some("") => place.is_pod(),
            Some(namespace) => place.is_in(namespace),
        }
    }

    /// Whether it serves HTTPS that pods may use.
    pub fn is_https_server(&self, place: &Place) -> bool {
        self.is_in_blocks("httpsCIDRs", place)
    }

    /// Whether edge-mcp keeps its sessions in Redis.
    pub fn keeps_sessions(&self) -> bool {
        self.values["edge-mcp"]["config"]["redis"]["enabled"] == true
    }

    /// Whether traces may go there.
    pub fn is_collector(&self, place: &Place, port: Port) -> bool {
        self.tracing_port() == Some(port.number) && port.protocol == Protocol::Tcp && !place.is_metadata()
    }

    fn tracing_port(&self) -> Option<u16> {
        let tracing = &self.values["global"]["tracing"];
        let endpoint = tracing["otlpEndpoint"].as_str()?;
        let port = endpoint.rsplit(':').next()?.parse().ok();
        (tracing["enabled"] == true).then_some(port.unwrap_or(4317))
    }

    pub fn is_database(&self, place: &Place, port: Port) -> bool {
        self.is_store("database", "postgresql", ("databaseCIDRs", 5432), place, port)
    }

    pub fn is_redis(&self, place: &Place, port: Port) -> bool {
        self.is_store("redis", "redis", ("redisCIDRs", 6379), place, port)
    }

    fn is_store(
        &self,
        settings: &str,
        service: &str,
        (blocks, usual): (&str, u16),
        place: &Place,
        port: Port,
    ) -> bool {
        if self.values[service]["enabled"] == true {
            return place.is_service(service) && port == Port::tcp(usual);
        }
        let settings = &self.values["global"][settings];
        if settings["host"].as_str().is_none_or(str::is_empty) {
            // Nobody runs one: what needs it is switched off, or waits for it.
            return place.is_service(service);
        }
        let its = settings["port"].as_u64().and_then(|it| u16::try_from(it).ok());
        port == Port::tcp(its.unwrap_or(usual)) && self.is_in_blocks(blocks, place)
    }

    /// Whether it is in one of the blocks of a value; no block means everywhere but at the metadata service.
    fn is_in_blocks(&self, key: &str, place: &Place) -> bool {
        if place.is_metadata() {
            return false;
        }
        let blocks = self.policy(key).as_array().cloned().unwrap_or_default();
        let Endpoint::Address(address) = &place.end else {
            return blocks.is_empty();
        };
        blocks.is_empty()
            || blocks
                .iter()
                .filter_map(Json::as_str)
                .any(|block| holds(block, *address))
    }

    fn policy(&self, key: &str) -> &Json {
        &self.values["global"]["networkPolicy"][key]
    }
}

/// Whether one of the blocks that the tests use holds an address. They end at whole bytes.
fn holds(block: &str, address: IpAddr) -> bool {
    let (base, bits) = block.split_once('/').expect("it is a block");
    let base: IpAddr = base.parse().expect("it is an address");
    let bytes = |address: IpAddr| match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    };
    let bits: usize = bits.parse().expect("it is a number");
    assert_eq!(bits % 8, 0, "{block}");
    let same = bits / 8;
    base.is_ipv4() == address.is_ipv4() && bytes(base)[..same] == bytes(address)[..same]
}

fn of_the_release(object: &ManifestObject) -> Option<Place> {
    let template = match object.key.kind.as_str() {
        "Pod" => &*object.body,
        "CronJob" => object.body.pointer("/spec/jobTemplate/spec/template")?,
        _ => object.body.pointer("/spec/template")?,
    };
    let labels = template["metadata"]["labels"].clone();
    let name = labels["app.kubernetes.io/name"].as_str()?.to_owned();
    let containers = template["spec"]["containers"].as_array()?;
    let ports = containers.iter().flat_map(|container| {
        let ports = container["ports"].as_array().into_iter().flatten();
        ports.filter_map(|port| {
            let number = u16::try_from(port["containerPort"].as_u64()?).ok()?;
            Some((port["name"].as_str()?.to_owned(), Port::tcp(number)))
        })
    });
    let namespace = object.body["metadata"]["namespace"].as_str();
    let pod = pod(namespace.unwrap_or(NAMESPACE), labels, ports.collect());
    Some(place(&name, Some(name.clone()), pod, 1))
}

fn pod(namespace: &str, labels: Json, ports: Vec<(String, Port)>) -> Pod {
    Pod {
        namespace: namespace.to_owned(),
        namespace_labels: json!({"kubernetes.io/metadata.name": namespace}),
        labels,
        ports,
        address: None,
    }
}

fn place(name: &str, service: Option<String>, pod: Pod, net: u8) -> Place {
    let with_address = Pod {
        address: Some(IpAddr::from([10, 244, net, 7])),
        ..pod.clone()
    };
    Place {
        name: name.to_owned(),
        end: Endpoint::Pod(pod),
        with_address: Endpoint::Pod(with_address),
        service,
    }
}
