{{/*
What pods must know to reach PostgreSQL, Redis, AWS and the tracing collector. Only `global` is read:
a subchart does not see the umbrella's other values.
*/}}

{{/*
"true" when the services use the database of this release. Unset, `embedded` follows
postgresql.enabled: within a subchart that shows in the host, which is empty then (_validate.tpl
refuses every other pairing). An empty host always means the Service RELEASE-postgresql.
*/}}
{{- define "developer-mesh.database.embedded" -}}
{{- $database := .Values.global.database -}}
{{- if kindIs "bool" $database.embedded -}}
{{- if $database.embedded }}true{{ end -}}
{{- else if not $database.host -}}
true
{{- end -}}
{{- end -}}

{{- define "developer-mesh.database.host" -}}
{{- $own := printf "%s-postgresql" .Release.Name -}}
{{- if include "developer-mesh.database.embedded" . -}}
{{- $own -}}
{{- else -}}
{{- .Values.global.database.host | default $own -}}
{{- end -}}
{{- end -}}

{{- define "developer-mesh.database.port" -}}
{{- if include "developer-mesh.database.embedded" . -}}
5432
{{- else -}}
{{- .Values.global.database.port | default 5432 | int -}}
{{- end -}}
{{- end -}}

{{/* The embedded database serves inside the namespace, without TLS; an external one has it unless told otherwise. */}}
{{- define "developer-mesh.database.sslMode" -}}
{{- if include "developer-mesh.database.embedded" . -}}
disable
{{- else -}}
{{- .Values.global.database.sslMode | default "require" -}}
{{- end -}}
{{- end -}}

{{/* Where the CA that signed an external database's certificate is mounted; empty without one. */}}
{{- define "developer-mesh.database.caFile" -}}
{{- if and .Values.global.database.caSecret.name (not (include "developer-mesh.database.embedded" .)) -}}
/etc/developer-mesh/database-ca/ca.crt
{{- end -}}
{{- end -}}

{{/*
The database's settings that are not secret, as KEY: value.
  root        the chart's context
  searchPath  optional: instead of global.database.searchPath
  aliases     whether the service reads the DB_ names as well
*/}}
{{- define "developer-mesh.database.config" -}}
{{- $database := .root.Values.global.database -}}
{{- $host := include "developer-mesh.database.host" .root -}}
{{- $port := include "developer-mesh.database.port" .root -}}
{{- $sslMode := include "developer-mesh.database.sslMode" .root -}}
DATABASE_HOST: {{ $host | quote }}
DATABASE_PORT: {{ $port | quote }}
DATABASE_NAME: {{ $database.name | quote }}
DATABASE_USER: {{ $database.username | quote }}
DATABASE_SSL_MODE: {{ $sslMode | quote }}
DATABASE_SEARCH_PATH: {{ .searchPath | default $database.searchPath | quote }}
{{- if .aliases }}
DB_HOST: {{ $host | quote }}
DB_PORT: {{ $port | quote }}
DB_NAME: {{ $database.name | quote }}
DB_USER: {{ $database.username | quote }}
DB_SSLMODE: {{ $sslMode | quote }}
{{- end }}
{{- with include "developer-mesh.database.caFile" .root }}
PGSSLROOTCERT: {{ . | quote }}
{{- end }}
{{- end -}}

{{/*
The database's settings that are secret, as container env. The kubelet puts the password into the
DSN, so it must be defined before the DSN, and consist of characters that a URL takes as they are;
existingSecretDsnKey is the way out for one that does not.
  root, searchPath, aliases  as above
  secretName                 optional: a Secret other than the release's
*/}}
{{- define "developer-mesh.database.env" -}}
{{- $database := .root.Values.global.database -}}
{{- $secret := .secretName | default (include "developer-mesh.database.secretName" .root) -}}
{{- $key := include "developer-mesh.database.passwordKey" .root -}}
{{- $query := printf "sslmode=%s&search_path=%s" (include "developer-mesh.database.sslMode" .root) (.searchPath | default $database.searchPath | urlquery) -}}
{{- with include "developer-mesh.database.caFile" .root -}}
{{- $query = printf "%s&sslrootcert=%s" $query (urlquery .) -}}
{{- end -}}
{{- $dsn := printf "postgres://%s:$(DATABASE_PASSWORD)@%s:%s/%s?%s" (urlquery $database.username)
      (include "developer-mesh.database.host" .root) (include "developer-mesh.database.port" .root) (urlquery $database.name) $query -}}
{{ include "developer-mesh.secretEnv" (dict "env" "DATABASE_PASSWORD" "secret" $secret "key" $key) }}
{{- if .aliases }}
{{ include "developer-mesh.secretEnv" (dict "env" "DB_PASSWORD" "secret" $secret "key" $key) }}
{{- end }}
{{- if and $database.existingSecret $database.existingSecretDsnKey }}
{{ include "developer-mesh.secretEnv" (dict "env" "DATABASE_DSN" "secret" $secret "key" $database.existingSecretDsnKey) }}
{{- else }}
- name: DATABASE_DSN
  value: {{ $dsn | quote }}
{{- end }}
{{- end -}}

