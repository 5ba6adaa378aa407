// Typed, position-aware reading of TOML tables: the first thing that is wrong becomes the error.
#pragma once

#include <toml++/toml.h>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/result.h"

namespace plimsoll {

/// Keeps the first error of a file.
class Problems {
 public:
  explicit Problems(std::string_view source) : source_(source) {}
  void add(const toml::source_region& where, std::string_view key, std::string_view what,
           std::string_view accepted);
  [[nodiscard]] const std::optional<Error>& first() const { return first_; }

 private:
  std::string source_;
  std::optional<Error> first_;
};

/// One table. Every get() leaves `value` alone when the key is missing or wrong. finish() finds the unknown
/// keys.
class Section {
 public:
  /// Says what is wrong with a text, or nothing.
  using Check = std::function<std::optional<std::string>(const std::string&)>;

  Section(const toml::table& table, std::string path, Problems& problems)
      : table_(table), path_(std::move(path)), problems_(problems) {}

  void get(std::string_view key, bool& value);
  void get(std::string_view key, double& value, double least, double most);
  void get(std::string_view key, std::uint32_t& value, std::uint32_t least, std::uint32_t most);
  void get(std::string_view key, std::string& value, std::string_view accepted = "a string",
           const Check& check = nullptr);
  void get(std::string_view key, std::vector<std::string>& value, std::string_view accepted,
           const Check& check = nullptr);
  /// Calls `each` for a table under this key.
  void table(std::string_view key, const std::function<void(Section&)>& each);
  /// Calls `each` for every table of an array.
  void tables(std::string_view key, const std::function<void(Section&)>& each);
  /// Calls `each` with every key of this table, whatever it is called, and its value.
  void every(
      const std::function<void(std::string_view key, const toml::key& where, const toml::node&)>& each);
  /// Call last.
  void finish();

  void wrong(std::string_view key, std::string_view what, std::string_view accepted);
  [[nodiscard]] std::string path_of(std::string_view key) const;
  [[nodiscard]] Problems& problems() { return problems_; }

 private:
  const toml::node* find(std::string_view key);
  bool text(const toml::node& node, const std::string& path, std::string_view accepted, const Check& check,
            std::string& value);

  const toml::table& table_;
  std::string path_;
  Problems& problems_;
  std::vector<std::string_view> known_;
};

}  // namespace plimsoll
