{{- define "common.configmap" -}}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ include "common.name" . }}
  labels: {{- toYaml .Values.labels | nindent 4 }}
{{- end -}}
{{- define "common.name" -}}{{ .Release.Name }}-{{ .Values.name | trunc 10 | trimSuffix "-" }}{{- end -}}
{{- define "common.merged" -}}
{{- $top := first . -}}
{{- $over := fromYaml (include (index . 1) $top) | default (dict) -}}
{{- toYaml (merge $over (fromYaml (include "common.configmap" $top))) -}}
{{- end -}}
{{- define "shared" }}library{{ end -}}
