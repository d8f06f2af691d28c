//! From a request to its verb, and from the verb's result to a reply.

use super::super::failure::Failure;
use super::super::json;
use super::super::policy::USER;
use super::super::request::{ApiRequest, Place, Target};
use super::super::resources::Resource;
use super::super::selector::{FieldSelector, LabelSelector};
use super::super::store::Key;
use super::delete::DeleteOptions;
use super::patch::{PatchKind, read_body};
use super::read::in_version;
use super::review::REVIEWS;
use super::write::Writer;
use super::{Api, Outcome, discovery};
use http::Method;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::time::Duration;

/// What a request is answered with.
#[derive(Debug)]
pub(in super::super) enum Reply {
    /// An object, with the HTTP status.
    Object(u16, Json),
    /// Plain text.
    Text(String),
    /// A stream of changes.
    Watch(WatchRequest),
    /// The log of a container, which may go on.
    Log(LogRequest),
}

/// A watch: what it is about and where it starts.
#[derive(Debug, Clone)]
pub(in super::super) struct WatchRequest {
    pub(in super::super) resource: Arc<Resource>,
    pub(in super::super) namespace: String,
    pub(in super::super) labels: LabelSelector,
    pub(in super::super) fields: FieldSelector,
    /// `None` starts with the objects as they are now.
    pub(in super::super) since: Option<u64>,
    /// Whether a bookmark tells when those first objects have all been sent.
    pub(in super::super) marks_initial: bool,
    pub(in super::super) bookmarks: bool,
    pub(in super::super) timeout: Option<Duration>,
}

/// A request for a container's log.
#[derive(Debug, Clone)]
pub(in super::super) struct LogRequest {
    pub(in super::super) pod_uid: String,
    pub(in super::super) container: String,
    pub(in super::super) follow: bool,
    pub(in super::super) previous: bool,
    pub(in super::super) timestamps: bool,
    pub(in super::super) tail: Option<usize>,
    pub(in super::super) since: Option<Duration>,
}

impl Api {
    /// Does what the request asks for.
    pub(in super::super) fn handle(&mut self, request: &ApiRequest) -> Outcome<Reply> {
        let aggregated = request.accept.contains("as=APIGroupDiscoveryList");
        let document = match &request.target {
            Target::Unknown => return Err(Failure::no_such_path()),
            Target::Resource(place) => return self.handle_resource(request, place),
            _ if request.method != Method::GET => return Err(Failure::method_not_allowed()),
            Target::Health => return Ok(Reply::Text("ok".into())),
            Target::Version => discovery::version(),
            Target::CoreVersions | Target::Groups if aggregated => {
                self.aggregated(request.target == Target::CoreVersions)
            }
            Target::CoreVersions => discovery::core_versions(),
            Target::Groups => self.group_list(),
            Target::Group(group) => self.group(group)?,
            Target::Resources { group, version } => self.resource_list(group, version)?,
        };
        Ok(Reply::Object(200, document))
    }

    fn handle_resource(&mut self, request: &ApiRequest, place: &Place) -> Outcome<Reply> {
        if let Some((_, _, kind)) = REVIEWS
            .iter()
            .find(|(group, plural, _)| *group == place.group && *plural == place.plural)
        {
            if request.method != Method::POST {
                return Err(Failure::method_not_allowed());
            }
            return Ok(Reply::Object(
                201,
                self.review(kind, read_body(&request.body, false)?)?,
            ));
        }
        let resource = self
            .registry
            .find(&place.group, &place.version, &place.plural)
            .ok_or_else(Failure::no_such_path)?;
        let verb = verb_of(request, place)?;
        if !self.policy.allows_at(verb, place) {
            return Err(Failure::forbidden(
                USER,
                verb,
                &resource,
                &place.namespace,
                &place.name,
            ));
        }
        let needs_namespace = resource.namespaced && (!place.name.is_empty() || verb == "create");
        if needs_namespace && place.namespace.is_empty() {
            return Err(Failure::no_such_path());
        }
        let manager = match request.query.get("fieldManager") {
            "" if PatchKind::of(&request.content_type) == Ok(PatchKind::Apply) => "",
            "" if request.agent.is_empty() => "unknown",
            "" => &request.agent,
            manager => manager,
        };
        let writer = Writer {
            manager,
            subresource: &place.subresource,
            dry_run: request.query.get("dryRun") == "All",
            force: request.query.is_true("force"),
        };
        match place.subresource.as_str() {
            "" | "status" if place.subresource.is_empty() || resource.serves.status => {
                self.verb(verb, request, place, &resource, writer)
            }
            "scale" if resource.serves.scale => self.scale_verb(verb, request, place, &resource, writer),
            "log" if place.plural == "pods" && verb == "get" => self.log_request(request, place, &resource),
            _ => Err(Failure::no_such_path()),
        }
    }

