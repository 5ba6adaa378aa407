// Makes behaviours of different containers of one image comparable: what names the container, and not what it
// does, becomes a placeholder.
#pragma once

#include "agent/core/behaviour.h"
#include "agent/core/container.h"

namespace plimsoll {

/// Setup phase (the runtime's own work; nothing of it is the container's choice): in actor, paths, mount
/// sources and targets and socket paths
///   the container's root on the host    -> ""           (alone: "/")
///   its cgroup path                     -> "<cgroup>"
///   hex ids of 32 or 64 digits          -> "<id>"       (also its own id, from 8 bytes on, as a whole path
///   component) pod UIDs, with '-' or '_'           -> "<uid>" /proc/PID, /proc/self/fd/N ...      ->
///   /proc/<pid>, /proc/self/fd/<n> other numbers that runtimes draw    -> "<n>"
/// Other phases, where a name may be an attacker's choice: only abstract socket names that the kernel drew
/// ("@0a1b2" -> "@<autobind>"), /proc/PID for any PID but 1, and the container's own namespace in the names
/// of a cluster's services and pods ("dns:redis.shop.svc.cluster.local" -> "dns:redis.<namespace>.svc...").
/// Idempotent.
void normalise(Behaviour&, const Container&);

}  // namespace plimsoll
