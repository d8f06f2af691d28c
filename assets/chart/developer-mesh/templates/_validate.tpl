{{/*
Choices that contradict each other or mean nothing. All of them are named at once, so that nobody has to fix one to
learn of the next. It is called in the umbrella's scope, where the switches of all subcharts are seen.
*/}}
{{- define "developer-mesh.validate" -}}
{{- $global := .Values.global -}}
{{- $problems := list -}}

{{- if not (has $global.environment (list "development" "staging" "production")) -}}
{{- $problems = append $problems (printf "global.environment is %q: it must be development, staging or production" (toString $global.environment)) -}}
{{- end -}}
{{- if gt (len .Release.Name) 40 -}}
{{- $problems = append $problems (printf "the release's name %q is longer than 40 characters: names of objects made from it would be too long" .Release.Name) -}}
{{- end -}}

{{- range $chart, $settings := dict "postgresql" (dict "key" "database" "name" "database") "redis" (dict "key" "redis" "name" "Redis") -}}
{{- $enabled := (index $.Values $chart).enabled -}}
{{- $server := index $global $settings.key -}}
{{- $key := printf "global.%s" $settings.key -}}
{{- if kindIs "bool" $server.embedded -}}
{{- if and $server.embedded (not $enabled) -}}
{{- $problems = append $problems (printf "%s.embedded is true but %s.enabled is false: set both or neither" $key $chart) -}}
{{- else if and $enabled (not $server.embedded) -}}
{{- $problems = append $problems (printf "%s.enabled is true but %s.embedded is false: set both or neither" $chart $key) -}}
{{- end -}}
{{- else if not (kindIs "invalid" $server.embedded) -}}
{{- $problems = append $problems (printf "%s.embedded is %q: it must be true, false or left out" $key (toString $server.embedded)) -}}
{{- else if and $enabled $server.host -}}
{{- $problems = append $problems (printf "%s.enabled is true and %s.host is %q: set %s.embedded to true to use the %s of this release, or switch it off" $chart $key $server.host $key $settings.name) -}}
{{- end -}}
{{- end -}}

{{- if and ((.Values.postgresql).backup).enabled (not .Values.postgresql.enabled) -}}
{{- $problems = append $problems "postgresql.backup.enabled is true but postgresql.enabled is false: an external database is backed up where it runs" -}}
{{- end -}}

{{- if and $global.serviceMesh.ambient (ne $global.serviceMesh.provider "istio") -}}
{{- $problems = append $problems "global.serviceMesh.ambient is true: it is a mode of Istio, so set global.serviceMesh.provider to istio" -}}
{{- end -}}

{{- $gateway := $global.gateway -}}
{{- if and $gateway.create (not $gateway.className) -}}
{{- $problems = append $problems "global.gateway.create is true: global.gateway.className must say who serves it" -}}
{{- end -}}
{{- if and $gateway.create $gateway.name -}}
{{- $problems = append $problems "global.gateway.create is true and global.gateway.name names another one: set one of them" -}}
{{- end -}}
{{- if and $gateway.tls.certManager.issuer $gateway.tls.certManager.clusterIssuer -}}
{{- $problems = append $problems "global.gateway.tls.certManager has both issuer and clusterIssuer: set one of them" -}}
{{- end -}}
{{- range $service := include "developer-mesh.services.names" "port" | splitList "," -}}
{{- $values := index $.Values $service -}}
{{- if and $values.enabled $values.httpRoute.enabled $values.httpRoute.hostnames (not (or $values.httpRoute.parentRefs $gateway.name $gateway.create)) -}}
{{- $problems = append $problems (printf "%s.httpRoute.enabled is true: say which Gateway it attaches to, with global.gateway.name or %s.httpRoute.parentRefs, or create one with global.gateway.create" $service $service) -}}
{{- end -}}
{{- end -}}

{{- $sslModes := list "disable" "require" "verify-ca" "verify-full" -}}
{{- if and $global.database.sslMode (not (has $global.database.sslMode $sslModes)) -}}
{{- $problems = append $problems (printf "global.database.sslMode is %q: it must be one of %s, or empty" (toString $global.database.sslMode) (join ", " $sslModes)) -}}
{{- end -}}
{{- range $service := include "developer-mesh.services.names" "all" | splitList "," -}}
{{- $values := index $.Values $service -}}
{{- if and $values.enabled (not (has $values.podAntiAffinity (list "soft" "hard" "none"))) -}}
{{- $problems = append $problems (printf "%s.podAntiAffinity is %q: it must be soft, hard or none" $service (toString $values.podAntiAffinity)) -}}
{{- end -}}
{{- end -}}

{{- if and $global.aws.useIRSA (or $global.aws.accessKeyId $global.aws.existingSecret $global.aws.staticCredentials) -}}
{{- $problems = append $problems "global.aws.useIRSA is true and static AWS credentials are given: with IRSA there are no keys anywhere, so choose one" -}}
{{- end -}}
{{- if and $global.externalSecrets.enabled (not $global.externalSecrets.secretStoreRef.name) -}}
{{- $problems = append $problems "global.externalSecrets.enabled is true: global.externalSecrets.secretStoreRef.name must name a store" -}}
{{- end -}}
{{- if and $global.tracing.enabled (not $global.tracing.otlpEndpoint) -}}
{{- $problems = append $problems "global.tracing.enabled is true: global.tracing.otlpEndpoint must say where traces go" -}}
{{- end -}}

{{- /* Other services reach these two at their standard ports unless they are told another address. */ -}}
{{- $restApi := index .Values "rest-api" -}}
{{- $edgeMcp := index .Values "edge-mcp" -}}
{{- if and $restApi.enabled (ne (int $restApi.service.port) 8080) -}}
{{- if and $edgeMcp.enabled (not $edgeMcp.config.devMeshUrl) -}}
{{- $problems = append $problems "rest-api.service.port is not 8080: set edge-mcp.config.devMeshUrl to the address of rest-api" -}}
{{- end -}}
{{- if and .Values.worker.enabled .Values.worker.waitForRestApi (not .Values.worker.config.restApiUrl) -}}
{{- $problems = append $problems "rest-api.service.port is not 8080: set worker.config.restApiUrl to the address of rest-api" -}}
{{- end -}}
{{- end -}}
{{- if and $restApi.enabled $edgeMcp.enabled (ne (int $edgeMcp.service.port) 8082) (not $restApi.config.mcpServerUrl) -}}
{{- $problems = append $problems "edge-mcp.service.port is not 8082: set rest-api.config.mcpServerUrl to the address of edge-mcp" -}}
{{- end -}}

{{- if $problems -}}
{{- fail (printf "these values cannot be used:\n- %s" (join "\n- " $problems)) -}}
{{- end -}}
{{- end -}}

{{/*
The enabled services that need something, as a comma-separated list; only in the umbrella's scope.
  root      the umbrella's context
  services  the services that would need it
*/}}
{{- define "developer-mesh.enabledAmong" -}}
{{- $enabled := list -}}
{{- range .services -}}
{{- if (index $.root.Values .).enabled -}}
{{- $enabled = append $enabled . -}}
{{- end -}}
{{- end -}}
{{- join "," $enabled -}}
{{- end -}}
