// The names of an enum's values, written once: printing, parsing and listing all use the same list.
//
// Beside the enum:
//   template <>
//   inline constexpr auto kNamesOf<Phase> = names({"setup", "startup", "steady", "entered"});
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace plimsoll {

template <std::size_t N>
constexpr std::array<std::string_view, N> names(const std::string_view (&list)[N]) {
  return std::to_array(list);
}

/// In the order of the enum, whose values count up from 0. An enum without names has an empty list.
template <typename Enum>
inline constexpr std::array<std::string_view, 0> kNamesOf{};

template <typename Enum>
concept Named = std::is_enum_v<Enum> && !kNamesOf<Enum>.empty();

template <Named Enum>
constexpr std::string_view name(Enum value) {
  return kNamesOf<Enum>.at(static_cast<std::size_t>(value));
}

/// The inverse of name(); nothing for an unknown name.
template <Named Enum>
constexpr std::optional<Enum> from_name(std::string_view text) {
  for (std::size_t i = 0; i < kNamesOf<Enum>.size(); ++i) {
    if (kNamesOf<Enum>.at(i) == text) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

/// "setup, startup, steady, entered": for messages that say what is accepted.
template <Named Enum>
std::string all_names() {
  std::string out;
  for (const std::string_view one : kNamesOf<Enum>) out.append(out.empty() ? "" : ", ").append(one);
  return out;
}

}  // namespace plimsoll
