{{- define "large.name" -}}
{{ printf "%s-%04d" .root.Release.Name .number }}
{{- end }}

{{- define "large.selector" -}}
app.kubernetes.io/name: {{ printf "service-%04d" .number }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- end }}

{{- define "large.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "large.selector" . }}
app.kubernetes.io/version: {{ .root.Values.image.tag | default .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- end }}

{{- define "large.logLevel" -}}
{{- if eq .number (int .root.Values.odd.service) }}{{ .root.Values.odd.logLevel | default .root.Values.logLevel }}
{{- else }}{{ .root.Values.logLevel }}
{{- end }}
{{- end }}
