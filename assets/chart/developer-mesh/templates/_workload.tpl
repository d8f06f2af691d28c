{{/* Fragments of a pod template. Each takes the subchart's context unless it says otherwise. */}}

{{/*
Annotations of a pod template: what must restart the pods when it changes. The revision is opaque, it
tells that a Secret changed without telling anything about it.
*/}}
{{- define "developer-mesh.podAnnotations" -}}
{{- $annotations := dict "checksum/config" (include "developer-mesh.configData" . | sha256sum) -}}
{{- with include "developer-mesh.secretChecksum" . -}}
{{- $_ := set $annotations "checksum/secrets" . -}}
{{- end -}}
{{- with .Values.global.secrets.revision -}}
{{- $_ := set $annotations "mesh-tui.dev/secrets-revision" (toString .) -}}
{{- end -}}
{{- $own := .Values.podAnnotations | default dict -}}
{{- toYaml (merge dict $own $annotations (include "developer-mesh.mesh.annotations" . | fromYaml) (.Values.global.annotations | default dict)) -}}
{{- end -}}

{{/* Annotations of what makes pods: why a policy check does not hold for it. kube-linter reads the same ones. */}}
{{- define "developer-mesh.exceptions" -}}
ignore-check.kube-linter.io/read-secret-from-env-var: The programs read their settings, secret ones too, from the environment alone.
{{- if and (eq .Values.global.environment "development") (not .Values.global.networkPolicy.enabled) }}
ignore-check.kube-linter.io/non-isolated-pod: In development every pod may talk to every other.
{{- end }}
{{- end -}}

{{/* What a pod of a service has besides its containers and volumes. */}}
{{- define "developer-mesh.podSpec" -}}
serviceAccountName: {{ include "developer-mesh.serviceAccountName" . }}
# The services do not talk to the Kubernetes API. IRSA mounts a token of its own.
automountServiceAccountToken: false
# Variables for each Service of the namespace could be mistaken for settings.
enableServiceLinks: false
{{- with .Values.global.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- toYaml .Values.global.security.podSecurityContext | nindent 2 }}
terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds | int }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if .Values.affinity }}
affinity:
  {{- toYaml .Values.affinity | nindent 2 }}
{{- else if ne .Values.podAntiAffinity "none" }}
affinity:
  podAntiAffinity:
    {{- if eq .Values.podAntiAffinity "hard" }}
    requiredDuringSchedulingIgnoredDuringExecution:
      - topologyKey: kubernetes.io/hostname
        labelSelector:
          matchLabels:
            {{- include "developer-mesh.selectorLabels" . | nindent 12 }}
    {{- else }}
    preferredDuringSchedulingIgnoredDuringExecution:
      - weight: 100
        podAffinityTerm:
          topologyKey: kubernetes.io/hostname
          labelSelector:
            matchLabels:
              {{- include "developer-mesh.selectorLabels" . | nindent 14 }}
    {{- end }}
{{- end }}
{{- if .Values.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- toYaml .Values.topologySpreadConstraints | nindent 2 }}
{{- else }}
topologySpreadConstraints:
  - topologyKey: topology.kubernetes.io/zone
    maxSkew: 1
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "developer-mesh.selectorLabels" . | nindent 8 }}
    # Each rollout is spread for itself, not evened out against the pods that it replaces.
    matchLabelKeys: [pod-template-hash]
{{- end }}
{{- end -}}

{{/* The strategy of every service: a pod goes only after its successor is ready. */}}
{{- define "developer-mesh.strategy" -}}
type: RollingUpdate
rollingUpdate:
  maxUnavailable: 0
  maxSurge: {{ .Values.maxSurge }}
{{- end -}}

{{- define "developer-mesh.imagePullPolicy" -}}
{{- .Values.image.pullPolicy | default .Values.global.imagePullPolicy -}}
{{- end -}}

