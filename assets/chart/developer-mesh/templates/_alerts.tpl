{{/*
The alerts, each by a template of its subject. They take the umbrella's context; `selectors` are the
matchers that name this release's pods, services and so on.
*/}}

{{/*
One alert.
  root         the umbrella's context
  name         after DeveloperMesh
  expr         the expression
  for          how long it must hold
  severity     critical: somebody is woken up; warning: somebody looks during the day
  summary      one line
  description  what it means and what to look at
*/}}
{{- define "developer-mesh.alert" -}}
{{- $alerts := .root.Values.global.monitoring.alerts -}}
- alert: DeveloperMesh{{ .name }}
  expr: |
    {{- .expr | trim | nindent 4 }}
  for: {{ .for }}
  labels:
    {{- toYaml (merge (dict "severity" .severity) $alerts.labels) | nindent 4 }}
  annotations:
    summary: {{ .summary | quote }}
    description: {{ .description | quote }}
    {{- with $alerts.runbookUrl }}
    runbook_url: {{ printf "%s#developermesh%s" . (lower $.name) | quote }}
    {{- end }}
{{- end -}}

{{/* The matchers of this release's series, as a map. Names of services that are off have no series. */}}
{{- define "developer-mesh.alerts.selectors" -}}
{{- $namespace := printf "namespace=%q" (include "developer-mesh.namespace" .) -}}
{{- $names := include "developer-mesh.services.names" "all" | replace "," "|" -}}
{{- $services := printf "%s-(%s)" .Release.Name $names -}}
{{- $all := printf "%s-(%s|postgresql|redis)" .Release.Name $names -}}
services: {{ printf "%s,service=~%q" $namespace $services | quote }}
deployments: {{ printf "%s,deployment=~%q" $namespace $services | quote }}
sets: {{ printf "%s,statefulset=~%q" $namespace (printf "%s-(postgresql|redis)" .Release.Name) | quote }}
pods: {{ printf "%s,pod=~%q" $namespace (printf "%s-.*" $all) | quote }}
containers: {{ printf "%s,pod=~%q,container!=\"\",container!=\"POD\"" $namespace (printf "%s-.*" $all) | quote }}
autoscalers: {{ printf "%s,horizontalpodautoscaler=~%q" $namespace $services | quote }}
claims: {{ printf "%s,persistentvolumeclaim=~%q" $namespace (printf "data-%s-(postgresql|redis)-.*|%s-postgresql-backup" .Release.Name .Release.Name) | quote }}
namespace: {{ $namespace | quote }}
{{- end -}}

{{- define "developer-mesh.alerts.requests" -}}
{{- $alerts := .Values.global.monitoring.alerts -}}
{{- $select := include "developer-mesh.alerts.selectors" . | fromYaml -}}
{{- $latency := include "developer-mesh.scalar" $alerts.latencySeconds -}}
{{ include "developer-mesh.alert" (dict "root" . "name" "HighErrorRate" "for" "5m" "severity" "critical"
  "expr" (printf "sum by (namespace, service) (rate(%s{%s,%s=~\"5..\"}[5m]))\n  /\nsum by (namespace, service) (rate(%s{%s}[5m]))\n  > 0.05"
    $alerts.requestsMetric $select.services $alerts.statusLabel $alerts.requestsMetric $select.services)
  "summary" `{{ $labels.service }} answers more than 5 % of its requests with an error`
  "description" `{{ $value | humanizePercentage }} of the requests to {{ $labels.service }} in {{ $labels.namespace }} failed with a 5xx status over five minutes.`) }}
{{ include "developer-mesh.alert" (dict "root" . "name" "HighLatency" "for" "10m" "severity" "warning"
  "expr" (printf "histogram_quantile(0.95, sum by (namespace, service, le) (rate(%s_bucket{%s}[5m]))) > %s" $alerts.durationMetric $select.services $latency)
  "summary" `{{ $labels.service }} is slow`
  "description" (printf "Of 100 requests to {{ $labels.service }} in {{ $labels.namespace }}, 5 take longer than {{ $value | humanizeDuration }}; the limit is %s s." $latency)) }}
{{- end -}}

