// Shapes of names.
#include "profiles/shape.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

#include "detectors/kinds.h"

namespace plimsoll {
namespace {

constexpr std::size_t kShortestHex = 8;     // a shorter one may be a word
constexpr std::size_t kMostDigits = 20;     // of a 64-bit number
constexpr std::size_t kFewestTurns = 3;     // from one class of characters to another: "aB3d", not "Worker1"
constexpr std::uint64_t kFirstUser = 1000;  // login.defs(5): UID_MIN
constexpr std::uint64_t kFirstReserved = 60000, kLastReserved = 65535;  // nobody, systemd's, (uint16_t)-1
constexpr std::uint64_t kLastUser = 4'294'967'293;                      // above: (uid_t)-2 and -1

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_word(char c) {
  return is_digit(c) || is_lower(c) || is_upper(c);
}
bool is_lower_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f');
}
bool is_upper_hex(char c) {
  return is_digit(c) || (c >= 'A' && c <= 'F');
}

bool below(std::string_view path, std::string_view directory) {
  return path.starts_with(directory) && (path.size() == directory.size() || path[directory.size()] == '/');
}

/// "/run/app/../../etc/x": it lies elsewhere than it seems to.
bool points_elsewhere(std::string_view path) {
  return path == ".." || path.starts_with("../") || path.ends_with("/..") ||
         path.find("/../") != std::string_view::npos || path.find("/./") != std::string_view::npos;
}

/// Where a new name is never like its neighbours: the kernel's and the system's own, secrets, and what
/// belongs to the runtimes and the host.
bool is_sensitive(std::string_view path) {
  if (points_elsewhere(path)) return true;
  if (path.starts_with("/var/run/")) path.remove_prefix(4);
  constexpr std::array<std::string_view, 17> kPlaces = {"/proc",
                                                        "/sys",
                                                        "/dev",
                                                        "/etc",
                                                        "/root",
                                                        "/boot",
                                                        "/run/secrets",
                                                        "/run/crio",
                                                        "/run/docker",
                                                        "/run/containerd",
                                                        "/run/podman",
                                                        "/run/k3s",
                                                        "/run/systemd",
                                                        "/run/credentials",
                                                        "/var/lib/docker",
                                                        "/var/lib/containerd",
                                                        "/var/lib/kubelet"};
  return std::ranges::any_of(kPlaces, [path](std::string_view place) { return below(path, place); });
}

std::string numbered(std::string_view what, std::size_t length) {
  return "<" + std::string{what} + std::to_string(length) + ">";
}

/// How often the class of character changes.
std::size_t turns(std::string_view word) {
  const auto kind = [](char c) { return is_digit(c) ? 0 : is_lower(c) ? 1 : is_upper(c) ? 2 : 3; };
  std::size_t count = 0;
  for (std::size_t i = 1; i < word.size(); ++i) count += kind(word[i]) != kind(word[i - 1]) ? 1 : 0;
  return count;
}

/// "worker<n>" of "worker12": of a word with one run of digits.
void read_number(std::string_view word, Part& part) {
  const auto first = std::ranges::find_if(word, is_digit);
  const auto last = std::find_if_not(first, word.end(), is_digit);
  const auto digits = static_cast<std::size_t>(last - first);
  if (digits == 0 || digits > kMostDigits || std::any_of(last, word.end(), is_digit)) return;
  part.readings.push_back({std::string(word.begin(), first) + "<n>" + std::string(last, word.end())});
}

void read_hex(std::string_view word, Part& part) {
  if (word.size() < kShortestHex ||
      !(std::ranges::all_of(word, is_lower_hex) || std::ranges::all_of(word, is_upper_hex)))
    return;
  const bool digits = std::ranges::any_of(word, is_digit);
  const bool letters = !std::ranges::all_of(word, is_digit);
  part.readings.push_back({numbered("hex", word.size()), digits && letters});
}

/// As mkstemp(3) (6), Python (8), mktemp(1) (10) and ssh-agent(1) (12) draw them.
bool is_temporary_length(std::size_t length) {
  return length == 6 || length == 8 || length == 10 || length == 12;
}

void read_temporary(std::string_view word, Part& part) {
  if (is_temporary_length(word.size()))
    part.readings.push_back({numbered("tmp", word.size()), turns(word) >= kFewestTurns});
}

/// 8-4-4-4-12 hex digits.
bool starts_with_uuid(std::string_view text) {
  constexpr std::size_t kLength = 36;
  if (text.size() < kLength || (text.size() > kLength && is_word(text[kLength]))) return false;
  for (std::size_t i = 0; i < kLength; ++i) {
    const bool separator = i == 8 || i == 13 || i == 18 || i == 23;
    if (separator ? text[i] != '-' && text[i] != '_' : !is_lower_hex(text[i])) return false;
  }
  return true;
}

/// The length of ".2.3" at the start of what follows a number: whole groups only; 0 where there is none.
std::size_t more_of_version(std::string_view text) {
  std::size_t length = 0;
  while (length + 1 < text.size() && text[length] == '.' && is_digit(text[length + 1])) {
    std::size_t end = length + 1;
    while (end < text.size() && is_digit(text[end])) ++end;
    if (end < text.size() && is_word(text[end])) break;
    length = end;
  }
  return length;
}

/// The length of what Python draws behind "tmp" in a component: eight of a-z0-9_; 0 where it is something
/// else.
std::size_t python_temporary(std::string_view component) {
  constexpr std::size_t kLength = 8, kPrefix = 3;
  if (!component.starts_with("tmp") || component.size() < kPrefix + kLength) return 0;
  const std::string_view drawn = component.substr(kPrefix, kLength);
  const bool whole = component.size() == kPrefix + kLength || component[kPrefix + kLength] == '.' ||
                     component[kPrefix + kLength] == '-';
  const auto fits = [](char c) { return is_lower(c) || is_digit(c) || c == '_'; };
  return whole && std::ranges::all_of(drawn, fits) ? kLength : 0;
}

/// What names of a kind may hold.
struct Reads {
  bool versions = false, temporaries = false;
};
constexpr Reads kPath{.versions = true, .temporaries = true};
constexpr Reads kProgram{.versions = true};
constexpr Reads kLabel{};

/// One component; `temporary_place`: it lies where whole names are drawn.
class Reader {
 public:
  Reader(Reads reads, std::string& frame, std::vector<Part>& parts)
      : reads_(reads), frame_(frame), parts_(parts) {}

