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

{{/*
A port of a rule between pods, and the one at which a mesh's proxy takes it: root, port.
*/}}
{{- define "developer-mesh.network.port" -}}
- port: {{ .port }}
  protocol: TCP
{{- with include "developer-mesh.mesh.tunnelPort" .root }}
- port: {{ . }}
  protocol: TCP
{{- end }}
{{- end -}}

{{/* Ingress from services of this release: root, services, port. */}}
{{- define "developer-mesh.network.fromServices" -}}
- from:
    {{- range .services }}
    {{- include "developer-mesh.network.peer" (dict "root" $.root "service" .) | nindent 4 }}
    {{- end }}
  ports:
    {{- include "developer-mesh.network.port" . | nindent 4 }}
{{- end -}}

{{/*
Ingress from outside to the port `http`, once the service has an Ingress, an HTTPRoute or a Service that
is open to the outside. Where the controller runs is not known unless it is said: then any namespace
may call. Clients of an open Service come from any address, unless it is said which.
*/}}
{{- define "developer-mesh.network.fromIngress" -}}
{{- $policy := .Values.global.networkPolicy -}}
{{- $cidrs := $policy.ingressCIDRs -}}
{{- if and (not $cidrs) (ne .Values.service.type "ClusterIP") -}}
{{- $cidrs = list "0.0.0.0/0" "::/0" -}}
{{- end -}}
{{- if or (and .Values.ingress.enabled .Values.ingress.hosts) (include "developer-mesh.httpRoute.enabled" .) (ne .Values.service.type "ClusterIP") }}
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
    {{- include "developer-mesh.network.port" (dict "root" . "port" "http") | nindent 4 }}
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
    {{- include "developer-mesh.network.port" . | nindent 4 }}
{{- end }}
{{- end -}}

{{/* What is added by hand, for every service and for this one. */}}
{{- define "developer-mesh.network.extraIngress" -}}
{{- with concat .Values.global.networkPolicy.extraIngress .Values.networkPolicy.extraIngress -}}
{{- toYaml . -}}
{{- end -}}
{{- end -}}

{{- define "developer-mesh.network.extraEgress" -}}
{{- with concat .Values.global.networkPolicy.extraEgress .Values.networkPolicy.extraEgress -}}
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
    {{- range $dns.cidrs }}
    - ipBlock:
        cidr: {{ . | quote }}
    {{- end }}
  ports:
    {{- range $dns.ports }}
    - port: {{ . | int }}
      protocol: UDP
    - port: {{ . | int }}
      protocol: TCP
    {{- end }}
{{- end -}}

{{/*
Blocks of addresses: a list of CIDRs. "Anywhere" leaves out where clouds serve their metadata, and with
it the credentials of the node.
*/}}
{{- define "developer-mesh.network.blocks" -}}
{{- range $index, $cidr := . }}
{{- if $index }}
{{ end -}}
- ipBlock:
    cidr: {{ $cidr | quote }}
    {{- if eq $cidr "0.0.0.0/0" }}
    except: [169.254.169.254/32, 169.254.170.2/32, 169.254.170.23/32, 100.100.100.200/32]
    {{- else if eq $cidr "::/0" }}
    except: ["fd00:ec2::254/128", "fd00:ec2::23/128", "fd20:ce::254/128"]
    {{- end }}
{{- end }}
{{- end -}}

{{/* Any pod of any namespace, and any address but the cloud's metadata service. */}}
{{- define "developer-mesh.network.anywhere" -}}
- namespaceSelector: {}
{{ include "developer-mesh.network.blocks" (list "0.0.0.0/0" "::/0") }}
{{- end -}}

{{/* HTTPS to the outside (AWS, GitHub, model providers), but not to the cloud's metadata service. */}}
{{- define "developer-mesh.network.toHttps" -}}
{{- with .Values.global.networkPolicy.httpsCIDRs -}}
- to:
    {{- include "developer-mesh.network.blocks" . | nindent 4 }}
  ports:
    - port: 443
      protocol: TCP
{{- end -}}
{{- end -}}

{{/* The cloud's metadata service, for identities that pods get from there. */}}
{{- define "developer-mesh.network.toCloudMetadata" -}}
{{- if .Values.global.networkPolicy.allowCloudMetadata -}}
- to:
    - ipBlock:
        cidr: 169.254.169.254/32
    - ipBlock:
        cidr: 169.254.170.23/32
    - ipBlock:
        cidr: fd00:ec2::254/128
    - ipBlock:
        cidr: fd00:ec2::23/128
    - ipBlock:
        cidr: fd20:ce::254/128
  ports:
    - port: 80
      protocol: TCP
    # Where GKE's own server takes requests to the address.
    - port: 988
      protocol: TCP
{{- end -}}
{{- end -}}

{{/* Egress to a server: root, port, and a service of this release or else cidrs (none means anywhere). */}}
{{- define "developer-mesh.network.toServer" -}}
- to:
    {{- if .service }}
    {{- include "developer-mesh.network.peer" . | nindent 4 }}
    {{- else if .cidrs }}
    {{- include "developer-mesh.network.blocks" .cidrs | nindent 4 }}
    {{- else }}
    {{- include "developer-mesh.network.anywhere" . | nindent 4 }}
    {{- end }}
  ports:
    {{- include "developer-mesh.network.port" . | nindent 4 }}
{{- end -}}

{{/* The port of an address: the one that it names, or its scheme's. Addresses: a list, some may be empty. */}}
{{- define "developer-mesh.network.toUrls" -}}
{{- $ports := list -}}
{{- range without . "" -}}
{{- $named := regexFind ":[0-9]+(/|$)" . | regexFind "[0-9]+" -}}
{{- $ports = append $ports ($named | default (ternary "80" "443" (hasPrefix "http:" .))) -}}
{{- end -}}
{{- with without ($ports | uniq) "443" -}}
- to:
    {{- include "developer-mesh.network.anywhere" . | nindent 4 }}
  ports:
    {{- range . }}
    - port: {{ . }}
      protocol: TCP
    {{- end }}
{{- end -}}
{{- end -}}

{{/*
Egress to another service: this release's, or the address that the values give instead.
  root, service, port  as above
  url                  the address, or empty
*/}}
{{- define "developer-mesh.network.toService" -}}
{{- if .url -}}
{{- include "developer-mesh.network.toUrls" (list .url) -}}
{{- else -}}
{{- include "developer-mesh.network.toServer" . -}}
{{- end -}}
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
{{- if $tracing.enabled -}}
{{- $named := regexFind ":[0-9]+(/|$)" $tracing.otlpEndpoint | regexFind "[0-9]+" -}}
{{- $port := $named | default (ternary "443" "4317" (hasPrefix "https:" $tracing.otlpEndpoint)) -}}
{{- include "developer-mesh.network.toServer" (dict "root" . "port" $port) -}}
{{- end -}}
{{- end -}}

{{/* What every service may reach: DNS, HTTPS, the collector, its S3 and whatever is added by hand. */}}
{{- define "developer-mesh.network.commonEgress" -}}
{{- include "developer-mesh.join" (list
      (include "developer-mesh.network.toDns" .)
      (include "developer-mesh.network.toHttps" .)
      (include "developer-mesh.network.toUrls" (list .Values.global.aws.s3.endpoint))
      (include "developer-mesh.network.toCloudMetadata" .)
      (include "developer-mesh.network.toTracing" .)
      (include "developer-mesh.network.extraEgress" .)) -}}
{{- end -}}