{{- define "developer-mesh.alerts.availability" -}}
{{- $select := include "developer-mesh.alerts.selectors" . | fromYaml -}}
{{ include "developer-mesh.alert" (dict "root" . "name" "ServiceDown" "for" "2m" "severity" "critical"
  "expr" (printf "kube_deployment_status_replicas_available{%s} == 0" $select.deployments)
  "summary" `{{ $labels.deployment }} is down`
  "description" `No pod of {{ $labels.deployment }} in {{ $labels.namespace }} has been available for two minutes.`) }}
{{ include "developer-mesh.alert" (dict "root" . "name" "PodCrashLooping" "for" "5m" "severity" "critical"
  "expr" (printf "max_over_time(kube_pod_container_status_waiting_reason{%s,reason=\"CrashLoopBackOff\"}[5m]) >= 1" $select.pods)
  "summary" `{{ $labels.pod }} keeps crashing`
  "description" `The container {{ $labels.container }} of {{ $labels.pod }} in {{ $labels.namespace }} has been in CrashLoopBackOff for five minutes. Its last words: kubectl logs --previous.`) }}
{{ include "developer-mesh.alert" (dict "root" . "name" "PodCannotStart" "for" "5m" "severity" "warning"
  "expr" (printf "max_over_time(kube_pod_container_status_waiting_reason{%s,reason=~\"ImagePullBackOff|ErrImagePull|InvalidImageName|CreateContainerConfigError\"}[5m]) >= 1" $select.pods)
  "summary" `{{ $labels.pod }} cannot start`
  "description" `The container {{ $labels.container }} of {{ $labels.pod }} in {{ $labels.namespace }} waits because of {{ $labels.reason }}: an image that is not to be had, or a Secret or key that is missing.`) }}
{{ include "developer-mesh.alert" (dict "root" . "name" "PodsMissing" "for" "15m" "severity" "warning"
  "expr" (printf "kube_deployment_spec_replicas{%s} - kube_deployment_status_replicas_available{%s} > 0" $select.deployments $select.deployments)
  "summary" `{{ $labels.deployment }} lacks {{ $value }} of its pods`
  "description" `{{ $labels.deployment }} in {{ $labels.namespace }} has had fewer pods than it wants for 15 minutes: a rollout that is stuck, or no room on the nodes.`) }}
{{ include "developer-mesh.alert" (dict "root" . "name" "RestartsOften" "for" "0m" "severity" "warning"
  "expr" (printf "increase(kube_pod_container_status_restarts_total{%s}[1h]) > 3" $select.pods)
  "summary" `{{ $labels.pod }} restarts often`
  "description" `The container {{ $labels.container }} of {{ $labels.pod }} in {{ $labels.namespace }} restarted {{ $value | humanize }} times within an hour.`) }}
{{ include "developer-mesh.alert" (dict "root" . "name" "MetricsMissing" "for" "10m" "severity" "warning"
  "expr" (printf "up{%s} == 0" $select.services)
  "summary" `The metrics of {{ $labels.pod }} cannot be read`
  "description" `Prometheus has not reached {{ $labels.pod }} of {{ $labels.service }} in {{ $labels.namespace }} for ten minutes, so that the other alerts are blind to it.`) }}
{{- end -}}

