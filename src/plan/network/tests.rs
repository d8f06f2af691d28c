//! Policies as the API's documentation explains them.

use super::*;
use crate::chart::manifest::ObjectKey;
use rstest::rstest;
use serde_json::json;
use std::sync::Arc;

fn policies(specs: &[Json]) -> NetworkPolicies {
    let object = |spec: &Json| ManifestObject {
        key: ObjectKey {
            api_version: "networking.k8s.io/v1".into(),
            kind: "NetworkPolicy".into(),
            namespace: None,
            name: "p".into(),
        },
        source: String::new(),
        text: "".into(),
        body: Arc::new(json!({"metadata": {"name": "p"}, "spec": spec})),
    };
    let objects: Vec<_> = specs.iter().map(object).collect();
    NetworkPolicies::of(&objects, "prod")
}

fn pod(namespace: &str, app: &str) -> Endpoint {
    Endpoint::Pod(Pod {
        namespace: namespace.into(),
        namespace_labels: json!({"kubernetes.io/metadata.name": namespace}),
        labels: json!({"app": app}),
        ports: vec![("http".into(), Port::tcp(8080))],
        address: None,
    })
}

fn address(text: &str) -> Endpoint {
    Endpoint::Address(text.parse().unwrap())
}

/// A policy on the pods of `db` that allows ingress by this rule.
fn ingress(rule: Json) -> NetworkPolicies {
    policies(&[json!({"podSelector": {"matchLabels": {"app": "db"}}, "ingress": [rule]})])
}

#[test]
fn without_a_policy_everything_is_allowed() {
    let none = policies(&[]);
    assert!(none.allow(&pod("prod", "web"), &pod("prod", "db"), Port::tcp(1)));
    let elsewhere = policies(&[json!({"podSelector": {}})]);
    assert!(elsewhere.allow(&pod("prod", "web"), &pod("other", "db"), Port::tcp(1)));
}

#[test]
fn a_policy_that_selects_a_pod_denies_what_it_does_not_allow() {
    let deny = policies(&[json!({"podSelector": {}, "policyTypes": ["Ingress", "Egress"]})]);
    assert!(!deny.allow(&pod("prod", "web"), &pod("prod", "db"), Port::tcp(1)));
    assert!(!deny.allow(&pod("prod", "web"), &address("1.2.3.4"), Port::tcp(443)));
    assert!(!deny.allow(&address("1.2.3.4"), &pod("prod", "web"), Port::tcp(443)));
    // Unset, the types are those of which it speaks.
    let ingress = policies(&[json!({"podSelector": {}})]);
    assert!(ingress.allow(&pod("prod", "web"), &address("1.2.3.4"), Port::tcp(443)));
    assert!(!ingress.allow(&address("1.2.3.4"), &pod("prod", "web"), Port::tcp(443)));
}

#[test]
fn policies_add_up_and_both_ends_must_allow() {
    let allow_in =
        json!({"podSelector": {"matchLabels": {"app": "db"}}, "ingress": [{"from": [{"podSelector": {}}]}]});
    let deny = json!({"podSelector": {}, "policyTypes": ["Ingress", "Egress"]});
    let (web, db) = (pod("prod", "web"), pod("prod", "db"));
    let one_end = policies(&[deny.clone(), allow_in.clone()]);
    assert!(!one_end.allow(&web, &db, Port::tcp(5432)));
    let allow_out = json!({"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Egress"], "egress": [{"ports": [{"port": 5432}]}]});
    let both = policies(&[deny, allow_in, allow_out]);
    assert!(both.allow(&web, &db, Port::tcp(5432)));
    assert!(!both.allow(&db, &web, Port::tcp(5432)));
}

#[rstest]
#[case(json!({}), "prod", "web", true)]
#[case(json!({"from": []}), "other", "web", true)]
#[case(json!({"from": [{"podSelector": {"matchLabels": {"app": "web"}}}]}), "prod", "web", true)]
#[case(json!({"from": [{"podSelector": {"matchLabels": {"app": "web"}}}]}), "other", "web", false)]
#[case(json!({"from": [{"namespaceSelector": {}}]}), "other", "web", true)]
#[case(json!({"from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "other"}}}]}), "prod", "web", false)]
#[case(json!({"from": [{"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "api"}}}]}), "other", "web", false)]
#[case(json!({"from": [{"namespaceSelector": {"matchLabels": {"a": "b"}}}, {"podSelector": {}}]}), "prod", "web", true)]
#[case(json!({"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}), "prod", "web", false)]
fn peers_are_pods_of_namespaces(
    #[case] rule: Json,
    #[case] namespace: &str,
    #[case] app: &str,
    #[case] allowed: bool,
) {
    let policies = ingress(rule);
    assert_eq!(
        policies.allow(&pod(namespace, app), &pod("prod", "db"), Port::tcp(1)),
        allowed
    );
}

#[rstest]
#[case(json!([{"port": 8080}]), Port::tcp(8080), true)]
#[case(json!([{"port": 8080}]), Port::udp(8080), false)]
#[case(json!([{"port": 53, "protocol": "UDP"}]), Port::udp(53), true)]
#[case(json!([{"port": "http"}]), Port::tcp(8080), true)]
#[case(json!([{"port": "http"}]), Port::tcp(80), false)]
#[case(json!([{"port": "other"}]), Port::tcp(8080), false)]
#[case(json!([{"port": 8000, "endPort": 9000}]), Port::tcp(8080), true)]
#[case(json!([{"port": 8000, "endPort": 8079}]), Port::tcp(8080), false)]
#[case(json!([{"protocol": "TCP"}]), Port::tcp(1), true)]
#[case(json!([{"port": 1}, {"port": 2}]), Port::tcp(2), true)]
#[case(json!([]), Port::udp(7), true)]
fn ports_are_numbers_ranges_and_names_of_the_target(
    #[case] ports: Json,
    #[case] port: Port,
    #[case] allowed: bool,
) {
    let policies = ingress(json!({"ports": ports}));
    assert_eq!(
        policies.allow(&pod("prod", "web"), &pod("prod", "db"), port),
        allowed
    );
}

#[rstest]
#[case("1.2.3.4", true)]
#[case("169.254.169.254", false)]
#[case("::1", false)]
fn addresses_are_in_a_block_and_in_no_exception(#[case] to: &str, #[case] allowed: bool) {
    let block = json!({"cidr": "0.0.0.0/0", "except": ["169.254.169.254/32"]});
    let policies = policies(&[json!({"podSelector": {}, "egress": [{"to": [{"ipBlock": block}]}]})]);
    assert_eq!(
        policies.allow(&pod("prod", "web"), &address(to), Port::tcp(443)),
        allowed
    );
}

#[test]
fn a_pod_with_an_address_is_in_a_block_as_some_plugins_have_it() {
    let policies = ingress(json!({"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}));
    let Endpoint::Pod(mut web) = pod("other", "web") else {
        unreachable!()
    };
    web.address = Some("10.1.1.1".parse().unwrap());
    assert!(policies.allow(&Endpoint::Pod(web), &pod("prod", "db"), Port::tcp(1)));
}
