{{/*
Names, labels and metadata. The umbrella's templates are there whichever subcharts are on, so the
subcharts include from here; nothing in here may include a subchart's template by a fixed name.
The other shared templates:
  _connections.tpl  what pods must know to reach PostgreSQL, Redis, AWS and the tracing collector
  _secrets.tpl      which Secret holds which key, for every backend
  _workload.tpl     fragments of a pod template
  _objects.tpl      whole objects that are the same for each service
  _mesh.tpl         what pods carry to be part of a service mesh
  _network.tpl      peers and rules of network policies
  _validate.tpl     choices that contradict each other
*/}}

{{/*
The services of the platform: where each takes requests, if it does; which servers it uses; and the keys
that its Secret must have. A service that is added to the chart is added here.
*/}}
{{- define "developer-mesh.services" -}}
- {name: rest-api, port: 8080, uses: [database, redis], keys: [admin-api-key, mcp-api-key, reader-api-key]}
- {name: edge-mcp, port: 8082, uses: [redis], keys: [api-key]}
- {name: worker, uses: [database, redis], keys: []}
- {name: rag-loader, port: 8084, uses: [database, redis], keys: [rag-master-key]}
{{- end -}}

{{/* The names of services, separated by commas: "all", those with a "port", those that use "database" or "redis". */}}
{{- define "developer-mesh.services.names" -}}
{{- $names := list -}}
{{- range include "developer-mesh.services" nil | fromYamlArray -}}
{{- if or (eq $ "all") (and (eq $ "port") .port) (has $ .uses) -}}
{{- $names = append $names .name -}}
{{- end -}}
{{- end -}}
{{- join "," $names -}}
{{- end -}}

{{/* The name of a chart's objects: RELEASE-CHART. */}}
{{- define "developer-mesh.fullname" -}}
{{- printf "%s-%s" .Release.Name .Chart.Name -}}
{{- end -}}

{{- define "developer-mesh.namespace" -}}
{{- .Values.global.namespace.name | default .Release.Namespace -}}
{{- end -}}

{{/* The two labels by which Services, policies and budgets find pods. They never change in a release. */}}
{{- define "developer-mesh.selectorLabels" -}}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/name: {{ .Chart.Name }}
{{- end -}}

{{/* The version that a label can carry: the image's tag where the chart has an image, else the app's. */}}
{{- define "developer-mesh.versionLabel" -}}
{{- $image := .Values.image | default dict -}}
{{- include "developer-mesh.scalar" ($image.tag | default .Chart.AppVersion) | replace "+" "_" | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* Labels of a pod. The chart's own version is left out: a new chart alone restarts nothing. */}}
{{- define "developer-mesh.podLabels" -}}
{{- $labels := dict
      "app.kubernetes.io/name" .Chart.Name
      "app.kubernetes.io/instance" .Release.Name
      "app.kubernetes.io/version" (include "developer-mesh.versionLabel" .)
      "app.kubernetes.io/component" (index .Chart.Annotations "mesh-tui.dev/component")
      "app.kubernetes.io/part-of" "developer-mesh" -}}
{{- $own := .Values.podLabels | default dict -}}
{{- toYaml (merge $labels $own (include "developer-mesh.mesh.labels" . | fromYaml) (.Values.global.labels | default dict)) -}}
{{- end -}}

{{/* Labels of every other object. */}}
{{- define "developer-mesh.labels" -}}
{{- $labels := dict
      "app.kubernetes.io/name" .Chart.Name
      "app.kubernetes.io/instance" .Release.Name
      "app.kubernetes.io/version" (include "developer-mesh.versionLabel" .)
      "app.kubernetes.io/component" (index .Chart.Annotations "mesh-tui.dev/component")
      "app.kubernetes.io/part-of" "developer-mesh"
      "app.kubernetes.io/managed-by" .Release.Service
      "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_") -}}
{{- toYaml (merge $labels (.Values.global.labels | default dict)) -}}
{{- end -}}

{{/*
The metadata of an object.
  root         the chart's context
  name         optional: the object's name, by default RELEASE-CHART
  labels       optional: labels that win over the standard ones
  annotations  optional: annotations that win over global.annotations
*/}}
{{- define "developer-mesh.metadata" -}}
name: {{ .name | default (include "developer-mesh.fullname" .root) }}
namespace: {{ include "developer-mesh.namespace" .root }}
labels:
  {{- $labels := include "developer-mesh.labels" .root }}
  {{- with .labels }}
  {{- $labels = toYaml (merge dict . (fromYaml $labels)) }}
  {{- end }}
  {{- $labels | nindent 2 }}
{{- $annotations := merge dict (.annotations | default dict) (.root.Values.global.annotations | default dict) }}
{{- with $annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/*
An image reference. A digest wins over the tag; global.imageRegistry replaces the registry's host.
  root   the chart's context
  image  repository, tag, digest
*/}}
{{- define "developer-mesh.image" -}}
{{- $repository := .image.repository -}}
{{- with .root.Values.global.imageRegistry -}}
{{- $repository = printf "%s/%s" (trimSuffix "/" .) (regexReplaceAll "^([^/]*[.:][^/]*|localhost)/" $repository "") -}}
{{- end -}}
{{- if .image.digest -}}
{{- printf "%s@%s" $repository .image.digest -}}
{{- else -}}
{{- printf "%s:%s" $repository (include "developer-mesh.scalar" (.image.tag | default .root.Chart.AppVersion)) -}}
{{- end -}}
{{- end -}}

{{/* A value as text. Numbers in values are floats, and a large one would print as 2.097152e+07. */}}
{{- define "developer-mesh.scalar" -}}
{{- if kindIs "float64" . -}}
{{- toJson . -}}
{{- else -}}
{{- toString . -}}
{{- end -}}
{{- end -}}

{{/* The fragments of a list below each other; some of them may be empty. */}}
{{- define "developer-mesh.join" -}}
{{- $fragments := list -}}
{{- range . -}}
{{- $fragments = append $fragments (trim .) -}}
{{- end -}}
{{- join "\n" (without $fragments "") -}}
{{- end -}}

{{/* The address of another service of this release, at the port that its Service has by default. */}}
{{- define "developer-mesh.serviceUrl" -}}
{{- printf "http://%s-%s:%d" .root.Release.Name .service (int .port) -}}
{{- end -}}
