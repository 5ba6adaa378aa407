// Strict reading of TOML tables. Internal to the codecs.
#pragma once

#include <toml++/toml.h>

#include <algorithm>
#include <chrono>
#include <initializer_list>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

#include "agent/core/clock.h"
#include "agent/core/names.h"
#include "agent/core/result.h"
#include "agent/core/text.h"
#include "profiles/profile.h"

namespace plimsoll::toml_table {

constexpr std::size_t kMaxQuoted = 80;

/// Thrown within the codec only; lacks the source's name.
struct Complaint {
  std::string message;
};

/// Something of the file's own text, bounded and safe to print.
inline std::string shown(std::string_view text) {
  return escape(text.substr(0, kMaxQuoted)) + (text.size() > kMaxQuoted ? "..." : "");
}

[[noreturn]] inline void complain(const toml::source_region& where, const std::string& key,
                                  const std::string& what, const std::string& accepted) {
  throw Complaint{std::to_string(where.begin.line) + ": " + key + (key.empty() ? "" : ": ") + what +
                  "; accepted: " + accepted};
}

inline std::string joined(std::initializer_list<std::string_view> words) {
  std::string out;
  for (const std::string_view word : words) {
    if (!out.empty()) out += ", ";
    out += word;
  }
  return out;
}

/// One table; `path` is its key for messages, "" for the root.
class Table {
 public:
  Table(const toml::table& table, std::string path) : table_(&table), path_(std::move(path)) {}

  /// Any other key than these is an error.
  void only(std::initializer_list<std::string_view> keys) const {
    for (const auto& [key, value] : *table_) {
      if (std::ranges::find(keys, key.str()) == keys.end())
        complain(key.source(), path_of(key.str()), "unknown key", joined(keys));
    }
  }

  [[nodiscard]] bool has(std::string_view key) const { return table_->contains(key); }

  /// Unescaped. Missing: `otherwise`, or an error.
  [[nodiscard]] std::string text(std::string_view key, std::optional<std::string> otherwise = {}) const {
    const toml::node* node = table_->get(key);
    if (node == nullptr && otherwise) return *std::move(otherwise);
    return text_of(require(node, key, "a string"), key);
  }

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
  [[nodiscard]] std::uint64_t number(std::string_view key, std::uint64_t most) const {
    const toml::node* node = table_->get(key);
    return node == nullptr ? 0 : number_of(*node, key, most);
  }

  /// Missing: false.
  [[nodiscard]] bool flag(std::string_view key) const {
    const toml::node* node = table_->get(key);
    if (node == nullptr) return false;
    const auto* value = node->as_boolean();
    if (value == nullptr) wrong_type(*node, key, "true or false");
    return value->get();
  }

  /// Missing: 0, which stands for "not known".
  [[nodiscard]] WallNs time(std::string_view key) const {
    const std::string accepted = "a time in whole seconds from 1970 to 2261, such as 2026-03-01T09:00:12Z";
    const toml::node* node = table_->get(key);
    if (node == nullptr) return 0;
    const auto* value = node->as_date_time();
    if (value == nullptr) wrong_type(*node, key, accepted);
    const toml::date_time& t = value->get();
    if (!t.offset || t.time.nanosecond != 0 || t.date.year < 1970 || t.date.year > 2261)
      wrong(key, "bad time", accepted);
    const std::chrono::sys_days day = std::chrono::year{t.date.year} / t.date.month / t.date.day;
    const std::chrono::minutes into_day{t.time.hour * 60 + t.time.minute - t.offset->minutes};
    const std::int64_t seconds =
        (std::chrono::sys_seconds{day} + into_day).time_since_epoch().count() + t.time.second;
    if (seconds < 0) wrong(key, "bad time", accepted);
    return seconds * kNsPerSecond;
  }

  /// Calls `each` with every string of a list; none when missing.
  template <typename Each>
  void each_text(std::string_view key, Each&& each) const {
    const toml::node* node = table_->get(key);
    if (node == nullptr) return;
    const toml::array* array = node->as_array();
    if (array == nullptr) wrong_type(*node, key, "a list of strings");
    for (const toml::node& item : *array) each(text_of(item, key));
  }

