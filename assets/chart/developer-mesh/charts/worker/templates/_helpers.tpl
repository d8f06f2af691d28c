{{/* The keys of the service's Secret: the value that gives a literal, the env name, and whether it is needed. */}}
{{- define "worker.secretKeys" -}}
{{- $providers := .Values.config.providers -}}
openai-api-key: {value: openaiApiKey, env: MCP_EMBEDDING_PROVIDERS_OPENAI_API_KEY, optional: true, used: {{ $providers.openai.enabled }}}
google-ai-api-key: {value: googleAiApiKey, env: MCP_EMBEDDING_PROVIDERS_GOOGLE_API_KEY, optional: true, used: {{ $providers.google.enabled }}}
{{- end -}}

{{- define "worker.config" -}}
{{- $config := .Values.config -}}
{{ include "developer-mesh.common.config" . }}
{{ include "developer-mesh.database.config" (dict "root" . "aliases" true) }}
{{ include "developer-mesh.redis.config" . }}
{{- include "developer-mesh.aws.config" . }}
WORKER_QUEUE_TYPE: redis
WORKER_CONCURRENCY: {{ $config.concurrency | int | quote }}
HEALTH_ENDPOINT: ":8088"
DEFAULT_EMBEDDING_MODEL: {{ $config.embeddingModel | quote }}
EMBEDDING_BATCH_SIZE: {{ $config.embeddingBatchSize | int | quote }}
CONTEXT_CHUNK_SIZE: {{ $config.contextChunkSize | int | quote }}
{{- include "developer-mesh.providers.config" (dict "root" . "providers" $config.providers) }}
{{- end -}}

{{/* Waits for rest-api, which prepares what the worker consumes, if this release has one. */}}
{{- define "worker.wait.restApi" -}}
{{ include "developer-mesh.wait.container" (dict "root" . "name" "wait-for-rest-api") }}
  env:
    - name: URL
      value: {{ .Values.config.restApiUrl | default (include "developer-mesh.serviceUrl" (dict "root" . "service" "rest-api" "port" 8080)) | quote }}
    - name: EXPECTED
      {{- if .Values.config.restApiUrl }}
      value: "true"
      {{- else }}
      valueFrom:
        configMapKeyRef:
          name: {{ .Release.Name }}-services
          key: rest-api
      {{- end }}
  args:
    - |
      trap 'exit 143' TERM
      if [ "$EXPECTED" != true ]; then
        echo "this release has no rest-api to wait for"
        exit 0
      fi
      until wget -q -T 3 -O /dev/null "$URL/readyz"; do
        echo "waiting for $URL/readyz"
        sleep 2
      done
{{- end -}}