  void component(std::string_view text, bool temporary_place) {
    std::size_t i = 0;
    if (const std::size_t drawn = reads_.temporaries ? python_temporary(text) : 0; drawn > 0) {
      frame_ += "tmp";
      Part part{std::string{text.substr(3, drawn)}, {}};
      read_number(part.text, part);
      read_temporary(part.text, part);
      add(std::move(part));
      i = 3 + drawn;
    }
    while (i < text.size()) {
      if (!is_word(text[i])) {
        frame_ += text[i++];
        continue;
      }
      i += word(text, i, temporary_place);
    }
  }

 private:
  /// Returns its length.
  std::size_t word(std::string_view text, std::size_t at, bool temporary_place) {
    const std::string_view rest = text.substr(at);
    if (starts_with_uuid(rest)) {
      add({std::string{rest.substr(0, 36)}, {{"<uid>"}}});
      return 36;
    }
    const std::size_t length =
        static_cast<std::size_t>(std::ranges::find_if_not(rest, is_word) - rest.begin());
    const std::string_view word = rest.substr(0, length);
    const std::size_t more =
        reads_.versions && is_digit(word.back()) ? more_of_version(rest.substr(length)) : 0;
    if (more > 0) {
      const std::size_t prefix = word.find_last_not_of("0123456789") + 1;
      add({std::string{rest.substr(0, length + more)},
           {{std::string{word.substr(0, prefix)} + "<version>"}}});
      return length + more;
    }
    Part part{std::string{word}, {}};
    read_number(word, part);
    read_hex(word, part);
    const bool ends = length == rest.size() || rest[length] == '.';
    const bool behind =
        at > 0 ? text[at - 1] == '.' || text[at - 1] == '-' || text[at - 1] == '_' : temporary_place;
    if (reads_.temporaries && ends && behind) read_temporary(word, part);
    add(std::move(part));
    return length;
  }

