// Pods and tasks: what Kubernetes and ECS write into labels, annotations and cgroup paths.
#include "agent/identity/orchestrator.h"

#include <algorithm>

namespace plimsoll {
namespace {

/// Copies the label into the field if it is there.
bool take(const StringMap& labels, const char* key, std::string& field) {
  const auto found = labels.find(key);
  if (found == labels.end() || found->second.empty()) return false;
  field = found->second;
  return true;
}

}  // namespace

void apply_labels(Container& c, const StringMap& labels) {
  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/container-metadata.html
  take(labels, "com.amazonaws.ecs.cluster", c.ecs_cluster);
  take(labels, "com.amazonaws.ecs.task-arn", c.ecs_task);
  take(labels, "com.amazonaws.ecs.task-definition-family", c.ecs_family);
  take(labels, "com.amazonaws.ecs.task-definition-version", c.ecs_revision);
  if (take(labels, "com.amazonaws.ecs.container-name", c.role)) c.sandbox = c.role == "~internal~ecs~pause";

  take(labels, "io.kubernetes.pod.name", c.pod);
  take(labels, "io.kubernetes.pod.namespace", c.pod_namespace);
  take(labels, "io.kubernetes.pod.uid", c.pod_uid);
  std::string kind;
  take(labels, "io.kubernetes.docker.type", kind);
  if (kind == "podsandbox") {
    c.sandbox = true;
  } else {
    take(labels, "io.kubernetes.container.name", c.role);
  }
}

void apply_cri_annotations(Container& c, const StringMap& annotations) {
  take(annotations, "io.kubernetes.cri.sandbox-name", c.pod);
  take(annotations, "io.kubernetes.cri.sandbox-namespace", c.pod_namespace);
  take(annotations, "io.kubernetes.cri.sandbox-uid", c.pod_uid);
  take(annotations, "io.kubernetes.cri.image-name", c.image);
  if (take(annotations, "io.kubernetes.cri.container-name", c.name)) c.role = c.name;
  std::string kind;
  take(annotations, "io.kubernetes.cri.container-type", kind);
  c.sandbox = kind == "sandbox";
}

void apply_path(Container& c, std::string_view path) {
  const auto between = [&path](std::string_view before, char end) -> std::string {
    const auto at = path.rfind(before);
    if (at == std::string_view::npos) return {};
    const auto rest = path.substr(at + before.size());
    const auto stop = rest.find(end);
    return stop == std::string_view::npos ? std::string() : bounded(rest.substr(0, stop));
  };
  if (c.pod_uid.empty() && path.find("kubepods") != std::string_view::npos) {
    c.pod_uid = between("/pod", '/');
    if (c.pod_uid.empty()) {
      c.pod_uid = between("-pod", '.');
      std::ranges::replace(c.pod_uid, '_', '-');  // systemd's slices use '-' for nesting
    }
  }
  if (c.ecs_task.empty()) c.ecs_task = between("/ecstasks-", '.');
  if (c.ecs_task.empty() && path.starts_with("/ecs/")) {
    const auto last = path.rfind('/');  // /ecs/TASK/ID, or /ecs/CLUSTER/TASK/ID
    if (last > 4) c.ecs_task = bounded(last_component(path.substr(0, last)));
  }
}

}  // namespace plimsoll