{{- define "developer-mesh.alerts.resources" -}}
{{- $select := include "developer-mesh.alerts.selectors" . | fromYaml -}}
{{ include "developer-mesh.alert" (dict "root" . "name" "HighMemoryUsage" "for" "5m" "severity" "warning"
  "expr" (printf "max by (namespace, pod, container) (container_memory_working_set_bytes{%s})\n  /\nmax by (namespace, pod, container) (kube_pod_container_resource_limits{%s,resource=\"memory\"})\n  > 0.9" $select.containers $select.containers)
  "summary" `{{ $labels.pod }} uses more than 90 % of its memory limit`
  "description" `The container {{ $labels.container }} of {{ $labels.pod }} in {{ $labels.namespace }} has been at {{ $value | humanizePercentage }} of its memory limit for five minutes.`) }}
{{ include "developer-mesh.alert" (dict "root" . "name" "OutOfMemory" "for" "0m" "severity" "warning"
  "expr" (printf "increase(kube_pod_container_status_restarts_total{%s}[10m]) > 0\n  and on (namespace, pod, container)\nkube_pod_container_status_last_terminated_reason{%s,reason=\"OOMKilled\"} == 1" $select.pods $select.pods)
  "summary" `{{ $labels.pod }} was killed for want of memory`
  "description" `The container {{ $labels.container }} of {{ $labels.pod }} in {{ $labels.namespace }} went over its memory limit and was started again: give it a larger size.`) }}
{{ include "developer-mesh.alert" (dict "root" . "name" "CPUThrottled" "for" "15m" "severity" "warning"
  "expr" (printf "sum by (namespace, pod, container) (rate(container_cpu_cfs_throttled_periods_total{%s}[5m]))\n  /\nsum by (namespace, pod, container) (rate(container_cpu_cfs_periods_total{%s}[5m]))\n  > 0.5" $select.containers $select.containers)
  "summary" `{{ $labels.pod }} is held back by its CPU limit`
  "description" `The container {{ $labels.container }} of {{ $labels.pod }} in {{ $labels.namespace }} was throttled in {{ $value | humanizePercentage }} of the time over 15 minutes.`) }}
{{ include "developer-mesh.alert" (dict "root" . "name" "AutoscalerAtMaximum" "for" "15m" "severity" "warning"
  "expr" (printf "kube_horizontalpodautoscaler_status_current_replicas{%s}\n  >= on (namespace, horizontalpodautoscaler)\nkube_horizontalpodautoscaler_spec_max_replicas{%s}\n  > on (namespace, horizontalpodautoscaler)\nkube_horizontalpodautoscaler_spec_min_replicas{%s}" $select.autoscalers $select.autoscalers $select.autoscalers)
  "summary" `{{ $labels.horizontalpodautoscaler }} cannot grow any more`
  "description" `{{ $labels.horizontalpodautoscaler }} in {{ $labels.namespace }} has run its most pods, {{ $value }}, for 15 minutes: further load makes answers slower.`) }}
{{ include "developer-mesh.alert" (dict "root" . "name" "AutoscalerBlind" "for" "15m" "severity" "warning"
  "expr" (printf "kube_horizontalpodautoscaler_status_condition{%s,condition=\"ScalingActive\",status=\"false\"} == 1" $select.autoscalers)
  "summary" `{{ $labels.horizontalpodautoscaler }} does not scale`
  "description" `{{ $labels.horizontalpodautoscaler }} in {{ $labels.namespace }} has had no metrics to go by for 15 minutes: is the metrics server there?`) }}
{{- end -}}