  void add(Part part) {
    if (part.readings.empty()) {
      frame_ += part.text;
      return;
    }
    frame_ += kHole;
    parts_.push_back(std::move(part));
  }

  Reads reads_;
  std::string& frame_;
  std::vector<Part>& parts_;
};

/// The text with holes; its parts go to `parts`.
std::string read(std::string_view text, char separator, Reads reads, std::vector<Part>& parts) {
  std::string frame;
  Reader reader(reads, frame, parts);
  for (std::size_t at = 0;;) {
    const std::size_t end = std::min(text.find(separator, at), text.size());
    const std::string_view before = text.substr(0, at);
    reader.component(text.substr(at, end - at), before == "/tmp/" || before == "/var/tmp/");
    if (end == text.size()) return frame;
    frame += separator;
    at = end + 1;
  }
}

/// "dns:NAME": the labels before the last two, or three where the one before the last is short (co.uk).
std::string read_name(std::string_view dest, std::vector<Part>& parts) {
  constexpr std::string_view kDns = "dns:";
  constexpr std::size_t kShort = 3;
  const std::string_view host = dest.substr(kDns.size());
  std::size_t kept = host.rfind('.');
  for (std::size_t labels = 1; kept != std::string_view::npos && kept > 0; ++labels) {
    const std::size_t before = host.rfind('.', kept - 1);
    const std::size_t label = before == std::string_view::npos ? 0 : before + 1;
    const bool is_short = labels == 1 && kept - label <= kShort;
    kept = before;
    if (labels >= 2 || !is_short) break;
  }
  if (kept == std::string_view::npos || kept == 0) return std::string{dest};
  return std::string{kDns} + read(host.substr(0, kept), '.', kLabel, parts) + std::string{host.substr(kept)};
}

void shape(ExecObject& exec, std::vector<Part>& parts) {
  // Whether a script came with the image is not known, and set-uid files are few.
  if (exec.origin != Origin::image || !exec.script.empty() || !exec.gains.empty() || is_sensitive(exec.path))
    return;
  const auto base = [&exec] { return std::string_view{exec.path}.substr(exec.path.rfind('/') + 1); };
  const bool by_its_name = exec.as == base();
  exec.path = read(exec.path, '/', kProgram, parts);
  if (by_its_name) exec.as = base();
}

void shape(MountObject& mount, std::vector<Part>& parts) {
  if (detectors::kind_of(mount, 0) != detectors::MountKind::other || is_sensitive(mount.source) ||
      is_sensitive(mount.target))
    return;
  mount.source = read(mount.source, '/', kPath, parts);
  mount.target = read(mount.target, '/', kPath, parts);
}

void shape(ConnectObject& connect, std::vector<Part>& parts) {
  if (detectors::kind_of(connect) != detectors::DestinationKind::ordinary ||
      connect.port == kEphemeral)  // that number stands for the placeholder
    return;
  if (connect.proto == "unix") {
    if (!is_sensitive(connect.dest)) connect.dest = read(connect.dest, '/', kPath, parts);
    return;
  }
  if (connect.dest.starts_with("dns:")) connect.dest = read_name(connect.dest, parts);
  if (connect.port > kEphemeral) {
    parts.push_back({std::to_string(connect.port), {{std::to_string(kEphemeral)}}});
    connect.port = kEphemeral;
  }
}

void shape(SetidObject& setid, std::vector<Part>& parts) {
  std::uint64_t id = 0;
  const char* const end = setid.to.data() + setid.to.size();
  const auto [stop, error] = std::from_chars(setid.to.data(), end, id);
  const bool user = error == std::errc{} && stop == end && id >= kFirstUser && id <= kLastUser &&
                    (id < kFirstReserved || id > kLastReserved) && std::to_string(id) == setid.to;
  if (!user || setid.kind == "groups") return;
  parts.push_back({setid.to, {{"<user>"}}});
  setid.to = kHole;
}

template <typename T>
void shape(T& /*nothing of it varies*/, std::vector<Part>& /*parts*/) {}

/// Placeholders and holes are ours alone.
bool is_plain(const Object& object) {
  bool plain = true;
  for_each_field(object, [&plain](std::string_view, const auto& field) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(field)>, std::string>)
      plain = plain && field.find_first_of(std::string_view("<>\x01")) == std::string::npos;
  });
  return plain;
}