    fn verb(
        &mut self,
        verb: &str,
        request: &ApiRequest,
        place: &Place,
        resource: &Arc<Resource>,
        writer: Writer<'_>,
    ) -> Outcome<Reply> {
        let (namespace, name) = (place.namespace.as_str(), place.name.as_str());
        let object = |object: &Json| in_version(resource, object);
        match verb {
            "watch" => self.watch_request(request, place, resource).map(Reply::Watch),
            "list" => Ok(Reply::Object(
                200,
                self.list(resource, namespace, &request.query)?,
            )),
            "get" => Ok(Reply::Object(200, object(&*self.get(resource, namespace, name)?))),
            "create" => {
                let body = read_body(&request.body, true)?;
                Ok(Reply::Object(
                    201,
                    object(&*self.create(resource, namespace, body, writer)?),
                ))
            }
            "update" => {
                let body = read_body(&request.body, true)?;
                Ok(Reply::Object(
                    200,
                    object(&*self.update(resource, namespace, name, body, writer)?),
                ))
            }
            "patch" => {
                let kind = PatchKind::of(&request.content_type)?;
                let patch = read_body(&request.body, kind == PatchKind::Apply)?;
                let (code, patched) = self.patch(resource, namespace, name, kind, &patch, writer)?;
                Ok(Reply::Object(code, object(&patched)))
            }
            "delete" => {
                let options = DeleteOptions::read(&request.body, &request.query)?;
                Ok(Reply::Object(
                    200,
                    self.delete_object(resource, namespace, name, &options)?,
                ))
            }
            _ => {
                let options = DeleteOptions::read(&request.body, &request.query)?;
                Ok(Reply::Object(
                    200,
                    self.delete_collection(resource, namespace, &request.query, &options)?,
                ))
            }
        }
    }

    fn scale_verb(
        &mut self,
        verb: &str,
        request: &ApiRequest,
        place: &Place,
        resource: &Arc<Resource>,
        writer: Writer<'_>,
    ) -> Outcome<Reply> {
        let (namespace, name) = (place.namespace.as_str(), place.name.as_str());
        let scale = match verb {
            "get" => self.scale(resource, namespace, name)?,
            "update" => self.put_scale(
                resource,
                namespace,
                name,
                &read_body(&request.body, false)?,
                writer,
            )?,
            "patch" => {
                let kind = PatchKind::of(&request.content_type)?;
                let patch = read_body(&request.body, kind == PatchKind::Apply)?;
                self.patch_scale(resource, namespace, name, kind, &patch, writer)?
            }
            _ => return Err(Failure::method_not_allowed()),
        };
        Ok(Reply::Object(200, scale))
    }

    fn watch_request(
        &self,
        request: &ApiRequest,
        place: &Place,
        resource: &Arc<Resource>,
    ) -> Outcome<WatchRequest> {
        let (labels, fields) = request.query.selectors()?;
        let since = request
            .query
            .number("resourceVersion")?
            .filter(|revision| *revision > 0);
        let marks_initial = request.query.is_true("sendInitialEvents");
        if let Some(asked) = since.filter(|asked| *asked > self.store.revision()) {
            let message = format!(
                "Too large resource version: {asked}, current: {}",
                self.store.revision()
            );
            return Err(Failure::new(504, "Timeout", message));
        }
        Ok(WatchRequest {
            resource: Arc::clone(resource),
            namespace: place.namespace.clone(),
            labels,
            fields,
            since: since.filter(|_| !marks_initial),
            marks_initial,
            bookmarks: request.query.is_true("allowWatchBookmarks"),
            timeout: request.query.timeout()?,
        })
    }

