module mesh-tui.test/parts/pod-security

go 1.26

// The module whose fixtures the policy checks are compared with. Nothing is built from it.
require k8s.io/pod-security-admission v0.36.3
