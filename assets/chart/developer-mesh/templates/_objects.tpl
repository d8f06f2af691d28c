{{/* Whole objects that are the same for each service. Each takes the subchart's context. */}}

{{- define "developer-mesh.configMap" -}}
apiVersion: v1
kind: ConfigMap
metadata:
  {{- include "developer-mesh.metadata" (dict "root" .) | nindent 2 }}
data:
  {{- include "developer-mesh.configData" . | nindent 2 }}
{{- end -}}

{{/* The service's own Secret, as its backend asks. */}}
{{- define "developer-mesh.service.secret" -}}
{{- $keys := include "developer-mesh.service.secretData" . | fromYaml -}}
{{- include "developer-mesh.secret" (dict "root" . "name" (include "developer-mesh.fullname" .) "remote" .Chart.Name "keys" $keys) -}}
{{- end -}}

{{- define "developer-mesh.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}
{{- $annotations := dict -}}
{{- $roleArn := .Values.serviceAccount.roleArn | default .Values.global.aws.roleArn -}}
{{- if and .Values.global.aws.useIRSA $roleArn -}}
{{- $_ := set $annotations "eks.amazonaws.com/role-arn" $roleArn -}}
{{- end -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- include "developer-mesh.metadata" (dict "root" . "name" (include "developer-mesh.serviceAccountName" .)
        "annotations" (merge dict (.Values.serviceAccount.annotations | default dict) $annotations)) | nindent 2 }}
automountServiceAccountToken: false
{{- end }}
{{- end -}}

{{/*
A Service.
  root   the chart's context
  ports  list of {name, port}; a port is served by the container port of the same name
*/}}
{{- define "developer-mesh.service" -}}
{{- $service := .root.Values.service -}}
apiVersion: v1
kind: Service
metadata:
  {{- include "developer-mesh.metadata" (dict "root" .root "annotations" $service.annotations) | nindent 2 }}
spec:
  type: {{ $service.type }}
  selector:
    {{- include "developer-mesh.selectorLabels" .root | nindent 4 }}
  ports:
    {{- range .ports }}
    - name: {{ .name }}
      port: {{ .port | int }}
      targetPort: {{ .name }}
      protocol: TCP
      appProtocol: http
    {{- end }}
{{- end -}}

{{- define "developer-mesh.hpa" -}}
{{- $autoscaling := .Values.autoscaling -}}
{{- if $autoscaling.enabled }}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  {{- include "developer-mesh.metadata" (dict "root" .) | nindent 2 }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ include "developer-mesh.fullname" . }}
  {{- if lt (int $autoscaling.maxReplicas) (int $autoscaling.minReplicas) }}
  {{- fail (printf "%s.autoscaling.maxReplicas is %d: it must be at least minReplicas, which is %d" .Chart.Name (int $autoscaling.maxReplicas) (int $autoscaling.minReplicas)) }}
  {{- end }}
  minReplicas: {{ $autoscaling.minReplicas | int }}
  maxReplicas: {{ $autoscaling.maxReplicas | int }}
  metrics:
    {{- range $resource, $target := dict "cpu" $autoscaling.targetCPUUtilizationPercentage "memory" $autoscaling.targetMemoryUtilizationPercentage }}
    {{- if $target }}
    - type: Resource
      resource:
        name: {{ $resource }}
        target:
          type: Utilization
          averageUtilization: {{ $target | int }}
    {{- end }}
    {{- end }}
  {{- with $autoscaling.behavior }}
  behavior:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- end -}}

{{/*
A disruption budget. One that as few pods as there may be can never meet would block every drain of
a node: then one pod at a time may go instead.
*/}}
{{- define "developer-mesh.pdb" -}}
{{- $budget := .Values.podDisruptionBudget -}}
{{- if $budget.enabled }}
{{- $replicas := .Values.autoscaling.enabled | ternary .Values.autoscaling.minReplicas .Values.replicaCount | int -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "developer-mesh.metadata" (dict "root" .) | nindent 2 }}
spec:
  {{- if or (kindIs "string" $budget.minAvailable) (and $budget.minAvailable (lt (int $budget.minAvailable) $replicas)) }}
  minAvailable: {{ $budget.minAvailable }}
  {{- else }}
  maxUnavailable: {{ $budget.maxUnavailable | default 1 }}
  {{- end }}
  # Pods that are broken already must not keep a node from being drained.
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "developer-mesh.selectorLabels" . | nindent 6 }}
{{- end }}
{{- end -}}

