// Names and texts of behaviours.
#include "agent/core/behaviour.h"

#include <array>
#include <type_traits>

#include "agent/core/text.h"

namespace plimsoll {
namespace {

// Each in the order of its enum.
constexpr std::array<std::string_view, 4> kPhases = {"setup", "startup", "steady", "entered"};
constexpr std::array<std::string_view, 7> kActions = {"exec",    "setid",  "capset", "mount",
                                                      "connect", "socket", "ns"};
constexpr std::array<std::string_view, 3> kOutcomes = {"ok", "failed", "attempt"};
constexpr std::array<std::string_view, 9> kOrigins = {
    "unknown", "image", "upper_new", "upper_copy", "modified", "memfd", "deleted", "volume", "outside"};
static_assert(kActions.size() == std::variant_size_v<Object>);

template <typename Enum, std::size_t N>
std::optional<Enum> find_name(const std::array<std::string_view, N>& names, std::string_view text) {
  for (std::size_t i = 0; i < N; ++i) {
    if (names.at(i) == text) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

/// Escaped so that the value is one word: a blank in a file name cannot pose as the next field.
std::string word(std::string_view bytes) {
  std::string out;
  for (const char c : escape(bytes)) {
    if (c == ' ') {
      out += "\\x20";
    } else {
      out += c;
    }
  }
  return out;
}

/// A failed attempt is always said; an outcome that is not known is said except for connect, where that is
/// usual.
bool outcome_is_new(const Behaviour& b) {
  return b.outcome == Outcome::failed || (b.outcome == Outcome::attempt && b.action() != Action::connect);
}

}  // namespace

std::string_view name(Phase phase) {
  return kPhases.at(static_cast<std::size_t>(phase));
}
std::string_view name(Action action) {
  return kActions.at(static_cast<std::size_t>(action));
}
std::string_view name(Outcome outcome) {
  return kOutcomes.at(static_cast<std::size_t>(outcome));
}
std::string_view name(Origin origin) {
  return kOrigins.at(static_cast<std::size_t>(origin));
}

std::optional<Phase> phase_from(std::string_view text) {
  return find_name<Phase>(kPhases, text);
}
std::optional<Action> action_from(std::string_view text) {
  return find_name<Action>(kActions, text);
}
std::optional<Outcome> outcome_from(std::string_view text) {
  return find_name<Outcome>(kOutcomes, text);
}
std::optional<Origin> origin_from(std::string_view text) {
  return find_name<Origin>(kOrigins, text);
}

Object make_object(Action action) {
  switch (action) {
    case Action::exec:
      return ExecObject{};
    case Action::setid:
      return SetidObject{};
    case Action::capset:
      return CapsetObject{};
    case Action::mount:
      return MountObject{};
    case Action::connect:
      return ConnectObject{};
    case Action::socket:
      return SocketObject{};
    case Action::ns:
      return NsObject{};
  }
  return {};
}

std::string port_text(const Behaviour& b, std::uint16_t port) {
  if (port == 0) return {};
  return std::to_string(port) + (b.pattern && port == kEphemeral ? "+" : "");
}

std::string describe(const Behaviour& b) {
  std::string line{name(b.phase)};
  line += ' ';
  line += b.actor.empty() ? "?" : word(b.actor);
  line += ' ';
  line += name(b.action());
  const auto add = [&line](std::string_view key, std::string_view value) {
    if (value.empty()) return;
    line += ' ';
    line += key;
    line += '=';
    line += value;
  };
  for_each_field(b.object, [&](std::string_view key, const auto& field) {
    using Field = std::remove_cvref_t<decltype(field)>;
    if constexpr (std::is_same_v<Field, Origin>) {
      add(key, name(field));
    } else if constexpr (std::is_same_v<Field, std::uint16_t>) {
      add(key, port_text(b, field));
    } else {
      add(key, word(field));
    }
  });
  if (outcome_is_new(b)) add("outcome", name(b.outcome));
  if (b.pattern) line += " pattern";
  return line;
}

std::string short_name(std::string_view actor) {
  if (actor.starts_with("memfd:")) return std::string{actor};
  std::string_view base = actor.substr(actor.rfind('/') + 1);
  const std::size_t colon = base.find(':');
  if (colon != std::string_view::npos) {
    base = colon + 1 < base.size() ? base.substr(colon + 1) : base.substr(0, colon);
  }
  return std::string{base.empty() ? actor : base};
}

}  // namespace plimsoll
