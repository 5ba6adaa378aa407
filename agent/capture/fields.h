// The fields of what a capture holds, once for writing and reading: fields(object, visit) calls visit(name,
// field) for each in turn. Names are short: they stand in every line.
#pragma once

#include "agent/capture/records.h"

namespace plimsoll::capture {

template <typename T, typename U>
concept Is = std::same_as<std::remove_const_t<T>, U>;

template <Is<CgroupId> T, typename V>
void fields(T& o, V&& visit) {
  visit("hierarchy", o.hierarchy), visit("id", o.id);
}

template <Is<Credentials> T, typename V>
void fields(T& o, V&& visit) {
  visit("uid", o.uid), visit("euid", o.euid), visit("suid", o.suid), visit("fsuid", o.fsuid);
  visit("gid", o.gid), visit("egid", o.egid), visit("sgid", o.sgid), visit("fsgid", o.fsgid);
  visit("effective", o.effective), visit("permitted", o.permitted), visit("inheritable", o.inheritable);
  visit("bounding", o.bounding), visit("ambient", o.ambient), visit("user_ns", o.user_ns);
}

template <Is<Ancestor> T, typename V>
void fields(T& o, V&& visit) {
  visit("pid", o.pid), visit("exe", o.exe);
}

template <Is<Process> T, typename V>
void fields(T& o, V&& visit) {
  visit("pid", o.pid), visit("tid", o.tid), visit("ppid", o.ppid), visit("start", o.start_ns);
  visit("comm", o.comm), visit("exe", o.exe), visit("argv", o.argv),
      visit("argv_truncated", o.argv_truncated);
  visit("cwd", o.cwd), visit("before", o.before), visit("creds", o.creds);
  visit("mnt_ns", o.mnt_ns), visit("pid_ns", o.pid_ns), visit("net_ns", o.net_ns),
      visit("ancestors", o.ancestors);
}

template <Is<Evidence> T, typename V>
void fields(T& o, V&& visit) {
  visit("filename", o.filename), visit("stdin", o.stdin_kind), visit("stdout_socket", o.stdout_socket);
  visit("secure_exec", o.secure_exec), visit("loader_variables", o.loader_variables);
  visit("actor_not_from_image", o.actor_not_from_image), visit("address", o.address), visit("flags", o.flags);
  visit("result", o.result), visit("syscall", o.syscall), visit("compat", o.compat),
      visit("truncated", o.truncated);
}

template <Is<Behaviour> T, typename V>
void fields(T& o, V&& visit) {
  visit("phase", o.phase), visit("actor", o.actor), visit("object", o.object), visit("outcome", o.outcome);
}

template <Is<Activity> T, typename V>
void fields(T& o, V&& visit) {
  visit("time", o.time), visit("slot", o.slot), visit("cgroup", o.cgroup),
      visit("since_start", o.since_start_ns);
  visit("hook", o.hook), visit("behaviour", o.behaviour), visit("process", o.process),
      visit("evidence", o.evidence);
  visit("lost_before", o.lost_before);
}

template <Is<Container> T, typename V>
void fields(T& o, V&& visit) {
  visit("id", o.id), visit("name", o.name), visit("role", o.role), visit("runtime", o.runtime);
  visit("image", o.image), visit("repository", o.repository), visit("image_id", o.image_id);
  visit("manifest", o.manifest), visit("pod", o.pod), visit("pod_namespace", o.pod_namespace);
  visit("pod_uid", o.pod_uid), visit("ecs_cluster", o.ecs_cluster), visit("ecs_task", o.ecs_task);
  visit("ecs_family", o.ecs_family), visit("ecs_revision", o.ecs_revision), visit("rootfs", o.rootfs);
  visit("cgroup_path", o.cgroup_path), visit("sandbox", o.sandbox), visit("unnamed", o.unnamed);
}

template <Is<Host> T, typename V>
void fields(T& o, V&& visit) {
  visit("name", o.name), visit("cluster", o.cluster), visit("labels", o.labels);
}

template <Is<Begin> T, typename V>
void fields(T& o, V&& visit) {
  visit("version", o.version), visit("time", o.time), visit("host", o.host), visit("config", o.config);
  visit("paused", o.paused), visit("classes", o.classes);
}

template <typename T, typename V>
  requires Is<T, Baseline> || Is<T, Decided> || Is<T, Joined>
void fields(T& o, V&& visit) {
  visit("toml", o.toml);
}

template <Is<Appeared> T, typename V>
void fields(T& o, V&& visit) {
  visit("slot", o.slot), visit("started", o.started), visit("now", o.now), visit("before", o.before);
  visit("lost_reported", o.lost_reported), visit("container", o.container);
}

template <Is<Removed> T, typename V>
void fields(T& o, V&& visit) {
  visit("slot", o.slot), visit("time", o.time);
}

template <Is<Departed> T, typename V>
void fields(T& o, V&& visit) {
  visit("slot", o.slot);
}

template <Is<Acted> T, typename V>
void fields(T& o, V&& visit) {
  visit("kind", o.kind), visit("activity", o.activity);
}

template <typename T, typename V>
  requires Is<T, Tick> || Is<T, Drain> || Is<T, Finish>
void fields(T& o, V&& visit) {
  visit("now", o.now);
}

template <typename T, typename V>
  requires Is<T, Flushed> || Is<T, Ended>
void fields(T&, V&&) {}

template <Is<Count> T, typename V>
void fields(T& o, V&& visit) {
  visit("kind", o.kind), visit("slot", o.slot), visit("more", o.more), visit("last_seen", o.last_seen);
}

template <Is<Counts> T, typename V>
void fields(T& o, V&& visit) {
  visit("counts", o.counts);
}

template <Is<Lost> T, typename V>
void fields(T& o, V&& visit) {
  visit("container", o.container), visit("losses", o.losses);
}

template <Is<Configured> T, typename V>
void fields(T& o, V&& visit) {
  visit("config", o.config);
}

template <Is<Paused> T, typename V>
void fields(T& o, V&& visit) {
  visit("paused", o.paused);
}

template <Is<Broken> T, typename V>
void fields(T& o, V&& visit) {
  visit("reason", o.reason);
}

}  // namespace plimsoll::capture
