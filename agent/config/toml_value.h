// A TOML text as plain values with their lines. Only toml_value.cpp includes toml++.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace plimsoll {

struct TomlValue {
  struct Member;
  using Array = std::vector<TomlValue>;
  using Table = std::vector<Member>;  ///< sorted by name

  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Table>
      value;         ///< monostate: a date or a time, which no key takes
  std::string type;  ///< as messages name it: "boolean", "floating-point"
  std::size_t line = 0;

  /// Null when it is of another type.
  template <typename T>
  [[nodiscard]] const T* as() const {
    return std::get_if<T>(&value);
  }
  /// Null when it is no table, or has no such member.
  [[nodiscard]] const Member* find(std::string_view name) const;
};

struct TomlValue::Member {
  std::string name;
  std::size_t line = 0;  ///< of the name
  TomlValue value;
};

struct TomlError {
  std::string what;
  std::size_t line = 0;
};

/// The text as one table.
std::expected<TomlValue, TomlError> read_toml(std::string_view text);

}  // namespace plimsoll