  /// Missing: {0, 0}.
  [[nodiscard]] std::pair<std::uint64_t, std::uint64_t> range(std::string_view key) const {
    const std::string accepted = "two ascending numbers of seconds, such as [61, 86400]";
    const toml::node* node = table_->get(key);
    if (node == nullptr) return {0, 0};
    const toml::array* array = node->as_array();
    if (array == nullptr || array->size() != 2) wrong(key, "no range", accepted);
    const std::pair bounds{number_of(*array->get(0), key, kMaxCount),
                           number_of(*array->get(1), key, kMaxCount)};
    if (bounds.first > bounds.second) wrong(key, "descending", accepted);
    return bounds;
  }

  /// Missing: an empty one.
  [[nodiscard]] Table table(std::string_view key) const {
    static const toml::table kNothing;
    const toml::node* node = table_->get(key);
    if (node == nullptr) return {kNothing, path_of(key)};
    if (!node->is_table()) wrong_type(*node, key, "a table");
    return {*node->as_table(), path_of(key)};
  }

  /// Calls `each` with every table of a list; none when missing.
  template <typename Each>
  void each_table(std::string_view key, Each&& each) const {
    const toml::node* node = table_->get(key);
    if (node == nullptr) return;
    const std::string accepted = "blocks that begin with [[" + std::string{key} + "]]";
    const toml::array* array = node->as_array();
    if (array == nullptr) wrong_type(*node, key, accepted);
    for (const toml::node& item : *array) {
      if (!item.is_table()) complain(item.source(), path_of(key), "is no block", accepted);
      each(Table{*item.as_table(), path_of(key)});
    }
  }

  /// Calls `each` with every key, as it stands and unescaped; two that are the same unescaped are an error.
  template <typename Each>
  void each_key(Each&& each) const {
    std::set<std::string> seen;
    for (const auto& [key, value] : *table_) {
      std::string plain = unescape(key.str());
      if (!seen.insert(plain).second)
        complain(key.source(), path_of(key.str()), "stands there twice", "each name once");
      each(key.str(), std::move(plain));
    }
  }

  /// A complaint about the value of `key`, or about the table where it has none.
  [[noreturn]] void wrong(std::string_view key, const std::string& what, const std::string& accepted) const {
    const toml::node* node = table_->get(key);
    complain(node == nullptr ? table_->source() : node->source(), key.empty() ? path_ : path_of(key), what,
             accepted);
  }

 private:
  [[nodiscard]] std::string path_of(std::string_view key) const {
    return path_ + (path_.empty() ? "" : ".") + shown(key);
  }
  [[noreturn]] void wrong_type(const toml::node& node, std::string_view key,
                               const std::string& accepted) const {
    std::ostringstream type;
    type << node.type();
    complain(node.source(), path_of(key), "is of type " + type.str(), accepted);
  }
  const toml::node& require(const toml::node* node, std::string_view key, const std::string& accepted) const {
    if (node == nullptr) wrong(key, "missing", accepted);
    return *node;
  }
  [[nodiscard]] std::string text_of(const toml::node& node, std::string_view key) const {
    const auto* value = node.as_string();
    if (value == nullptr) wrong_type(node, key, "a string");
    return unescape(value->get());
  }
  [[nodiscard]] std::uint64_t number_of(const toml::node& node, std::string_view key,
                                        std::uint64_t most) const {
    const std::string accepted = "a whole number from 0 to " + std::to_string(most);
    const auto* value = node.as_integer();
    if (value == nullptr) wrong_type(node, key, accepted);
    if (value->get() < 0 || static_cast<std::uint64_t>(value->get()) > most)
      complain(node.source(), path_of(key), "out of range", accepted);
    return static_cast<std::uint64_t>(value->get());
  }

  const toml::table* table_;
  std::string path_;
};

/// `read` of a text's root table. Whatever is wrong is one error "SOURCE:LINE: KEY: WHAT; accepted: ...".
template <typename Value, typename Read>
Result<Value> read_text(std::string_view text, std::string_view source, std::size_t most,
                        std::string_view accepted, Read&& read) {
  const std::string where = std::string{source} + ':';
  if (text.size() > most) {
    return fail(where + "1: " + std::to_string(text.size()) + " bytes; accepted: at most " +
                std::to_string(most));
  }
  try {
    const toml::table root = toml::parse(text);
    return read(Table{root, ""});
  } catch (const toml::parse_error& e) {
    return fail(where + std::to_string(e.source().begin.line) +
                ": not TOML: " + escape(std::string_view{e.description()}.substr(0, 200)) +
                "; accepted: " + std::string{accepted});
  } catch (const Complaint& c) {
    return fail(where + c.message);
  }
}

}  // namespace plimsoll::toml_table
