// Pods and tasks: what Kubernetes and ECS write into labels, annotations and cgroup paths.
#pragma once

#include <string_view>

#include "agent/core/container.h"
#include "agent/identity/host_files.h"

namespace plimsoll {

/// Fills role, pod, namespace, uid, ECS fields and `sandbox` from docker labels (ECS agent, dockershim,
/// cri-dockerd).
void apply_labels(Container&, const StringMap& labels);

/// The same, and name and image, from the annotations that containerd's CRI plugin writes into config.json.
void apply_cri_annotations(Container&, const StringMap& annotations);

/// Fills pod_uid and ecs_task from the cgroup's path where nothing better has.
void apply_path(Container&, std::string_view cgroup_path);

}  // namespace plimsoll
