{{/*
Which Secret holds which key. The chart never generates a value. For each Secret, the first that is
set decides:
  existingSecret                 that Secret is referenced and nothing is rendered
  global.externalSecrets.enabled an ExternalSecret fills the conventional name
  a value given in plain         a Secret of the conventional name is rendered
  none of them                   the conventional name is referenced and must exist
The shared Secrets are RELEASE-database, -redis, -security and -aws; a service's own is RELEASE-SERVICE.
*/}}

{{- define "developer-mesh.database.secretName" -}}
{{- .Values.global.database.existingSecret | default (printf "%s-database" .Release.Name) -}}
{{- end -}}

{{- define "developer-mesh.database.passwordKey" -}}
{{- if .Values.global.database.existingSecret -}}
{{- .Values.global.database.existingSecretPasswordKey | default "password" -}}
{{- else -}}
password
{{- end -}}
{{- end -}}

{{- define "developer-mesh.redis.secretName" -}}
{{- .Values.global.redis.existingSecret | default (printf "%s-redis" .Release.Name) -}}
{{- end -}}

{{- define "developer-mesh.redis.passwordKey" -}}
{{- if .Values.global.redis.existingSecret -}}
{{- .Values.global.redis.existingSecretPasswordKey | default "password" -}}
{{- else -}}
password
{{- end -}}
{{- end -}}

{{- define "developer-mesh.security.secretName" -}}
{{- printf "%s-security" .Release.Name -}}
{{- end -}}

{{- define "developer-mesh.aws.secretName" -}}
{{- .Values.global.aws.existingSecret | default (printf "%s-aws" .Release.Name) -}}
{{- end -}}

{{/* One container env entry that reads a Secret: env, secret, key, optional. */}}
{{- define "developer-mesh.secretEnv" -}}
- name: {{ .env }}
  valueFrom:
    secretKeyRef:
      name: {{ .secret }}
      key: {{ .key }}
      {{- if .optional }}
      optional: true
      {{- end }}
{{- end -}}

{{- define "developer-mesh.jwt.env" -}}
{{- $jwt := .Values.global.security.jwt -}}
{{- if $jwt.existingSecret -}}
{{- include "developer-mesh.secretEnv" (dict "env" "JWT_SECRET" "secret" $jwt.existingSecret "key" ($jwt.existingSecretKeyName | default "jwt-secret")) -}}
{{- else -}}
{{- include "developer-mesh.secretEnv" (dict "env" "JWT_SECRET" "secret" (include "developer-mesh.security.secretName" .) "key" "jwt-secret") -}}
{{- end -}}
{{- end -}}

{{- define "developer-mesh.encryption.env" -}}
{{- $security := .Values.global.security -}}
{{- if $security.existingSecret -}}
{{- include "developer-mesh.secretEnv" (dict "env" "ENCRYPTION_MASTER_KEY" "secret" $security.existingSecret "key" ($security.existingSecretKeyName | default "encryption-master-key")) -}}
{{- else -}}
{{- include "developer-mesh.secretEnv" (dict "env" "ENCRYPTION_MASTER_KEY" "secret" (include "developer-mesh.security.secretName" .) "key" "encryption-master-key") -}}
{{- end -}}
{{- end -}}

{{/*
The shared Secrets as a map NAME: {remote, keys: {KEY: literal or ""}}, without those that exist
elsewhere. `remote` is the last part of the name in an external store.
*/}}
{{- define "developer-mesh.sharedSecrets" -}}
{{- $global := .Values.global -}}
{{- $secrets := dict -}}
{{- if not $global.database.existingSecret -}}
{{- $_ := set $secrets (include "developer-mesh.database.secretName" .) (dict "remote" "database"
      "keys" (dict "password" ($global.database.password | default ""))) -}}
{{- end -}}
{{- if and $global.redis.auth.enabled (not $global.redis.existingSecret) -}}
{{- $_ := set $secrets (include "developer-mesh.redis.secretName" .) (dict "remote" "redis"
      "keys" (dict "password" ($global.redis.password | default ""))) -}}
{{- end -}}
{{- $security := dict -}}
{{- if not $global.security.jwt.existingSecret -}}
{{- $_ := set $security "jwt-secret" ($global.security.jwt.secret | default "") -}}
{{- end -}}
{{- if not $global.security.existingSecret -}}
{{- $_ := set $security "encryption-master-key" ($global.security.encryptionMasterKey | default "") -}}
{{- end -}}
{{- if $security -}}
{{- $_ := set $secrets (include "developer-mesh.security.secretName" .) (dict "remote" "security" "keys" $security) -}}
{{- end -}}
{{- if and (include "developer-mesh.aws.staticKeys" .) (not $global.aws.existingSecret) -}}
{{- $_ := set $secrets (include "developer-mesh.aws.secretName" .) (dict "remote" "aws"
      "keys" (dict "access-key-id" ($global.aws.accessKeyId | default "") "secret-access-key" ($global.aws.secretAccessKey | default ""))) -}}
{{- end -}}
{{- toYaml $secrets -}}
{{- end -}}

