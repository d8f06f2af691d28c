{{/* The keys of the service's Secret: the value that gives a literal, the env name, and whether it is needed. */}}
{{- define "rest-api.secretKeys" -}}
admin-api-key: {value: adminApiKey, env: ADMIN_API_KEY}
reader-api-key: {value: readerApiKey, env: READER_API_KEY}
mcp-api-key: {value: mcpApiKey, env: MCP_API_KEY}
github-token: {value: githubToken, env: GITHUB_TOKEN, optional: true, used: {{ .Values.config.github.enabled }}}
github-webhook-secret: {value: githubWebhookSecret, env: GITHUB_WEBHOOK_SECRET, optional: true, used: {{ and .Values.config.github.enabled .Values.config.features.webhooks }}}
openai-api-key: {value: openaiApiKey, env: OPENAI_API_KEY, optional: true, used: {{ .Values.config.embedding.openai.enabled }}}
google-ai-api-key: {value: googleAiApiKey, env: GOOGLE_AI_API_KEY, optional: true, used: {{ .Values.config.embedding.google.enabled }}}
{{- end -}}

{{/*
"true" when the migrations run as a hook before the release's objects change. That takes a database
which is there before the release: with the embedded one, rest-api migrates as it starts.
*/}}
{{- define "rest-api.migrationHook" -}}
{{- if and .Values.migration.enabled (not (include "developer-mesh.database.embedded" .)) -}}
true
{{- end -}}
{{- end -}}

{{- define "rest-api.config" -}}
{{- $config := .Values.config -}}
{{ include "developer-mesh.common.config" . }}
{{ include "developer-mesh.database.config" (dict "root" . "aliases" true) }}
{{ include "developer-mesh.redis.config" . }}
{{- include "developer-mesh.aws.config" . }}
CACHE_TYPE: redis
PORT: "8080"
API_PORT: "8080"
API_HOST: "0.0.0.0"
MCP_SERVER_URL: {{ $config.mcpServerUrl | default (include "developer-mesh.serviceUrl" (dict "root" . "service" "edge-mcp" "port" 8082)) | quote }}
MIGRATIONS_FAIL_FAST: {{ $config.migrationsFailFast | quote }}
PROMETHEUS_ENABLED: {{ $config.metrics | quote }}
RATE_LIMIT_ENABLED: {{ $config.rateLimit.enabled | quote }}
CORS_ENABLED: {{ $config.cors.enabled | quote }}
{{- if $config.cors.enabled }}
CORS_ALLOWED_ORIGINS: {{ join "," $config.cors.allowedOrigins | quote }}
{{- end }}
ALLOW_LOCALHOST_URLS: {{ $config.allowLocalhostUrls | quote }}
ALLOW_PRIVATE_NETWORK_URLS: {{ $config.allowPrivateNetworkUrls | quote }}
FEATURE_WEBHOOKS_ENABLED: {{ $config.features.webhooks | quote }}
FEATURE_VECTOR_SEARCH_ENABLED: {{ $config.features.vectorSearch | quote }}
FEATURE_GITHUB_INTEGRATION_ENABLED: {{ $config.github.enabled | quote }}
{{- if $config.github.enabled }}
{{- with $config.github.owner }}
GITHUB_OWNER: {{ . | quote }}
{{- end }}
{{- with $config.github.repo }}
GITHUB_REPO: {{ . | quote }}
{{- end }}
{{- end }}
EMBEDDING_ENABLED: {{ $config.embedding.enabled | quote }}
{{- with $config.embedding.bedrock }}
BEDROCK_ENABLED: {{ .enabled | quote }}
{{- if .enabled }}
{{- with .region | default $.Values.global.aws.region }}
BEDROCK_REGION: {{ . | quote }}
{{- end }}
{{- with .endpoint }}
BEDROCK_ENDPOINT: {{ . | quote }}
{{- end }}
{{- with .roleArn }}
BEDROCK_ROLE_ARN: {{ . | quote }}
{{- end }}
{{- end }}
{{- end }}
OPENAI_ENABLED: {{ $config.embedding.openai.enabled | quote }}
GOOGLE_AI_ENABLED: {{ $config.embedding.google.enabled | quote }}
{{- end -}}
