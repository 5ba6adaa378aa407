// Strict reading of TOML tables. Internal to the codecs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "agent/core/clock.h"
#include "agent/core/names.h"
#include "agent/core/result.h"

namespace plimsoll::toml_table {

/// Something of the file's own text, bounded and safe to print.
std::string shown(std::string_view text);

/// One table. What is wrong with it is thrown, and caught by read_text().
class Table {
 public:
  /// `table`: a toml::table, which outlives this. toml++'s header takes seconds to compile, so only
  /// toml_table.cpp sees it. `path`: its key for messages, "" for the root.
  Table(const void* table, std::string path) : table_(table), path_(std::move(path)) {}

  /// Any other key than these is an error.
  void only(std::initializer_list<std::string_view> keys) const;

  [[nodiscard]] bool has(std::string_view key) const;

  /// Unescaped. Missing: `otherwise`, or an error.
  [[nodiscard]] std::string text(std::string_view key, std::optional<std::string> otherwise = {}) const;

  /// A name of the enum. Missing: `otherwise`, or an error.
  template <Named Enum>
  [[nodiscard]] Enum one_of(std::string_view key, std::optional<Enum> otherwise = {}) const {
    if (!has(key) && otherwise) return *otherwise;
    const std::string word = text(key);
    const std::optional<Enum> value = from_name<Enum>(word);
    if (!value) wrong(key, "unknown name \"" + shown(word) + "\"", all_names<Enum>());
    return *value;
  }

  /// Missing: 0.
  [[nodiscard]] std::uint64_t number(std::string_view key, std::uint64_t most) const;

  /// Missing: false.
  [[nodiscard]] bool flag(std::string_view key) const;

  /// Missing: 0, which stands for "not known".
  [[nodiscard]] WallNs time(std::string_view key) const;

  /// Calls `each` with every string of a list; none when missing.
  void each_text(std::string_view key, const std::function<void(std::string)>& each) const;

  /// Missing: {0, 0}.
  [[nodiscard]] std::pair<std::uint64_t, std::uint64_t> range(std::string_view key) const;

  /// Missing: an empty one.
  [[nodiscard]] Table table(std::string_view key) const;

  /// Calls `each` with every table of a list; none when missing.
  void each_table(std::string_view key, const std::function<void(const Table&)>& each) const;

  /// Calls `each` with every key, as it stands and unescaped; two that are the same unescaped are an error.
  void each_key(const std::function<void(std::string_view, std::string)>& each) const;

  /// A complaint about the value of `key`, or about the table where it has none.
  [[noreturn]] void wrong(std::string_view key, const std::string& what, const std::string& accepted) const;

  /// "image.tags": that key for messages.
  [[nodiscard]] std::string path_of(std::string_view key) const;

 private:
  const void* table_;
  std::string path_;
};

/// Calls `read` with the text's root table. Whatever is wrong is one error "SOURCE:LINE: KEY: WHAT; accepted:
/// ...".
Result<void> read_root(std::string_view text, std::string_view source, std::size_t most,
                       std::string_view accepted, const std::function<void(const Table&)>& read);

/// What `read` makes of it.
template <typename Value, typename Read>
Result<Value> read_text(std::string_view text, std::string_view source, std::size_t most,
                        std::string_view accepted, Read&& read) {
  Result<Value> value = fail(std::string(source));
  const auto done = read_root(text, source, most, accepted, [&](const Table& root) { value = read(root); });
  if (!done) return fail(done.error());
  return value;
}

}  // namespace plimsoll::toml_table