std::string filled(std::string_view frame, const std::vector<std::string_view>& texts, std::size_t& next) {
  std::string out;
  for (const char c : frame) {
    if (c == kHole) {
      out += texts[next++];
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::optional<Shape> shape_of(const Behaviour& b) {
  if (b.pattern || b.phase == Phase::setup || !is_plain(b.object)) return std::nullopt;
  Shape out{b, {}};
  std::visit([&out](auto& object) { shape(object, out.parts); }, out.frame.object);
  if (out.parts.empty() || out.parts.size() > kMostParts) return std::nullopt;
  return out;
}

std::vector<Choice> choices(const Shape& shape) {
  std::vector<Choice> out;
  Choice choice(shape.parts.size(), 0);
  const auto next = [&] {
    for (std::size_t i = 0; i < choice.size(); ++i) {
      if (++choice[i] <= shape.parts[i].readings.size()) return true;
      choice[i] = 0;
    }
    return false;
  };
  while (next()) out.push_back(choice);
  std::ranges::stable_sort(out, {}, [](const Choice& c) {
    return c.size() - static_cast<std::size_t>(std::ranges::count(c, 0U));
  });
  return out;
}

Behaviour pattern_of(const Shape& shape, const Choice& choice) {
  std::vector<std::string_view> texts;
  for (std::size_t i = 0; i < choice.size(); ++i) {
    const Part& part = shape.parts[i];
    texts.push_back(choice[i] == 0 ? part.text : part.readings[choice[i] - 1].text);
  }
  Behaviour out = shape.frame;
  out.pattern = true;
  std::size_t next = 0;
  for_each_field(out.object, [&](std::string_view key, auto& field) {
    using Field = std::remove_cvref_t<decltype(field)>;
    if constexpr (std::is_same_v<Field, std::string>) {
      if (key == "as")
        next -= static_cast<std::size_t>(std::ranges::count(field, kHole));  // of the path's end
      field = filled(field, texts, next);
    } else if constexpr (std::is_same_v<Field, std::uint16_t>) {
      if (next < texts.size())
        std::from_chars(texts[next].data(), texts[next].data() + texts[next].size(), field);
    }
  });
  return out;
}

std::vector<Behaviour> patterns_of(const Behaviour& b) {
  std::vector<Behaviour> out;
  const auto shape = shape_of(b);
  if (!shape) return out;
  for (const Choice& choice : choices(*shape)) out.push_back(pattern_of(*shape, choice));
  return out;
}

bool has_placeholder(const Behaviour& b) {
  bool found = false;
  for_each_field(b.object, [&found](std::string_view, const auto& field) {
    using Field = std::remove_cvref_t<decltype(field)>;
    if constexpr (std::is_same_v<Field, std::string>) {
      const std::size_t open = field.find('<');
      found = found || (open != std::string::npos && field.find('>', open) != std::string::npos);
    } else if constexpr (std::is_same_v<Field, std::uint16_t>) {
      found = found || field == kEphemeral;
    }
  });
  return found;
}

}  // namespace plimsoll