{{- define "developer-mesh.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "developer-mesh.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{/* Explicit resources win; otherwise those of the service's size. */}}
{{- define "developer-mesh.resources" -}}
{{- if .Values.resources -}}
{{- toYaml .Values.resources -}}
{{- else -}}
{{- if not (hasKey .Values.sizes (toString .Values.size)) -}}
{{- fail (printf "%s.size is %q: it must be one of %s" .Chart.Name (toString .Values.size) (keys .Values.sizes | sortAlpha | join ", ")) -}}
{{- end -}}
{{- toYaml (index .Values.sizes .Values.size) -}}
{{- end -}}
{{- end -}}

{{/* `enabled` is the chart's switch and no part of a probe. */}}
{{- define "developer-mesh.probes" -}}
{{- $probes := dict -}}
{{- range $name := list "startupProbe" "livenessProbe" "readinessProbe" -}}
{{- $probe := index $.Values $name | default dict -}}
{{- if $probe.enabled -}}
{{- $_ := set $probes $name (omit $probe "enabled") -}}
{{- end -}}
{{- end -}}
{{- if $probes -}}
{{- toYaml $probes -}}
{{- end -}}
{{- end -}}

{{/* The images have no shell to sleep in; the kubelet does it while the endpoints are taken away. */}}
{{- define "developer-mesh.lifecycle" -}}
{{- if .Values.preStopSleepSeconds -}}
lifecycle:
  preStop:
    sleep:
      seconds: {{ .Values.preStopSleepSeconds | int }}
{{- end }}
{{- end -}}

{{/* The service's ConfigMap as env. */}}
{{- define "developer-mesh.envFrom" -}}
- configMapRef:
    name: {{ include "developer-mesh.fullname" . }}
{{- end -}}

{{/* The data of a service's ConfigMap: what the subchart's "SERVICE.config" says, then config.extra. */}}
{{- define "developer-mesh.configData" -}}
{{- $data := include (printf "%s.config" .Chart.Name) . | fromYaml -}}
{{- range $key, $value := (.Values.config).extra -}}
{{- $_ := set $data $key (include "developer-mesh.scalar" $value) -}}
{{- end -}}
{{- toYaml $data -}}
{{- end -}}

{{/* Volumes and mounts that every service has; the root file system is read-only. */}}
{{- define "developer-mesh.volumeMounts" -}}
- name: tmp
  mountPath: /tmp
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "developer-mesh.volumes" -}}
- name: tmp
  emptyDir:
    sizeLimit: {{ .Values.tmpSizeLimit }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* The CA of an external database, for the services that talk to it. */}}
{{- define "developer-mesh.database.caMount" -}}
{{- if include "developer-mesh.database.caFile" . -}}
- name: database-ca
  mountPath: /etc/developer-mesh/database-ca
  readOnly: true
{{- end }}
{{- end -}}

{{- define "developer-mesh.database.caVolume" -}}
{{- if include "developer-mesh.database.caFile" . -}}
- name: database-ca
  secret:
    secretName: {{ .Values.global.database.caSecret.name }}
    items:
      - key: {{ .Values.global.database.caSecret.key }}
        path: ca.crt
{{- end }}
{{- end -}}

{{/*
Init containers that wait until something takes connections.
  wait.tcp: root, name, host, port
*/}}
{{- define "developer-mesh.wait.tcp" -}}
{{ include "developer-mesh.wait.container" . }}
  env:
    - name: HOST
      value: {{ .host | quote }}
    - name: PORT
      value: {{ .port | quote }}
  args:
    - |
      trap 'exit 143' TERM
      until nc -z -w 3 "$HOST" "$PORT"; do
        echo "waiting for $HOST:$PORT"
        sleep 2
      done
{{- end -}}

{{/* What the waiting containers have in common; the images of the services have no shell. */}}
{{- define "developer-mesh.wait.container" -}}
{{- $image := .root.Values.global.waitImage -}}
- name: {{ .name }}
  image: {{ include "developer-mesh.image" (dict "root" .root "image" $image) }}
  imagePullPolicy: {{ $image.pullPolicy | default .root.Values.global.imagePullPolicy }}
  securityContext:
    {{- toYaml .root.Values.global.security.containerSecurityContext | nindent 4 }}
  resources:
    {{- toYaml $image.resources | nindent 4 }}
  command: [/bin/sh, -c]
{{- end -}}

{{- define "developer-mesh.wait.database" -}}
{{- include "developer-mesh.wait.tcp" (dict "root" . "name" "wait-for-database"
      "host" (include "developer-mesh.database.host" .) "port" (include "developer-mesh.database.port" .)) -}}
{{- end -}}

{{- define "developer-mesh.wait.redis" -}}
{{- include "developer-mesh.wait.tcp" (dict "root" . "name" "wait-for-redis"
      "host" (include "developer-mesh.redis.host" .) "port" (include "developer-mesh.redis.port" .)) -}}
{{- end -}}