{{/* A service's own Secret. Its keys come from the subchart's table, "SERVICE.secretKeys". */}}
{{- define "developer-mesh.service.secretName" -}}
{{- .Values.secrets.existingSecret | default (include "developer-mesh.fullname" .) -}}
{{- end -}}

{{- define "developer-mesh.service.secretEnv" -}}
{{- $secret := include "developer-mesh.service.secretName" . -}}
{{- $entries := list -}}
{{- range $key, $spec := include (printf "%s.secretKeys" .Chart.Name) . | fromYaml -}}
{{- $entries = append $entries (include "developer-mesh.secretEnv" (dict "env" $spec.env "secret" $secret "key" $key "optional" $spec.optional)) -}}
{{- end -}}
{{- join "\n" $entries -}}
{{- end -}}

{{/*
The keys of a service's Secret as KEY: literal or "": those that it must have, those that were given
and, from an external store, those whose feature is on: a key that the store lacks fails the whole Secret.
*/}}
{{- define "developer-mesh.service.secretData" -}}
{{- $data := dict -}}
{{- if not .Values.secrets.existingSecret -}}
{{- range $key, $spec := include (printf "%s.secretKeys" .Chart.Name) . | fromYaml -}}
{{- $literal := index $.Values.secrets $spec.value | default "" -}}
{{- if or $literal (not $spec.optional) (and $spec.used $.Values.global.externalSecrets.enabled) -}}
{{- $_ := set $data $key $literal -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toYaml $data -}}
{{- end -}}

{{/*
A Secret or an ExternalSecret, whichever the backend asks for; nothing when the Secret is to exist already.
  root         the chart's context
  name         the Secret's name
  remote       the last part of its name in the external store
  keys         KEY: literal or ""
  annotations  optional
*/}}
{{- define "developer-mesh.secret" -}}
{{- $external := .root.Values.global.externalSecrets -}}
{{- if and $external.enabled .keys }}
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  {{- include "developer-mesh.metadata" . | nindent 2 }}
spec:
  refreshInterval: {{ $external.refreshInterval }}
  secretStoreRef:
    name: {{ $external.secretStoreRef.name }}
    kind: {{ $external.secretStoreRef.kind }}
  target:
    name: {{ .name }}
    creationPolicy: Owner
    deletionPolicy: Retain
  data:
    {{- $remote := trimPrefix "/" (printf "%s/%s" (trimSuffix "/" $external.remoteKeyPrefix) .remote) }}
    {{- range $key := keys .keys | sortAlpha }}
    - secretKey: {{ $key }}
      remoteRef:
        key: {{ $remote }}
        property: {{ $key }}
    {{- end }}
{{- else if include "developer-mesh.secret.given" .keys }}
apiVersion: v1
kind: Secret
metadata:
  {{- include "developer-mesh.metadata" . | nindent 2 }}
type: Opaque
data:
  {{- range $key, $literal := .keys }}
  {{- if and $literal (not (kindIs "string" $literal)) }}
  {{- fail (printf "the value for the key %q of the Secret %q is not a string: put it in quotes, or use --set-string" $key $.name) }}
  {{- else if not $literal }}
  {{- fail (printf "the Secret %q would lack the key %q: give a value for all of its keys, or for none and create the Secret yourself" $.name $key) }}
  {{- end }}
  {{ $key }}: {{ $literal | b64enc }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* "true" when at least one of the keys has a literal value. */}}
{{- define "developer-mesh.secret.given" -}}
{{- if without (values .) "" }}true{{ end -}}
{{- end -}}

{{/*
The checksum of everything that this chart writes into Secrets from plain values and the service may
read, so that a changed value restarts its pods; empty when no value is given in plain. One sum over
all of them: with the generated keys among them it is of no use for guessing a weak password.
*/}}
{{- define "developer-mesh.secretChecksum" -}}
{{- if not .Values.global.externalSecrets.enabled -}}
{{- $given := list -}}
{{- range $name, $secret := include "developer-mesh.sharedSecrets" . | fromYaml -}}
{{- if include "developer-mesh.secret.given" $secret.keys -}}
{{- $given = append $given (toJson $secret.keys) -}}
{{- end -}}
{{- end -}}
{{- if .Values.secrets -}}
{{- $own := include "developer-mesh.service.secretData" . | fromYaml -}}
{{- if include "developer-mesh.secret.given" $own -}}
{{- $given = append $given (toJson $own) -}}
{{- end -}}
{{- end -}}
{{- if $given -}}
{{- join "\n" $given | sha256sum -}}
{{- end -}}
{{- end -}}
{{- end -}}
