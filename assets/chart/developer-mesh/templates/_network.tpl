{{/*
Peers and rules of network policies. A service's own policies lie in its subchart; the default deny is
the umbrella's. Rules take the subchart's context unless they say otherwise.
*/}}

{{/* The pods of another service of this release: root, service. */}}
{{- define "developer-mesh.network.peer" -}}
- podSelector:
    matchLabels:
      app.kubernetes.io/instance: {{ .root.Release.Name }}
      app.kubernetes.io/name: {{ .service }}
{{- end -}}

{{/* Ingress from services of this release: root, services, port. */}}
{{- define "developer-mesh.network.fromServices" -}}
- from:
    {{- range .services }}
    {{- include "developer-mesh.network.peer" (dict "root" $.root "service" .) | nindent 4 }}
    {{- end }}
  ports:
    - port: {{ .port }}
      protocol: TCP
{{- end -}}

{{/*
Ingress from outside to the port `http`, once the service has an Ingress or a Service that is open to
the outside. Where the controller runs is not known unless it is said: then any namespace may call.
Clients of an open Service come from any address, unless it is said which.
*/}}
{{- define "developer-mesh.network.fromIngress" -}}
{{- $policy := .Values.global.networkPolicy -}}
{{- $cidrs := $policy.ingressCIDRs -}}
{{- if and (not $cidrs) (ne .Values.service.type "ClusterIP") -}}
{{- $cidrs = list "0.0.0.0/0" "::/0" -}}
{{- end -}}
{{- if or (and .Values.ingress.enabled .Values.ingress.hosts) (ne .Values.service.type "ClusterIP") }}
- from:
    {{- if $policy.ingressNamespace }}
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: {{ $policy.ingressNamespace }}
    {{- else }}
    - namespaceSelector: {}
    {{- end }}
    {{- range $cidrs }}
    - ipBlock:
        cidr: {{ . | quote }}
    {{- end }}
  ports:
    - port: http
      protocol: TCP
{{- end }}
{{- end -}}

{{/* Ingress from Prometheus: root, port. */}}
{{- define "developer-mesh.network.fromMonitoring" -}}
{{- $global := .root.Values.global -}}
{{- if $global.monitoring.enabled }}
- from:
    {{- if $global.networkPolicy.monitoringNamespace }}
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: {{ $global.networkPolicy.monitoringNamespace }}
    {{- else }}
    - namespaceSelector: {}
    {{- end }}
  ports:
    - port: {{ .port }}
      protocol: TCP
{{- end }}
{{- end -}}

{{- define "developer-mesh.network.extraIngress" -}}
{{- with .Values.global.networkPolicy.extraIngress -}}
{{- toYaml . -}}
{{- end -}}
{{- end -}}

{{- define "developer-mesh.network.extraEgress" -}}
{{- with .Values.global.networkPolicy.extraEgress -}}
{{- toYaml . -}}
{{- end -}}
{{- end -}}

{{- define "developer-mesh.network.toDns" -}}
{{- $dns := .Values.global.networkPolicy.dns -}}
- to:
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: {{ $dns.namespace }}
      podSelector:
        matchLabels:
          {{- toYaml $dns.podLabels | nindent 10 }}
  ports:
    - port: 53
      protocol: UDP
    - port: 53
      protocol: TCP
{{- end -}}

{{/* HTTPS to the outside (AWS, GitHub, model providers), but not to the cloud's metadata service. */}}
{{- define "developer-mesh.network.toHttps" -}}
{{- $policy := .Values.global.networkPolicy -}}
- to:
    {{- range $policy.httpsCIDRs }}
    - ipBlock:
        cidr: {{ . | quote }}
        {{- if eq . "0.0.0.0/0" }}
        except: [169.254.169.254/32]
        {{- else if eq . "::/0" }}
        except: ["fd00:ec2::254/128", "fd20:ce::254/128"]
        {{- end }}
    {{- end }}
  ports:
    - port: 443
      protocol: TCP
{{- end -}}

{{/* Egress to a server: root, port, and a service of this release or else cidrs (none means anywhere). */}}
{{- define "developer-mesh.network.toServer" -}}
- ports:
    - port: {{ .port }}
      protocol: TCP
  {{- if .service }}
  to:
    {{- include "developer-mesh.network.peer" . | nindent 4 }}
  {{- else if .cidrs }}
  to:
    {{- range .cidrs }}
    - ipBlock:
        cidr: {{ . | quote }}
    {{- end }}
  {{- end }}
{{- end -}}

{{- define "developer-mesh.network.toDatabase" -}}
{{- $embedded := include "developer-mesh.database.embedded" . -}}
{{- include "developer-mesh.network.toServer" (dict "root" . "service" (ternary "postgresql" "" (eq $embedded "true"))
      "cidrs" .Values.global.networkPolicy.databaseCIDRs "port" (include "developer-mesh.database.port" .)) -}}
{{- end -}}

{{- define "developer-mesh.network.toRedis" -}}
{{- $embedded := include "developer-mesh.redis.embedded" . -}}
{{- include "developer-mesh.network.toServer" (dict "root" . "service" (ternary "redis" "" (eq $embedded "true"))
      "cidrs" .Values.global.networkPolicy.redisCIDRs "port" (include "developer-mesh.redis.port" .)) -}}
{{- end -}}

{{/* Egress to the tracing collector, at the port of its address. */}}
{{- define "developer-mesh.network.toTracing" -}}
{{- $tracing := .Values.global.tracing -}}
{{- if $tracing.enabled }}
- ports:
    - port: {{ regexFind ":[0-9]+(/|$)" $tracing.otlpEndpoint | regexFind "[0-9]+" | default "4317" }}
      protocol: TCP
{{- end }}
{{- end -}}

{{/* What every service may reach: DNS, HTTPS, the collector and whatever is added by hand. */}}
{{- define "developer-mesh.network.commonEgress" -}}
{{- include "developer-mesh.join" (list
      (include "developer-mesh.network.toDns" .)
      (include "developer-mesh.network.toHttps" .)
      (include "developer-mesh.network.toTracing" .)
      (include "developer-mesh.network.extraEgress" .)) -}}
{{- end -}}
