{{/* What the image runs once, in an empty data directory: the extension and schemas that the platform expects. */}}
{{- define "postgresql.initScripts" -}}
10-developer-mesh.sql: |
  CREATE EXTENSION IF NOT EXISTS vector;
  CREATE SCHEMA IF NOT EXISTS mcp;
  CREATE SCHEMA IF NOT EXISTS rag;
{{- end -}}