{{/*
The operators of Secrets and certificates export the namespace of what they tell about under one of two
names, as they are scraped.
*/}}
{{- define "developer-mesh.alerts.data" -}}
{{- $select := include "developer-mesh.alerts.selectors" . | fromYaml -}}
{{- $own := printf "%s-.*" .Release.Name -}}
{{- if (index .Values "rest-api").enabled }}
{{ include "developer-mesh.alert" (dict "root" . "name" "MigrationFailed" "for" "0m" "severity" "critical"
  "expr" (printf "kube_job_failed{%s,job_name=%q,condition=\"true\"} == 1" $select.namespace (printf "%s-rest-api-migration" .Release.Name))
  "summary" `The database migration failed`
  "description" `The Job {{ $labels.job_name }} in {{ $labels.namespace }} failed, so that the release was not changed. Its logs say why.`) }}
{{- end }}
{{- if or .Values.postgresql.enabled .Values.redis.enabled }}
{{ include "developer-mesh.alert" (dict "root" . "name" "DatabaseDown" "for" "2m" "severity" "critical"
  "expr" (printf "kube_statefulset_status_replicas_ready{%s} == 0" $select.sets)
  "summary" `{{ $labels.statefulset }} is down`
  "description" `{{ $labels.statefulset }} in {{ $labels.namespace }} has not been ready for two minutes; the services depend on it.`) }}
{{ include "developer-mesh.alert" (dict "root" . "name" "VolumeAlmostFull" "for" "5m" "severity" "critical"
  "expr" (printf "kubelet_volume_stats_available_bytes{%s} / kubelet_volume_stats_capacity_bytes{%s} < 0.1" $select.claims $select.claims)
  "summary" `The volume {{ $labels.persistentvolumeclaim }} is almost full`
  "description" `Only {{ $value | humanizePercentage }} of {{ $labels.persistentvolumeclaim }} in {{ $labels.namespace }} is free. A database whose volume is full stops.`) }}
{{ include "developer-mesh.alert" (dict "root" . "name" "VolumeFillingUp" "for" "1h" "severity" "warning"
  "expr" (printf "predict_linear(kubelet_volume_stats_available_bytes{%s}[6h], 4 * 24 * 3600) < 0" $select.claims)
  "summary" `The volume {{ $labels.persistentvolumeclaim }} will be full within four days`
  "description" `At the pace of the last six hours {{ $labels.persistentvolumeclaim }} in {{ $labels.namespace }} is full within four days.`) }}
{{- end }}
{{- if and .Values.postgresql.enabled ((.Values.postgresql).backup).enabled }}
{{ include "developer-mesh.alert" (dict "root" . "name" "BackupFailed" "for" "0m" "severity" "warning"
  "expr" (printf "kube_job_failed{%s,job_name=~%q,condition=\"true\"} == 1" $select.namespace (printf "%s-postgresql-backup-.*" .Release.Name))
  "summary" `A backup of the database failed`
  "description" `The Job {{ $labels.job_name }} in {{ $labels.namespace }} failed. Its logs say why.`) }}
{{ include "developer-mesh.alert" (dict "root" . "name" "BackupTooOld" "for" "10m" "severity" "critical"
  "expr" (printf "time() - kube_cronjob_status_last_successful_time{%s,cronjob=%q} > %d" $select.namespace (printf "%s-postgresql-backup" .Release.Name) (mul (int .Values.postgresql.backup.alertAfterHours) 3600))
  "summary" `The last backup of the database is too old`
  "description" `{{ $labels.cronjob }} in {{ $labels.namespace }} last succeeded {{ $value | humanizeDuration }} ago.`) }}
{{- end }}
{{- if .Values.global.externalSecrets.enabled }}
{{ include "developer-mesh.alert" (dict "root" . "name" "SecretNotSynced" "for" "15m" "severity" "warning"
  "expr" (printf "externalsecret_status_condition{%s,name=~%q,condition=\"Ready\",status=\"False\"} == 1\n  or\nexternalsecret_status_condition{exported_%s,name=~%q,condition=\"Ready\",status=\"False\"} == 1" $select.namespace $own $select.namespace $own)
  "summary" `The Secret of {{ $labels.name }} is not up to date`
  "description" `The External Secrets Operator has not been able to read {{ $labels.name }} from its store for 15 minutes.`) }}
{{- end }}
{{ include "developer-mesh.alert" (dict "root" . "name" "CertificateExpiring" "for" "1h" "severity" "warning"
  "expr" (printf "certmanager_certificate_expiration_timestamp_seconds{%s,name=~%q} - time() < 14 * 24 * 3600\n  or\ncertmanager_certificate_expiration_timestamp_seconds{exported_%s,name=~%q} - time() < 14 * 24 * 3600" $select.namespace $own $select.namespace $own)
  "summary" `The certificate {{ $labels.name }} is about to expire`
  "description" `The certificate {{ $labels.name }} expires in {{ $value | humanizeDuration }}; cert-manager should have renewed it by now.`) }}
{{- end -}}
