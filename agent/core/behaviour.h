// The one shape of everything Plimsoll sees: (phase, actor, action, object) with its outcome.
//
// A Behaviour is what a profile keeps. It is a projection of the exact key that the kernel's verdict cache
// compares (bpf/include/behaviour.h): addresses have become classes, argument vectors are gone.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "agent/core/names.h"

namespace plimsoll {

/// The part of a container's life that a behaviour belongs to.
enum class Phase : std::uint8_t {
  setup,    ///< the runtime preparing the container: a task from the host, until its first exec inside
  startup,  ///< from the container's first exec until an end that is learned (profiles/startup.h), or set
  steady,   ///< after that
  entered,  ///< what came in from outside later: docker exec, kubectl exec, probes
};
template <>
inline constexpr auto kNamesOf<Phase> = names({"setup", "startup", "steady", "entered"});

/// Every action, with the type of what it is done to. The enum, its names, Object and everything that is made
/// of an object's fields (profiles, captures, alerts, one-line texts) follow from this list; its order is
/// that of pl_action in bpf/include/behaviour.h.
#define PLIMSOLL_ACTIONS(ROW) \
  ROW(exec, ExecObject)       \
  ROW(setid, SetidObject)     \
  ROW(capset, CapsetObject)   \
  ROW(mount, MountObject)     \
  ROW(connect, ConnectObject) \
  ROW(socket, SocketObject)   \
  ROW(ns, NsObject)

enum class Action : std::uint8_t {
#define PLIMSOLL_ACTION_VALUE(action, object) action,
  PLIMSOLL_ACTIONS(PLIMSOLL_ACTION_VALUE)
#undef PLIMSOLL_ACTION_VALUE
};
template <>
inline constexpr auto kNamesOf<Action> = names({
#define PLIMSOLL_ACTION_NAME(action, object) #action,
    PLIMSOLL_ACTIONS(PLIMSOLL_ACTION_NAME)
#undef PLIMSOLL_ACTION_NAME
});

/// `ok` and `attempt` (outcome not known, or of no interest as for connect) are behaviour; `failed` is kept
/// apart: an attempt at something privileged that the kernel refused.
enum class Outcome : std::uint8_t { ok, failed, attempt };
template <>
inline constexpr auto kNamesOf<Outcome> = names({"ok", "failed", "attempt"});

/// The outcome that files leave out: for connect the attempt, else ok.
constexpr Outcome usual_outcome(Action action) {
  return action == Action::connect ? Outcome::attempt : Outcome::ok;
}

/// Where an executed file comes from.
enum class Origin : std::uint8_t {
  unknown,     ///< could not be determined
  image,       ///< the image's layers (overlay lower), or unchanged since the container's start
  upper_new,   ///< written in the container: no such file in the image
  upper_copy,  ///< an image file copied up, with size and modification time unchanged (a chown does that)
  modified,    ///< an image file whose contents were changed in the container
  memfd,       ///< an anonymous file in memory
  deleted,     ///< a file that has no name any more
  volume,      ///< another file system than the container's root, such as a mounted volume or /dev/shm
  outside,     ///< outside the container's root
};
template <>
inline constexpr auto kNamesOf<Origin> = names(
    {"unknown", "image", "upper_new", "upper_copy", "modified", "memfd", "deleted", "volume", "outside"});

// What an action is done to. Strings are as the kernel gave them (bytes, possibly not UTF-8), bounded.
// fields() calls visit(key, field&) for each field, in the order in which files show them. A field is a
// std::string, a std::uint16_t or an Origin.

struct ExecObject {
  std::string path;    ///< resolved inside the container's root; "memfd:NAME" for a memfd
  std::string as;      ///< last part of the name it was called by; for a script: of the interpreter
  std::string script;  ///< the script, when an interpreter line was followed; else empty
  Origin origin = Origin::unknown;
  std::string
      gains;  ///< what the file itself gave: "uid 0", "cap_net_raw" ... (set-uid, file caps); else empty
  auto operator<=>(const ExecObject&) const = default;
  static constexpr void fields(auto& o, auto&& visit) {
    visit("path", o.path), visit("as", o.as), visit("script", o.script), visit("origin", o.origin),
        visit("gains", o.gains);
  }
};

struct SetidObject {
  std::string kind;  ///< "uid", "gid" or "groups"
  std::string from;  ///< "0" when real, effective, saved and fs ids agree, else "r:e:s:fs"; groups: empty
  std::string to;    ///< likewise; groups: the sorted ids joined by ','; a failed attempt: the arguments
  auto operator<=>(const SetidObject&) const = default;
  static constexpr void fields(auto& o, auto&& visit) {
    visit("kind", o.kind), visit("from", o.from), visit("to", o.to);
  }
};

struct CapsetObject {
  std::string gained;       ///< effective capabilities gained, "cap_net_raw,cap_sys_admin" sorted
  std::string dropped;      ///< effective or permitted capabilities given up
  std::string inheritable;  ///< inheritable capabilities gained
  auto operator<=>(const CapsetObject&) const = default;
  static constexpr void fields(auto& o, auto&& visit) {
    visit("gained", o.gained), visit("dropped", o.dropped), visit("inheritable", o.inheritable);
  }
};

struct MountObject {
  std::string op;  ///< mount bind remount move propagate umount fsopen fsconfig fsmount open_tree move_mount
                   ///< mount_setattr pivot_root
  std::string fs;  ///< file system type, where the call names one
  std::string source;  ///< device, directory or source string; pivot_root: put_old
  std::string target;  ///< mount point; pivot_root: new_root
  auto operator<=>(const MountObject&) const = default;
  static constexpr void fields(auto& o, auto&& visit) {
    visit("op", o.op), visit("fs", o.fs), visit("source", o.source), visit("target", o.target);
  }
};

struct ConnectObject {
  std::string proto;  ///< tcp udp unix, or "ip-NUMBER"
  std::string dest;   ///< loopback imds ecs-credentials pod-identity private public (core/destination.h);
                      ///< for unix: the socket's path, "@name" if abstract
  std::uint16_t port = 0;  ///< host byte order; 0 for unix
  auto operator<=>(const ConnectObject&) const = default;
  static constexpr void fields(auto& o, auto&& visit) {
    visit("proto", o.proto), visit("dest", o.dest), visit("port", o.port);
  }
};

struct SocketObject {
  std::string family;  ///< packet vsock inet inet6
  std::string type;    ///< raw dgram stream packet
  auto operator<=>(const SocketObject&) const = default;
  static constexpr void fields(auto& o, auto&& visit) { visit("family", o.family), visit("type", o.type); }
};

struct NsObject {
  std::string op;     ///< setns or unshare
  std::string types;  ///< "mnt,pid", sorted
  auto operator<=>(const NsObject&) const = default;
  static constexpr void fields(auto& o, auto&& visit) { visit("op", o.op), visit("types", o.types); }
};

template <typename None, typename... Objects>
using VariantOfRest = std::variant<Objects...>;
/// The alternatives stand in the order of Action, so that the index is the action.
using Object = VariantOfRest<void
#define PLIMSOLL_ACTION_OBJECT(action, object) , object
                                 PLIMSOLL_ACTIONS(PLIMSOLL_ACTION_OBJECT)
#undef PLIMSOLL_ACTION_OBJECT
                             >;

/// What acted, when it was the container runtime and not a program of the container.
constexpr std::string_view kRuntimeActor = "runtime";

struct Behaviour {
  Phase phase = Phase::steady;
  std::string
      actor;  ///< executable as seen inside the container; "/bin/busybox:sh" when called by another name
  Object object;
  Outcome outcome = Outcome::ok;
  bool pattern = false;  ///< of many behaviours: "<n>" and its like stand for what varies (profiles/shape.h).
                         ///< Nothing that a container does is one, whatever names it chooses

