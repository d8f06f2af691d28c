module mesh-tui.test/parts/crds

go 1.26

// The modules whose CRDs the tests install. Nothing is built from them.
require (
	github.com/bitnami-labs/sealed-secrets v0.36.6
	github.com/cert-manager/cert-manager v1.21.2
	github.com/external-secrets/external-secrets v0.20.4
	github.com/prometheus-operator/prometheus-operator v0.85.0
	istio.io/api v1.29.0
	sigs.k8s.io/gateway-api v1.6.0
)
