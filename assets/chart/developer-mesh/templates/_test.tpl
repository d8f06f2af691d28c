{{/*
A pod for `helm test`, with the network policies that let it through while the tests run and no longer.
  root     the chart's context
  target   the service that it calls
  ports    the ports at its pods, by name or number
  image    a map of repository, tag, digest and pullPolicy
  command  the command, as a list
  env      optional: env entries, as text
  egress   optional: rules of a network policy, instead of one for `ports` of the target
*/}}
{{- define "developer-mesh.test" -}}
{{- $root := .root -}}
{{- $name := printf "%s-%s-test" $root.Release.Name .target -}}
{{- $labels := dict "app.kubernetes.io/name" (printf "%s-test" .target) "app.kubernetes.io/component" "test" -}}
{{- $hook := dict "helm.sh/hook" "test" "helm.sh/hook-delete-policy" "before-hook-creation,hook-succeeded" -}}
{{- $exceptions := include "developer-mesh.exceptions" $root | fromYaml -}}
{{- $first := merge (dict "helm.sh/hook-weight" "-10") $hook -}}
{{- if $root.Values.global.networkPolicy.enabled }}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- include "developer-mesh.metadata" (dict "root" $root "name" $name "labels" $labels "annotations" $first) | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      app.kubernetes.io/instance: {{ $root.Release.Name }}
      app.kubernetes.io/name: {{ .target }}-test
  policyTypes: [Ingress, Egress]
  egress:
    {{- include "developer-mesh.network.toDns" $root | nindent 4 }}
    {{- if .egress }}
    {{- .egress | nindent 4 }}
    {{- else }}
    {{- range .ports }}
    {{- include "developer-mesh.network.toServer" (dict "root" $root "service" $.target "port" .) | nindent 4 }}
    {{- end }}
    {{- end }}
{{- if not .egress }}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- include "developer-mesh.metadata" (dict "root" $root "name" (printf "%s-access" $name) "labels" $labels "annotations" $first) | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      app.kubernetes.io/instance: {{ $root.Release.Name }}
      app.kubernetes.io/name: {{ .target }}
  policyTypes: [Ingress]
  ingress:
    {{- range .ports }}
    {{- include "developer-mesh.network.fromServices" (dict "root" $root "services" (list (printf "%s-test" $.target)) "port" .) | nindent 4 }}
    {{- end }}
{{- end }}
---
{{- end }}
apiVersion: v1
kind: Pod
metadata:
  {{- include "developer-mesh.metadata" (dict "root" $root "name" $name
        "labels" (merge dict $labels (include "developer-mesh.mesh.labels" $root | fromYaml))
        "annotations" (merge $exceptions $hook (include "developer-mesh.mesh.annotations" $root | fromYaml))) | nindent 2 }}
spec:
  restartPolicy: Never
  serviceAccountName: {{ $root.Release.Name }}-test
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- with $root.Values.global.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  securityContext:
    {{- toYaml $root.Values.global.security.podSecurityContext | nindent 4 }}
  containers:
    - name: test
      image: {{ include "developer-mesh.image" (dict "root" $root "image" .image) }}
      imagePullPolicy: {{ .image.pullPolicy | default $root.Values.global.imagePullPolicy }}
      securityContext:
        {{- toYaml $root.Values.global.security.containerSecurityContext | nindent 8 }}
      command:
        {{- toYaml .command | nindent 8 }}
      {{- with .env }}
      env:
        {{- . | nindent 8 }}
      {{- end }}
      resources:
        {{- toYaml $root.Values.global.waitImage.resources | nindent 8 }}
{{- end -}}

{{/*
The test of a service: its Service answers at a path, within a minute.
  root  the chart's context
  port  the port of the Service
  name  the name of the pods' port
  path  the path
*/}}
{{- define "developer-mesh.test.http" -}}
{{- $url := printf "http://%s:%d%s" (include "developer-mesh.fullname" .root) (int .port) .path -}}
{{- $script := printf "for try in $(seq 12); do wget -T 5 -O - %s && exit 0; sleep 5; done; exit 1" $url -}}
{{- include "developer-mesh.test" (dict "root" .root "target" .root.Chart.Name "ports" (list .container)
      "image" .root.Values.global.waitImage "command" (list "/bin/sh" "-c" $script)) -}}
{{- end -}}
