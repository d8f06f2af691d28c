{{ define "dynamic.name" }}{{ .Release.Name }}-{{ .Chart.AppVersion }}{{ end }}