  [[nodiscard]] Action action() const { return static_cast<Action>(object.index()); }
  auto operator<=>(const Behaviour&) const = default;
};

// The parsers return nothing for an unknown name.
constexpr std::optional<Phase> phase_from(std::string_view text) {
  return from_name<Phase>(text);
}
constexpr std::optional<Action> action_from(std::string_view text) {
  return from_name<Action>(text);
}
constexpr std::optional<Outcome> outcome_from(std::string_view text) {
  return from_name<Outcome>(text);
}
constexpr std::optional<Origin> origin_from(std::string_view text) {
  return from_name<Origin>(text);
}

/// A failed attempt is never usual; an outcome that is not known is so for connect only.
inline bool has_usual_outcome(const Behaviour& b) {
  return b.outcome == Outcome::ok || b.outcome == usual_outcome(b.action());
}

/// In a pattern: this port and all above, which a system gives to whoever asks for any.
constexpr std::uint16_t kEphemeral = 32768;

/// An empty object of that action's type.
Object make_object(Action);

/// Calls visit(key, field&) for each field of the object, as its fields() does. The codecs (TOML, JSON) and
/// the one-line text are made by this.
template <typename Obj, typename Visit>
void for_each_field(Obj& object, Visit&& visit) {
  std::visit([&](auto& o) { o.fields(o, visit); }, object);
}

/// "443", in a pattern "32768+"; empty for 0.
std::string port_text(const Behaviour&, std::uint16_t port);

/// One line for people and logs: "steady /usr/sbin/nginx exec path=/bin/sh as=sh origin=image"; empty fields
/// are left out, bytes that could harm a terminal or a log are escaped.
std::string describe(const Behaviour&);

/// The program's short name for messages: "/bin/busybox:sh" -> "sh", "/usr/sbin/nginx" -> "nginx".
std::string short_name(std::string_view actor);

}  // namespace plimsoll