{{/*
An Ingress, once it is enabled and has a host: without one it would claim every host of the
controller.
  root         the chart's context
  annotations  optional: what the service needs of a controller; ingress.annotations win over it
TLS: ingress.tls as it is given (hosts by default all of them); else, with a cert-manager issuer, a
certificate for all hosts in the Secret NAME-tls.
*/}}
{{- define "developer-mesh.ingress" -}}
{{- $ingress := .root.Values.ingress -}}
{{- if and $ingress.enabled $ingress.hosts }}
{{- $fullname := include "developer-mesh.fullname" .root -}}
{{- $certManager := $ingress.certManager | default dict -}}
{{- if and $certManager.issuer $certManager.clusterIssuer -}}
{{- fail (printf "%s.ingress.certManager has both issuer and clusterIssuer: set one of them" .root.Chart.Name) -}}
{{- end -}}
{{- $annotations := merge dict ($ingress.annotations | default dict) (.annotations | default dict) -}}
{{- with $certManager.issuer -}}
{{- $_ := set $annotations "cert-manager.io/issuer" . -}}
{{- end -}}
{{- with $certManager.clusterIssuer -}}
{{- $_ := set $annotations "cert-manager.io/cluster-issuer" . -}}
{{- end -}}
{{- $hosts := list -}}
{{- range $ingress.hosts -}}
{{- $hosts = append $hosts .host -}}
{{- end -}}
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  {{- include "developer-mesh.metadata" (dict "root" .root "annotations" $annotations) | nindent 2 }}
spec:
  {{- with $ingress.className }}
  ingressClassName: {{ . }}
  {{- end }}
  {{- if $ingress.tls }}
  tls:
    {{- range $ingress.tls }}
    - secretName: {{ .secretName }}
      hosts:
        {{- toYaml (.hosts | default $hosts) | nindent 8 }}
    {{- end }}
  {{- else if or $certManager.issuer $certManager.clusterIssuer }}
  tls:
    - secretName: {{ $fullname }}-tls
      hosts:
        {{- toYaml $hosts | nindent 8 }}
  {{- end }}
  rules:
    {{- range $ingress.hosts }}
    - host: {{ .host | quote }}
      http:
        paths:
          {{- range .paths | default (list (dict "path" "/")) }}
          - path: {{ .path }}
            pathType: {{ .pathType | default "Prefix" }}
            backend:
              service:
                name: {{ $fullname }}
                port:
                  name: http
          {{- end }}
    {{- end }}
{{- end }}
{{- end -}}

{{/*
"true" when the service has a route of the Gateway API: it is enabled and has a host (one without would
claim every host of the Gateway).
*/}}
{{- define "developer-mesh.httpRoute.enabled" -}}
{{- if and .Values.httpRoute.enabled .Values.httpRoute.hostnames -}}
true
{{- end -}}
{{- end -}}

{{/* "true" when the Gateway of this release serves TLS. */}}
{{- define "developer-mesh.gateway.tls" -}}
{{- $tls := .Values.global.gateway.tls -}}
{{- if or $tls.secretName $tls.certManager.issuer $tls.certManager.clusterIssuer -}}
true
{{- end -}}
{{- end -}}

{{/* The name of the Gateway's listener for a host: the host, which may begin with a wildcard. */}}
{{- define "developer-mesh.gateway.listener" -}}
{{- replace "*" "any" . -}}
{{- end -}}

