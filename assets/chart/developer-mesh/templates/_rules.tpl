{{/*
The platform's own rules for whatever makes pods, in CEL. A ValidatingAdmissionPolicy and a Gatekeeper
ConstraintTemplate state the same ones; what differs is how they name the object and the registries.
*/}}

{{/*
The variables that the rules are written with: name and expression.
  object      what the engine calls the object
  registries  an expression for the list of registries that images may come from
*/}}
{{- define "developer-mesh.rules.variables" -}}
- name: workload
  expression: dyn({{ .object }})
- name: pod
  expression: >-
    variables.workload.kind == "Pod" ? variables.workload.spec :
    variables.workload.kind == "CronJob" ? variables.workload.spec.jobTemplate.spec.template.spec :
    variables.workload.spec.template.spec
- name: containers
  expression: >-
    (has(variables.pod.containers) ? variables.pod.containers : []) +
    (has(variables.pod.initContainers) ? variables.pod.initContainers : [])
- name: serves
  expression: variables.workload.kind in ["Deployment", "StatefulSet"]
- name: registries
  expression: {{ .registries | quote }}
{{- end -}}

{{/* The rules: expression and message. The name in brackets is what people search for. */}}
{{- define "developer-mesh.rules.validations" -}}
- expression: >-
    variables.containers.all(c, (has(c.securityContext) && has(c.securityContext.runAsNonRoot) && c.securityContext.runAsNonRoot) ||
    (!(has(c.securityContext) && has(c.securityContext.runAsNonRoot)) &&
    has(variables.pod.securityContext) && has(variables.pod.securityContext.runAsNonRoot) && variables.pod.securityContext.runAsNonRoot))
  message: "[non-root] every container runs as another user than root: set securityContext.runAsNonRoot to true"
- expression: >-
    variables.containers.all(c, has(c.securityContext) && has(c.securityContext.readOnlyRootFilesystem) && c.securityContext.readOnlyRootFilesystem)
  message: "[read-only] no container writes to its root file system: set securityContext.readOnlyRootFilesystem to true and mount an emptyDir"
- expression: >-
    variables.containers.all(c, has(c.securityContext) && has(c.securityContext.capabilities) && has(c.securityContext.capabilities.drop) &&
    c.securityContext.capabilities.drop.exists(d, d == "ALL") &&
    !(has(c.securityContext.capabilities.add) && size(c.securityContext.capabilities.add) > 0))
  message: "[capabilities] no container keeps capabilities: set securityContext.capabilities.drop to [ALL] and add none"
- expression: >-
    variables.containers.all(c, has(c.securityContext) && has(c.securityContext.allowPrivilegeEscalation) && !c.securityContext.allowPrivilegeEscalation)
  message: "[escalation] no process gains privileges: set securityContext.allowPrivilegeEscalation to false"
- expression: >-
    variables.containers.all(c, (has(c.securityContext) && has(c.securityContext.seccompProfile) && c.securityContext.seccompProfile.type in ["RuntimeDefault", "Localhost"]) ||
    (!(has(c.securityContext) && has(c.securityContext.seccompProfile)) && has(variables.pod.securityContext) &&
    has(variables.pod.securityContext.seccompProfile) && variables.pod.securityContext.seccompProfile.type in ["RuntimeDefault", "Localhost"]))
  message: "[seccomp] every container has a seccomp profile: set securityContext.seccompProfile.type to RuntimeDefault"
- expression: >-
    has(variables.pod.automountServiceAccountToken) && !variables.pod.automountServiceAccountToken
  message: "[token] no pod holds a token of the Kubernetes API: set automountServiceAccountToken to false"
- expression: >-
    variables.containers.all(c, has(c.resources) && has(c.resources.requests) && has(c.resources.limits) &&
    "cpu" in c.resources.requests && "memory" in c.resources.requests && "memory" in c.resources.limits)
  message: "[resources] every container requests CPU and memory and has a limit of memory"
- expression: >-
    variables.containers.all(c, c.image.contains("@sha256:") || (c.image.matches(":[^/]+$") && !c.image.endsWith(":latest")))
  message: "[image-version] every image has a fixed version: name a tag other than latest, or a digest"
- expression: >-
    size(variables.registries) == 0 || variables.containers.all(c, variables.registries.exists(r, c.image.startsWith(r)))
  message: "[registry] images come from the registries that are allowed"
- expression: >-
    !variables.serves || variables.pod.containers.all(c, has(c.livenessProbe) && has(c.readinessProbe))
  message: "[probes] whatever serves has a livenessProbe and a readinessProbe"
- expression: >-
    variables.containers.all(c, !has(c.env) || c.env.all(e, !has(e.value) || e.value == "" || e.value.contains("$(") ||
    !e.name.matches("(PASSWORD|SECRET|TOKEN|API_KEY|ACCESS_KEY|MASTER_KEY)$")))
  message: "[plain-secret] no secret stands in plain in the environment: refer to a Secret with secretKeyRef"
- expression: >-
    variables.workload.kind != "Deployment" || (has(variables.workload.spec.strategy) && has(variables.workload.spec.strategy.rollingUpdate) &&
    has(variables.workload.spec.strategy.rollingUpdate.maxUnavailable) && string(variables.workload.spec.strategy.rollingUpdate.maxUnavailable) in ["0", "0%"])
  message: "[no-gap] a rollout takes no pod away before its successor is ready: set strategy.rollingUpdate.maxUnavailable to 0"
{{- end -}}

{{/* The labels of cluster-wide objects, which have no namespace. */}}
{{- define "developer-mesh.rules.metadata" -}}
name: {{ .name }}
labels:
  {{- include "developer-mesh.labels" .root | nindent 2 }}
annotations:
  {{- toYaml (merge (dict "mesh-tui.dev/stage" "guardrails") .root.Values.global.annotations) | nindent 2 }}
{{- end -}}
