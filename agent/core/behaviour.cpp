// Texts of behaviours.
#include "agent/core/behaviour.h"

#include <cstddef>
#include <type_traits>
#include <utility>

#include "agent/core/text.h"

namespace plimsoll {
namespace {

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

template <std::size_t... I>
Object make_object(std::size_t index, std::index_sequence<I...> /*of Object*/) {
  Object out;
  (void)((index == I && (out.emplace<I>(), true)) || ...);
  return out;
}

}  // namespace

Object make_object(Action action) {
  return make_object(static_cast<std::size_t>(action),
                     std::make_index_sequence<std::variant_size_v<Object>>{});
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
  if (!has_usual_outcome(b)) add("outcome", name(b.outcome));
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
