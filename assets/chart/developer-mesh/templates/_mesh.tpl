{{/*
What pods carry to be part of a service mesh. Sidecars are native ones: Kubernetes starts such a sidecar
before the init containers, which wait for others over the network, and ends it after a Job's own container.
*/}}

{{/* Labels of a pod in the mesh, as a map; none without a mesh. */}}
{{- define "developer-mesh.mesh.labels" -}}
{{- $mesh := .Values.global.serviceMesh -}}
{{- if and (eq $mesh.provider "istio") $mesh.ambient -}}
istio.io/dataplane-mode: ambient
{{- else if eq $mesh.provider "istio" -}}
sidecar.istio.io/inject: "true"
{{- end -}}
{{- end -}}

{{/* Annotations of a pod in the mesh, as a map; none without a mesh. */}}
{{- define "developer-mesh.mesh.annotations" -}}
{{- $mesh := .Values.global.serviceMesh -}}
{{- if and (eq $mesh.provider "istio") (not $mesh.ambient) -}}
sidecar.istio.io/nativeSidecar: "true"
{{- else if eq $mesh.provider "linkerd" -}}
linkerd.io/inject: enabled
config.beta.linkerd.io/proxy-enable-native-sidecar: "true"
config.linkerd.io/opaque-ports: "5432,6379"
config.linkerd.io/default-inbound-policy: {{ ternary "all-authenticated" "all-unauthenticated" (eq $mesh.mtls "strict") }}
{{- end -}}
{{- end -}}

{{/* The annotations as a field of a pod's metadata, where it has no others. */}}
{{- define "developer-mesh.mesh.annotationsField" -}}
{{- with include "developer-mesh.mesh.annotations" . -}}
annotations:
  {{- . | nindent 2 }}
{{- end -}}
{{- end -}}

{{/*
The port at which a proxy takes what was sent to another port of its pod, if the mesh has one: a network
policy sees this one.
*/}}
{{- define "developer-mesh.mesh.tunnelPort" -}}
{{- $mesh := .Values.global.serviceMesh -}}
{{- if and (eq $mesh.provider "istio") $mesh.ambient -}}
15008
{{- else if eq $mesh.provider "linkerd" -}}
4143
{{- end -}}
{{- end -}}