{{/* "true" when the services use the Redis of this release; as with the database. */}}
{{- define "developer-mesh.redis.embedded" -}}
{{- $redis := .Values.global.redis -}}
{{- if kindIs "bool" $redis.embedded -}}
{{- if $redis.embedded }}true{{ end -}}
{{- else if not $redis.host -}}
true
{{- end -}}
{{- end -}}

{{- define "developer-mesh.redis.host" -}}
{{- $own := printf "%s-redis" .Release.Name -}}
{{- if include "developer-mesh.redis.embedded" . -}}
{{- $own -}}
{{- else -}}
{{- .Values.global.redis.host | default $own -}}
{{- end -}}
{{- end -}}

{{- define "developer-mesh.redis.port" -}}
{{- if include "developer-mesh.redis.embedded" . -}}
6379
{{- else -}}
{{- .Values.global.redis.port | default 6379 | int -}}
{{- end -}}
{{- end -}}

{{/* Redis' settings that are not secret, as KEY: value. */}}
{{- define "developer-mesh.redis.config" -}}
{{- $host := include "developer-mesh.redis.host" . -}}
{{- $port := include "developer-mesh.redis.port" . -}}
REDIS_HOST: {{ $host | quote }}
REDIS_PORT: {{ $port | quote }}
REDIS_ADDR: {{ printf "%s:%s" $host $port | quote }}
REDIS_DATABASE: {{ .Values.global.redis.database | int | quote }}
{{- end -}}

{{/*
Redis' password as container env, unless it has none.
  root      the chart's context
  optional  whether the service starts without the Secret too
*/}}
{{- define "developer-mesh.redis.env" -}}
{{- if .root.Values.global.redis.auth.enabled -}}
{{- include "developer-mesh.secretEnv" (dict "env" "REDIS_PASSWORD" "optional" .optional
      "secret" (include "developer-mesh.redis.secretName" .root) "key" (include "developer-mesh.redis.passwordKey" .root)) }}
{{- end }}
{{- end -}}

{{/* AWS settings that are not secret, as KEY: value; empty when AWS is not used. */}}
{{- define "developer-mesh.aws.config" -}}
{{- $aws := .Values.global.aws -}}
{{- with $aws.region }}
AWS_REGION: {{ . | quote }}
{{- end }}
{{- with $aws.s3.bucket }}
S3_BUCKET: {{ . | quote }}
S3_USE_PATH_STYLE: {{ $aws.s3.usePathStyle | quote }}
{{- end }}
{{- with $aws.s3.endpoint }}
S3_ENDPOINT: {{ . | quote }}
{{- end }}
{{- end -}}

{{/* "true" when pods get static AWS keys from a Secret. Never with IRSA: the pod's own identity is used then. */}}
{{- define "developer-mesh.aws.staticKeys" -}}
{{- $aws := .Values.global.aws -}}
{{- if and (not $aws.useIRSA) (or $aws.staticCredentials $aws.existingSecret $aws.accessKeyId) -}}
true
{{- end -}}
{{- end -}}

{{- define "developer-mesh.aws.env" -}}
{{- if include "developer-mesh.aws.staticKeys" . -}}
{{- $secret := include "developer-mesh.aws.secretName" . -}}
{{ include "developer-mesh.secretEnv" (dict "env" "AWS_ACCESS_KEY_ID" "secret" $secret "key" "access-key-id") }}
{{ include "developer-mesh.secretEnv" (dict "env" "AWS_SECRET_ACCESS_KEY" "secret" $secret "key" "secret-access-key") }}
{{- end }}
{{- end -}}

{{/* What every service reads, as KEY: value. */}}
{{- define "developer-mesh.common.config" -}}
{{- $global := .Values.global -}}
ENVIRONMENT: {{ $global.environment | quote }}
LOG_LEVEL: {{ .Values.config.logLevel | default $global.logging.level | quote }}
LOG_FORMAT: {{ $global.logging.format | quote }}
TRACING_ENABLED: {{ $global.tracing.enabled | quote }}
{{- if $global.tracing.enabled }}
OTLP_ENDPOINT: {{ $global.tracing.otlpEndpoint | quote }}
OTEL_EXPORTER_OTLP_ENDPOINT: {{ $global.tracing.otlpEndpoint | quote }}
TRACING_SAMPLING_RATE: {{ include "developer-mesh.scalar" $global.tracing.samplingRate | quote }}
{{- end }}
{{- end -}}

{{/*
The embedding providers of worker and rag-loader, as KEY: value.
  providers  config.providers of the service
  root       the chart's context
*/}}
{{- define "developer-mesh.providers.config" -}}
{{- $region := .root.Values.global.aws.region -}}
{{- with .providers.bedrock }}
MCP_EMBEDDING_PROVIDERS_BEDROCK_ENABLED: {{ .enabled | quote }}
{{- if .enabled }}
{{- with .region | default $region }}
MCP_EMBEDDING_PROVIDERS_BEDROCK_REGION: {{ . | quote }}
{{- end }}
{{- with .endpoint }}
MCP_EMBEDDING_PROVIDERS_BEDROCK_ENDPOINT: {{ . | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- with .providers.openai }}
MCP_EMBEDDING_PROVIDERS_OPENAI_ENABLED: {{ .enabled | quote }}
{{- end }}
{{- with .providers.google }}
MCP_EMBEDDING_PROVIDERS_GOOGLE_ENABLED: {{ .enabled | quote }}
{{- end }}
{{- end -}}
