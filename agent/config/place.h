// Where a value stands in the file, and the first thing that is wrong there.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/config/toml_value.h"
#include "agent/core/result.h"

namespace plimsoll {

/// Keeps the first error of a file.
class Problems {
 public:
  explicit Problems(std::string_view source) : source_(source) {}
  void add(std::size_t line, std::string_view key, std::string_view what, std::string_view accepted);
  [[nodiscard]] const std::optional<Error>& first() const { return first_; }

 private:
  std::string source_;
  std::optional<Error> first_;
};

/// A value with the path of keys that leads to it.
struct Place {
  const TomlValue& value;
  std::string path;  ///< "identity.runtimes[0].kind"; empty: the whole file
  Problems& problems;

  void wrong(std::string_view what, std::string_view accepted) const {
    problems.add(value.line, path, what, accepted);
  }
  /// "is of type integer"
  void wrong_type(std::string_view accepted) const { wrong("is of type " + value.type, accepted); }
  [[nodiscard]] std::string path_of(std::string_view key) const {
    return path + (path.empty() || key.empty() ? "" : ".") + std::string(key);
  }
  [[nodiscard]] Place member(const TomlValue::Member& found) const {
    return {found.value, path_of(found.name), problems};
  }
  [[nodiscard]] Place item(std::size_t index) const {
    return {(*value.as<TomlValue::Array>())[index], path + "[" + std::to_string(index) + "]", problems};
  }
  /// Complains of every member that is not called one of `known`.
  void refuse_others(const std::vector<std::string_view>& known) const;
};

/// " (did you mean \"state_dir\"?)", or nothing when no known name is close.
std::string suggestion(std::string_view name, const std::vector<std::string_view>& known);
/// "a, b, c"
std::string joined(const std::vector<std::string_view>& names);

}  // namespace plimsoll
