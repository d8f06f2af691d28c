{{/* The scripts of files/: what the image runs once, in an empty data directory, and what Jobs run. */}}
{{- define "postgresql.scripts" -}}
{{- $scripts := list "prepare.sql" "prepare.sh" -}}
{{- if .Values.backup.enabled -}}
{{- $scripts = concat $scripts (list "backup.sh" "restore.sh") -}}
{{- end -}}
{{- range $scripts }}
{{ . }}: |
  {{- $.Files.Get (printf "files/%s" .) | trimSuffix "\n" | nindent 2 }}
{{- end }}
{{- end -}}

{{/*
The pods of backup and restore. They carry a name of their own, so that the Service of the database does
not lead to them.
*/}}
{{- define "postgresql.backup.name" -}}
{{- printf "%s-backup" (include "developer-mesh.fullname" .) -}}
{{- end -}}

{{- define "postgresql.backup.labels" -}}
app.kubernetes.io/name: postgresql-backup
app.kubernetes.io/component: backup
{{- end -}}

{{- define "postgresql.backup.claim" -}}
{{- .Values.backup.persistence.existingClaim | default (include "postgresql.backup.name" .) -}}
{{- end -}}

{{/* What the pods of backup and restore have besides their containers. */}}
{{- define "postgresql.backup.podSpec" -}}
restartPolicy: Never
serviceAccountName: {{ include "postgresql.backup.name" . }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .Values.global.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- toYaml .Values.podSecurityContext | nindent 2 }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
volumes:
  - name: backups
    persistentVolumeClaim:
      claimName: {{ include "postgresql.backup.claim" . }}
  - name: scripts
    configMap:
      name: {{ include "developer-mesh.fullname" . }}
  - name: tmp
    emptyDir:
      sizeLimit: 64Mi
{{- end -}}

{{/*
A container that runs one of the scripts against the database.
  root    the chart's context
  name    the container's name
  script  backup.sh or restore.sh
  env     further env entries, as text
*/}}
{{- define "postgresql.backup.container" -}}
{{- $root := .root -}}
- name: {{ .name }}
  image: {{ include "developer-mesh.image" (dict "root" $root "image" $root.Values.image) }}
  imagePullPolicy: {{ include "developer-mesh.imagePullPolicy" $root }}
  securityContext:
    {{- toYaml $root.Values.global.security.containerSecurityContext | nindent 4 }}
  command: [/bin/sh, /scripts/{{ .script }}]
  env:
    - name: PGHOST
      value: {{ include "developer-mesh.fullname" $root | quote }}
    - name: PGPORT
      value: "5432"
    - name: PGUSER
      value: {{ $root.Values.global.database.username | quote }}
    - name: PGDATABASE
      value: {{ $root.Values.global.database.name | quote }}
    {{- include "developer-mesh.secretEnv" (dict "env" "PGPASSWORD"
          "secret" (include "developer-mesh.database.secretName" $root) "key" (include "developer-mesh.database.passwordKey" $root)) | nindent 4 }}
    - name: BACKUP_DIR
      value: /backups
    {{- .env | nindent 4 }}
  resources:
    {{- toYaml $root.Values.backup.resources | nindent 4 }}
  volumeMounts:
    - name: backups
      mountPath: /backups
    - name: scripts
      mountPath: /scripts
      readOnly: true
    - name: tmp
      mountPath: /tmp
{{- end -}}
