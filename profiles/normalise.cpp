// Placeholders for what names a container instead of telling what it does.
#include "profiles/normalise.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <type_traits>

#include "agent/core/destination.h"

namespace plimsoll {
namespace {

constexpr std::size_t kShortestId = 8;      // a shorter one may be an ordinary directory's name
constexpr std::size_t kShortestNumber = 6;  // Go's temporary names have nine or ten digits

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f');
}
bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool all(std::string_view text, bool (*is)(char)) {
  return !text.empty() && std::ranges::all_of(text, is);
}

/// The length of the UUID (8-4-4-4-12 hex digits, separated by '-' or '_') that `text` starts with, or 0.
std::size_t uuid_length(std::string_view text) {
  constexpr std::size_t kLength = 36;
  if (text.size() < kLength || (text.size() > kLength && is_word(text[kLength]))) return 0;
  for (std::size_t i = 0; i < kLength; ++i) {
    const bool separator = i == 8 || i == 13 || i == 18 || i == 23;
    if (separator ? text[i] != '-' && text[i] != '_' : !is_hex(text[i])) return 0;
  }
  return kLength;
}

/// Ids, UUIDs and drawn numbers inside one path component.
std::string component(std::string_view text, const Container& container) {
  if (text.size() >= kShortestId && text == container.id) return "<id>";
  constexpr std::string_view kServiceAccount = "kube-api-access-";  // followed by five drawn characters
  if (text.starts_with(kServiceAccount)) return std::string{kServiceAccount} + "<id>";
  // Where runc mounts a copy of itself: six drawn characters.
  constexpr std::string_view kClone = "runc.";
  if (text.size() == kClone.size() + 6 && text.starts_with(kClone) &&
      all(text.substr(kClone.size()), is_word))
    return std::string{kClone} + "<id>";
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const bool starts_word = i == 0 || !is_word(text[i - 1]);
    const std::size_t prefix = text.substr(i).starts_with("pod") ? 3 : 0;  // "kubepods-pod0a1b2c3d_..."
    if (const std::size_t length = starts_word ? uuid_length(text.substr(i + prefix)) : 0; length > 0) {
      out += text.substr(i, prefix);
      out += "<uid>";
      i += prefix + length;
      continue;
    }
    std::size_t end = i;
    while (end < text.size() && is_word(text[end])) ++end;
    const std::string_view word = text.substr(i, end - i);
    const std::size_t digits = word.size() - (word.find_last_not_of("0123456789") + 1);
    if ((word.size() == 32 || word.size() == 64) && all(word, is_hex)) {
      out += "<id>";
    } else if (digits >= kShortestNumber) {
      out += word.substr(0, word.size() - digits);
      out += "<n>";
    } else if (!word.empty()) {
      out += word;
    } else {
      out += text[end++];
    }
    i = end;
  }
  return out;
}

/// What a component becomes because of what stands before it; empty when nothing.
std::string_view drawn(std::string_view before, std::string_view text) {
  if (all(text, is_digit)) {
    if (before == "/proc/") return "<pid>";
    const bool number = before == "/dev/pts/" || before.ends_with("/snapshots/") ||
                        (before.starts_with("/proc/") && before.ends_with("/fd/"));
    return number ? "<n>" : "";
  }
  // /var/lib/kubelet/pods/UID/containers/NAME/0a1b2c3d: where the termination message goes
  const bool message = text.size() == 8 && all(text, is_hex) &&
                       before.starts_with("/var/lib/kubelet/pods/") &&
                       before.find("/containers/") != std::string_view::npos;
  return message ? "<id>" : "";
}

std::string each_component(std::string_view path, const Container& container) {
  std::string out;
  while (true) {
    const std::size_t slash = path.find('/');
    const std::string_view text = path.substr(0, slash);
    const std::string_view placeholder = drawn(out, text);
    out += placeholder.empty() ? component(text, container) : std::string{placeholder};
    if (slash == std::string_view::npos) return out;
    out += '/';
    path.remove_prefix(slash + 1);
  }
}

/// Where `part`, a path of its own, stands in `path` between component boundaries.
std::size_t find_path(std::string_view path, std::string_view part) {
  if (part.size() < 2 || part.front() != '/') return std::string_view::npos;
  for (std::size_t at = path.find(part); at != std::string_view::npos; at = path.find(part, at + 1)) {
    const std::size_t end = at + part.size();
    if (end == path.size() || path[end] == '/') return at;
  }
  return std::string_view::npos;
}

std::string in_setup(std::string_view path, const Container& container) {
  if (find_path(path, container.rootfs) == 0) {
    path.remove_prefix(container.rootfs.size());
    if (path.empty()) return "/";
  }
  const std::size_t at = find_path(path, container.cgroup_path);
  if (at == std::string_view::npos) return each_component(path, container);
  const std::string_view rest = path.substr(at + container.cgroup_path.size());
  return each_component(path.substr(0, at), container) + "/<cgroup>" +
         (rest.empty() ? std::string{} : each_component(rest, container));
}

/// unix(7): an abstract name drawn by the kernel is five hex digits.
bool is_autobind(std::string_view name) {
  return name.size() == 6 && name[0] == '@' && all(name.substr(1), is_hex);
}

std::string later(std::string_view text) {
  constexpr std::string_view kProc = "/proc/";
  if (!text.starts_with(kProc)) return std::string{text};
  const std::string_view rest = text.substr(kProc.size());
  const std::string_view pid = rest.substr(0, rest.find('/'));
  if (!all(pid, is_digit) || pid == "1") return std::string{text};
  return std::string{kProc} + "<pid>" + std::string{rest.substr(pid.size())};
}

/// "dns:redis.shop.svc.cluster.local" of a container in the namespace "shop": the same in each namespace.
std::string in_any_namespace(const std::string& dest, const std::string& own) {
  for (const std::string_view kind : {".svc.", ".pod."}) {
    const std::string part = '.' + own + std::string(kind);
    if (const auto at = dest.find(part); at != std::string::npos)
      return dest.substr(0, at) + ".<namespace>" + dest.substr(at + 1 + own.size());
  }
  return dest;
}

}  // namespace

void normalise(Behaviour& b, const Container& container) {
  const bool setup = b.phase == Phase::setup;
  if (setup) b.actor = in_setup(b.actor, container);
  for_each_field(b.object, [&](std::string_view key, auto& field) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(field)>, std::string>) {
      constexpr std::array<std::string_view, 5> kPaths = {"path", "script", "source", "target", "dest"};
      if (key == "dest" && is_autobind(field)) {
        field = "@<autobind>";
      } else if (key == "dest" && is_name(field) && !container.pod_namespace.empty()) {
        field = in_any_namespace(field, container.pod_namespace);
      } else if (key == "as" && setup && all(field, is_digit)) {
        field = "<n>";  // an open file, executed as /proc/self/fd/N
      } else if (std::ranges::find(kPaths, key) != kPaths.end()) {
        field = setup ? in_setup(field, container) : later(field);
      }
    }
  });
}

}  // namespace plimsoll
