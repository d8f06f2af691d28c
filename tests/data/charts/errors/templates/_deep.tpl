{{ define "deep" }}
{{- if gt (int .depth) 0 }}{{ include "deep" (dict "depth" (sub .depth 1) "how" .how) }}{{ else }}
{{- if eq .how "nil" }}{{ .a.b.c }}{{ else if eq .how "type" }}{{ add "x" (list) | upper }}{{ else if eq .how "missing" }}{{ include "no such template" . }}{{ else if eq .how "index" }}{{ index (list 1) 5 }}{{ else }}fine{{ end }}
{{- end }}
{{- end }}
