{{- define "redis.conf" -}}
dir /data
appendonly yes
appendfsync everysec
# Queues and streams live here: rather refuse a write than lose an entry.
maxmemory-policy noeviction
{{- with .Values.maxmemory }}
maxmemory {{ . }}
{{- end }}
{{- with .Values.extraConfig }}
{{ . | trim }}
{{- end }}
{{- end -}}
