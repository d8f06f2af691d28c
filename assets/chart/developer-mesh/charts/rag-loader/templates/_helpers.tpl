{{/* The keys of the service's Secret: the value that gives a literal, the env name, and whether it is needed. */}}
{{- define "rag-loader.secretKeys" -}}
rag-master-key: {value: ragMasterKey, env: RAG_MASTER_KEY}
{{- end -}}

{{- define "rag-loader.config" -}}
{{- $config := .Values.config -}}
{{ include "developer-mesh.common.config" . }}
{{ include "developer-mesh.database.config" (dict "root" . "searchPath" $config.databaseSearchPath) }}
{{ include "developer-mesh.redis.config" . }}
{{- include "developer-mesh.aws.config" . }}
RAG_API_ENABLED: {{ $config.api.enabled | quote }}
RAG_API_PORT: "8084"
RAG_LOADER_METRICS_PORT: "9094"
DEFAULT_SCHEDULE: {{ $config.schedule | quote }}
SCHEDULER_ENABLE_API: {{ $config.scheduler.api | quote }}
SCHEDULER_ENABLE_EVENTS: {{ $config.scheduler.events | quote }}
DEFAULT_EMBEDDING_MODEL: {{ $config.embeddingModel | quote }}
{{- include "developer-mesh.providers.config" (dict "root" . "providers" $config.providers) }}
{{- end -}}
