// The objects of behaviours from the exact keys and strings of the wire.
#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "agent/core/capability.h"
#include "agent/sensor/decode/decode.h"

namespace plimsoll {
namespace {

// From linux/mount.h and linux/sched.h; fixed by the kernel's ABI.
constexpr std::uint64_t kMsRemount = 32, kMsBind = 4096, kMsMove = 8192;
constexpr std::uint64_t kMsPropagation = 0x1e0000;  // unbindable, private, slave, shared

constexpr std::array<std::pair<std::uint64_t, std::string_view>, 11> kNamespaces{{
    {0x02000000, "cgroup"},
    {0x00000400, "files"},
    {0x00000200, "fs"},
    {0x08000000, "ipc"},
    {0x00020000, "mnt"},
    {0x40000000, "net"},
    {0x20000000, "pid"},
    {0x00040000, "sysvsem"},
    {0x00000080, "time"},
    {0x10000000, "user"},
    {0x04000000, "uts"},
}};

std::string last_part(const std::string& path) {
  return path.substr(path.find_last_of('/') + 1);
}

std::string join(const std::string& a, const std::string& b) {
  return a.empty() ? b : b.empty() ? a : a + "," + b;
}

// One decode() for each type of object: without it decode_object() does not compile.

void decode(const ActivityRecord& r, ExecObject& o) {
  const pl_activity& e = r.fixed;
  const std::string name = r.text(PL_TEXT_NAME);
  const std::string interpreter = r.text(PL_TEXT_EXTRA);
  o.path = r.text(PL_TEXT_PATH);
  const bool by_descriptor = name.starts_with("/dev/fd/");
  o.as = !interpreter.empty() ? last_part(interpreter) : by_descriptor ? std::string() : last_part(name);
  if (!interpreter.empty()) o.script = name;
  o.origin = static_cast<Origin>(e.key.origin);
  if (e.key.phase != PL_PHASE_SETUP) {
    if (e.creds.euid != e.before.euid) o.gains = "uid " + std::to_string(e.creds.euid);
    if (e.creds.egid != e.before.egid) o.gains = join(o.gains, "gid " + std::to_string(e.creds.egid));
    o.gains = join(o.gains, capability_names(e.creds.permitted & ~e.before.permitted));
  }
}

std::string id_text(const std::uint32_t (&ids)[4]) {
  if (ids[0] == ids[1] && ids[1] == ids[2] && ids[2] == ids[3]) return std::to_string(ids[0]);
  std::string text;
  for (const std::uint32_t id : ids) text += (text.empty() ? "" : ":") + std::to_string(id);
  return text;
}

// The arguments of a call that failed, -1 for "leave as it is".
std::string argument_text(std::uint8_t call, const std::uint32_t (&args)[4]) {
  const bool three = call == PL_CALL_SETRESUID || call == PL_CALL_SETRESGID;
  const bool two = call == PL_CALL_SETREUID || call == PL_CALL_SETREGID;
  const int count = three ? 3 : two ? 2 : 1;
  std::string text;
  for (int i = 0; i < count; i++) text += (i ? ":" : "") + std::to_string(static_cast<std::int32_t>(args[i]));
  return text;
}

std::string group_text(const pl_activity& e) {
  const std::size_t kept = std::min<std::size_t>(e.groups_count, PL_GROUPS);
  std::vector<std::uint32_t> groups(e.groups, e.groups + kept);
  std::ranges::sort(groups);
  std::string text;
  for (const auto g : groups) text += (text.empty() ? "" : ",") + std::to_string(g);
  if (e.groups_count > kept) text += ",+" + std::to_string(e.groups_count - kept);
  return text;
}

void decode(const ActivityRecord& r, SetidObject& o) {
  const pl_activity& e = r.fixed;
  const std::uint8_t call = e.key.call;
  const bool uid = call == PL_CALL_SETUID || call == PL_CALL_SETREUID || call == PL_CALL_SETRESUID ||
                   call == PL_CALL_SETFSUID || call == PL_CALL_UIDS;
  const bool failed = e.key.outcome == PL_FAILED;
  const auto& key = e.key.object.setid;
  if (call == PL_CALL_SETGROUPS) {
    o = {"groups", "", failed ? "" : group_text(e)};
    return;
  }
  o = {uid ? "uid" : "gid", id_text(key.from), failed ? argument_text(call, key.to) : id_text(key.to)};
}

void decode(const ActivityRecord& r, CapsetObject& o) {
  const auto& k = r.fixed.key.object.capset;
  const std::uint64_t dropped = (k.effective_from & ~k.effective_to) | (k.permitted_from & ~k.permitted_to);
  o = {capability_names(k.effective_to & ~k.effective_from), capability_names(dropped),
       capability_names(k.inheritable_to & ~k.inheritable_from)};
}

std::string_view mount_op(std::uint8_t call, std::uint64_t flags) {
  switch (call) {
    case PL_CALL_UMOUNT:
      return "umount";
    case PL_CALL_FSOPEN:
      return "fsopen";
    case PL_CALL_FSCONFIG:
      return "fsconfig";
    case PL_CALL_FSMOUNT:
      return "fsmount";
    case PL_CALL_OPEN_TREE:
      return "open_tree";
    case PL_CALL_MOVE_MOUNT:
      return "move_mount";
    case PL_CALL_MOUNT_SETATTR:
      return "mount_setattr";
    case PL_CALL_PIVOT_ROOT:
      return "pivot_root";
    default:  // mount(2): the flags say what it does, in this order (mount(2), NOTES)
      if (flags & kMsRemount) return "remount";
      if (flags & kMsBind) return "bind";
      if (flags & kMsPropagation) return "propagate";
      if (flags & kMsMove) return "move";
      return "mount";
  }
}

void decode(const ActivityRecord& r, MountObject& o) {
  const pl_activity& e = r.fixed;
  o.op = mount_op(e.key.call, e.call_flags);
  o.target = r.text(PL_TEXT_PATH);
  // mount(2) ignores what it does not need; whatever stands there is no behaviour.
  const bool takes_fs = o.op == "mount" || o.op == "fsopen";
  const bool takes_source = o.op != "remount" && o.op != "propagate";
  if (takes_fs) o.fs = r.text(PL_TEXT_EXTRA);
  if (takes_source) o.source = r.text(PL_TEXT_NAME);
}

void decode(const ActivityRecord& r, ConnectObject& o) {
  const auto& k = r.fixed.key.object.connect;
  constexpr std::uint16_t kUnix = 1, kTcp = 6, kUdp = 17, kMptcp = 262;
  if (k.family == kUnix) {
    o = {"unix", r.text(PL_TEXT_PATH), 0};
    return;
  }
  Address address{};
  std::memcpy(address.data(), k.address, address.size());
  const std::string proto = k.protocol == kTcp || k.protocol == kMptcp ? "tcp"
                            : k.protocol == kUdp                       ? "udp"
                                                                       : "ip-" + std::to_string(k.protocol);
  o = {proto, std::string(destination_class(address)), k.port};
}

void decode(const ActivityRecord& r, SocketObject& o) {
  const auto& k = r.fixed.key.object.socket;
  const std::string family = k.family == 17   ? "packet"
                             : k.family == 40 ? "vsock"
                             : k.family == 2  ? "inet"
                             : k.family == 10 ? "inet6"
                                              : "af-" + std::to_string(k.family);
  const std::string type = k.type == 1    ? "stream"
                           : k.type == 2  ? "dgram"
                           : k.type == 3  ? "raw"
                           : k.type == 5  ? "seqpacket"
                           : k.type == 10 ? "packet"
                                          : "type-" + std::to_string(k.type);
  o = {family, type};
}

void decode(const ActivityRecord& r, NsObject& o) {
  const pl_activity& e = r.fixed;
  const std::uint64_t types = e.key.object.ns.types;
  std::string text;
  for (const auto& [bit, type] : kNamespaces)
    if (types & bit) text = join(text, std::string(type));
  const bool setns = e.key.call == PL_CALL_SETNS;
  if (text.empty()) text = setns ? "any" : "none";
  o = {setns ? "setns" : "unshare", text};
}

}  // namespace

Object decode_object(const ActivityRecord& r) {
  Object object = make_object(static_cast<Action>(r.fixed.key.action));
  std::visit([&r](auto& o) { decode(r, o); }, object);
  return object;
}

}  // namespace plimsoll