    fn log_request(&self, request: &ApiRequest, place: &Place, resource: &Resource) -> Outcome<Reply> {
        let pod = self
            .store
            .get(&Key::new(resource, &place.namespace, &place.name))
            .ok_or_else(|| Failure::not_found(resource, &place.name))?;
        let query = &request.query;
        let container = log_container(pod, query.get("container"))?;
        let previous = query.is_true("previous");
        if !self.runs.has(json::uid(pod), &container, previous) {
            let message = if previous {
                format!(
                    "previous terminated container \"{container}\" in pod \"{}\" not found",
                    place.name
                )
            } else {
                format!(
                    "container \"{container}\" in pod \"{}\" is waiting to start: {}",
                    place.name,
                    waiting_reason(pod, &container)
                )
            };
            return Err(Failure::bad_request(message));
        }
        Ok(Reply::Log(LogRequest {
            pod_uid: json::uid(pod).into(),
            container,
            follow: query.is_true("follow"),
            previous,
            timestamps: query.is_true("timestamps"),
            tail: query
                .number("tailLines")?
                .map(|lines| usize::try_from(lines).unwrap_or(usize::MAX)),
            since: query.number("sinceSeconds")?.map(Duration::from_secs),
        }))
    }
}

/// The container whose log is asked for; a pod with one container needs no name.
fn log_container(pod: &Json, asked: &str) -> Outcome<String> {
    let names: Vec<&str> = ["/spec/initContainers", "/spec/containers"]
        .iter()
        .flat_map(|list| json::items(pod, list))
        .map(json::name_field)
        .collect();
    let regular = json::items(pod, "/spec/containers");
    match asked {
        "" if regular.len() == 1 => Ok(json::name_field(&regular[0]).to_owned()),
        "" => {
            let choices: Vec<&str> = regular.iter().map(json::name_field).collect();
            Err(Failure::bad_request(format!(
                "a container name must be specified for pod {}, choose one of: [{}]",
                json::name(pod),
                choices.join(" ")
            )))
        }
        name if names.contains(&name) => Ok(name.to_owned()),
        name => Err(Failure::bad_request(format!(
            "container {name} is not valid for pod {}",
            json::name(pod)
        ))),
    }
}

fn waiting_reason(pod: &Json, container: &str) -> String {
    ["/status/initContainerStatuses", "/status/containerStatuses"]
        .iter()
        .flat_map(|list| json::items(pod, list))
        .find(|status| json::name_field(status) == container)
        .map(|status| json::text(status, "/state/waiting/reason"))
        .filter(|reason| !reason.is_empty())
        .unwrap_or("ContainerCreating")
        .to_owned()
}

fn verb_of(request: &ApiRequest, place: &Place) -> Outcome<&'static str> {
    let collection = place.name.is_empty();
    match (&request.method, collection) {
        (&Method::GET, _) if request.is_watch() => Ok("watch"),
        (&Method::GET, true) => Ok("list"),
        (&Method::GET, false) => Ok("get"),
        (&Method::POST, true) => Ok("create"),
        (&Method::PUT, false) => Ok("update"),
        (&Method::PATCH, false) => Ok("patch"),
        (&Method::DELETE, true) => Ok("deletecollection"),
        (&Method::DELETE, false) if place.subresource.is_empty() => Ok("delete"),
        _ => Err(Failure::method_not_allowed()),
    }
}

/// A list or an object as `PartialObjectMetadata`, as clients ask for it that only care about metadata.
pub(in super::super) fn metadata_only(object: &Json) -> Json {
    if let Some(items) = object.get("items").and_then(Json::as_array) {
        return json!({
            "kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1",
            "metadata": object["metadata"],
            "items": items.iter().map(metadata_only).collect::<Vec<_>>(),
        });
    }
    json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": object["metadata"]})
}