{{/*
An HTTPRoute, which leads all requests for its hosts to the service's port `http`. It attaches to
httpRoute.parentRefs; else to the listeners that the release's Gateway has for its hosts; else to the
Gateway that global.gateway names.
*/}}
{{- define "developer-mesh.httpRoute" -}}
{{- if include "developer-mesh.httpRoute.enabled" . }}
{{- $route := .Values.httpRoute -}}
{{- $gateway := .Values.global.gateway -}}
{{- $parents := $route.parentRefs -}}
{{- if not $parents -}}
{{- if and $gateway.create (include "developer-mesh.gateway.tls" .) -}}
{{- range $route.hostnames -}}
{{- $parents = append $parents (dict "name" (printf "%s-gateway" $.Release.Name) "sectionName" (include "developer-mesh.gateway.listener" .)) -}}
{{- end -}}
{{- else if $gateway.create -}}
{{- $parents = list (dict "name" (printf "%s-gateway" .Release.Name) "sectionName" "http") -}}
{{- else -}}
{{- $parent := dict "name" $gateway.name -}}
{{- with $gateway.namespace -}}
{{- $_ := set $parent "namespace" . -}}
{{- end -}}
{{- with $gateway.sectionName -}}
{{- $_ := set $parent "sectionName" . -}}
{{- end -}}
{{- $parents = list $parent -}}
{{- end -}}
{{- end -}}
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  {{- include "developer-mesh.metadata" (dict "root" . "annotations" $route.annotations) | nindent 2 }}
spec:
  parentRefs:
    {{- toYaml $parents | nindent 4 }}
  hostnames:
    {{- toYaml $route.hostnames | nindent 4 }}
  rules:
    - matches:
        {{- range $route.paths | default (list "/") }}
        - path:
            type: PathPrefix
            value: {{ . }}
        {{- end }}
      backendRefs:
        - name: {{ include "developer-mesh.fullname" . }}
          port: {{ .Values.service.port | int }}
      {{- with $route.requestTimeout }}
      timeouts:
        request: {{ . }}
      {{- end }}
{{- end }}
{{- end -}}

{{/*
A ServiceMonitor.
  root  the chart's context
  port  the name of the port that serves /metrics
*/}}
{{- define "developer-mesh.serviceMonitor" -}}
{{- $monitoring := .root.Values.global.monitoring -}}
{{- $own := .root.Values.serviceMonitor -}}
{{- if and $monitoring.enabled $own.enabled }}
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata:
  {{- include "developer-mesh.metadata" (dict "root" .root
        "labels" (merge dict ($own.labels | default dict) (include "developer-mesh.monitoring.labels" .root | fromYaml))) | nindent 2 }}
spec:
  selector:
    matchLabels:
      {{- include "developer-mesh.selectorLabels" .root | nindent 6 }}
  endpoints:
    - port: {{ .port }}
      path: /metrics
      interval: {{ $own.interval | default $monitoring.interval }}
      scrapeTimeout: {{ $own.scrapeTimeout | default $monitoring.scrapeTimeout }}
{{- end }}
{{- end -}}

{{/* The label by which the Prometheus operator finds monitors and rules. */}}
{{- define "developer-mesh.monitoring.labels" -}}
{{- $monitoring := .Values.global.monitoring -}}
{{- if $monitoring.prometheusLabel }}
{{ $monitoring.prometheusLabelKey }}: {{ $monitoring.prometheusLabel | quote }}
{{- end }}
{{- end -}}

{{/*
The claim of an embedded database, as a field of its StatefulSet. Its labels never change, a
StatefulSet's claims cannot.
*/}}
{{- define "developer-mesh.dataVolumeClaim" -}}
{{- $persistence := .Values.persistence -}}
{{- if $persistence.enabled -}}
# Data outlive the release; whoever uninstalls for good removes the claim by hand.
persistentVolumeClaimRetentionPolicy:
  whenDeleted: Retain
  whenScaled: Retain
volumeClaimTemplates:
  - apiVersion: v1
    kind: PersistentVolumeClaim
    metadata:
      name: data
      labels:
        {{- include "developer-mesh.selectorLabels" . | nindent 8 }}
    spec:
      accessModes: [ReadWriteOnce]
      {{- with $persistence.storageClass }}
      storageClassName: {{ . }}
      {{- end }}
      resources:
        requests:
          storage: {{ $persistence.size }}
{{- end }}
{{- end -}}
