{{/* The keys of the service's Secret: the value that gives a literal, the env name, and whether it is needed. */}}
{{- define "edge-mcp.secretKeys" -}}
api-key: {value: apiKey, env: EDGE_MCP_API_KEY}
dev-mesh-api-key: {value: devMeshApiKey, env: DEV_MESH_API_KEY, optional: true, used: {{ not .Values.config.standalone }}}
{{- end -}}

{{- define "edge-mcp.config" -}}
{{- $config := .Values.config -}}
{{ include "developer-mesh.common.config" . }}
{{ include "developer-mesh.redis.config" . }}
EDGE_MCP_PORT: "8082"
EDGE_MCP_REDIS_ENABLED: {{ $config.redis.enabled | quote }}
EDGE_MCP_REDIS_DB: {{ $config.redis.database | int | quote }}
EDGE_MCP_REDIS_FALLBACK_MODE: {{ $config.redis.fallbackToMemory | quote }}
{{- if not $config.standalone }}
DEV_MESH_URL: {{ $config.devMeshUrl | default (include "developer-mesh.serviceUrl" (dict "root" . "service" "rest-api" "port" 8080)) | quote }}
{{- end }}
EDGE_MCP_ENABLE_COMPRESSION: {{ $config.compression.enabled | quote }}
EDGE_MCP_COMPRESSION_THRESHOLD: {{ $config.compression.thresholdBytes | int | quote }}
{{- range $scope, $limit := $config.rateLimits }}
EDGE_MCP_{{ upper $scope }}_RPS: {{ $limit.rps | int | quote }}
EDGE_MCP_{{ upper $scope }}_BURST: {{ $limit.burst | int | quote }}
{{- end }}
EDGE_MCP_ENABLE_QUOTAS: {{ $config.quotas | quote }}
{{- end -}}
