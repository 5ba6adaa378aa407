// Tables of toml++, read strictly.
#include "profiles/toml_table.h"

#include <toml++/toml.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <sstream>

#include "agent/core/text.h"
#include "profiles/profile.h"

namespace plimsoll::toml_table {
namespace {

constexpr std::size_t kMaxQuoted = 80;

/// Thrown within the codec only; lacks the source's name.
struct Complaint {
  std::string message;
};

const toml::table& native(const void* table) {
  return *static_cast<const toml::table*>(table);
}

[[noreturn]] void complain(const toml::source_region& where, const std::string& key, const std::string& what,
                           const std::string& accepted) {
  throw Complaint{std::to_string(where.begin.line) + ": " + key + (key.empty() ? "" : ": ") + what +
                  "; accepted: " + accepted};
}

std::string joined(std::initializer_list<std::string_view> words) {
  std::string out;
  for (const std::string_view word : words) {
    if (!out.empty()) out += ", ";
    out += word;
  }
  return out;
}

/// A value, and where it stands.
struct Item {
  const toml::node* node;
  const Table* table;
  std::string_view key;
  [[nodiscard]] std::string path() const { return table->path_of(key); }
};

[[noreturn]] void wrong_type(const Item& item, const std::string& accepted) {
  std::ostringstream type;
  type << item.node->type();
  complain(item.node->source(), item.path(), "is of type " + type.str(), accepted);
}

std::string text_of(const Item& item) {
  const auto* value = item.node->as_string();
  if (value == nullptr) wrong_type(item, "a string");
  return unescape(value->get());
}

std::uint64_t number_of(const Item& item, std::uint64_t most) {
  const std::string accepted = "a whole number from 0 to " + std::to_string(most);
  const auto* value = item.node->as_integer();
  if (value == nullptr) wrong_type(item, accepted);
  if (value->get() < 0 || static_cast<std::uint64_t>(value->get()) > most)
    complain(item.node->source(), item.path(), "out of range", accepted);
  return static_cast<std::uint64_t>(value->get());
}

}  // namespace

std::string shown(std::string_view text) {
  return escape(text.substr(0, kMaxQuoted)) + (text.size() > kMaxQuoted ? "..." : "");
}

void Table::only(std::initializer_list<std::string_view> keys) const {
  for (const auto& [key, value] : native(table_)) {
    if (std::ranges::find(keys, key.str()) == keys.end())
      complain(key.source(), path_of(key.str()), "unknown key", joined(keys));
  }
}

bool Table::has(std::string_view key) const {
  return native(table_).contains(key);
}

std::string Table::text(std::string_view key, std::optional<std::string> otherwise) const {
  const toml::node* node = native(table_).get(key);
  if (node == nullptr && otherwise) return *std::move(otherwise);
  if (node == nullptr) wrong(key, "missing", "a string");
  return text_of({node, this, key});
}

std::uint64_t Table::number(std::string_view key, std::uint64_t most) const {
  const toml::node* node = native(table_).get(key);
  return node == nullptr ? 0 : number_of({node, this, key}, most);
}

bool Table::flag(std::string_view key) const {
  const toml::node* node = native(table_).get(key);
  if (node == nullptr) return false;
  const auto* value = node->as_boolean();
  if (value == nullptr) wrong_type({node, this, key}, "true or false");
  return value->get();
}

WallNs Table::time(std::string_view key) const {
  const std::string accepted = "a time in whole seconds from 1970 to 2261, such as 2026-03-01T09:00:12Z";
  const toml::node* node = native(table_).get(key);
  if (node == nullptr) return 0;
  const auto* value = node->as_date_time();
  if (value == nullptr) wrong_type({node, this, key}, accepted);
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

void Table::each_text(std::string_view key, const std::function<void(std::string)>& each) const {
  const toml::node* node = native(table_).get(key);
  if (node == nullptr) return;
  const toml::array* array = node->as_array();
  if (array == nullptr) wrong_type({node, this, key}, "a list of strings");
  for (const toml::node& item : *array) each(text_of({&item, this, key}));
}

std::pair<std::uint64_t, std::uint64_t> Table::range(std::string_view key) const {
  const std::string accepted = "two ascending numbers of seconds, such as [61, 86400]";
  const toml::node* node = native(table_).get(key);
  if (node == nullptr) return {0, 0};
  const toml::array* array = node->as_array();
  if (array == nullptr || array->size() != 2) wrong(key, "no range", accepted);
  const std::pair bounds{number_of({array->get(0), this, key}, kMaxCount),
                         number_of({array->get(1), this, key}, kMaxCount)};
  if (bounds.first > bounds.second) wrong(key, "descending", accepted);
  return bounds;
}

Table Table::table(std::string_view key) const {
  static const toml::table kNothing;
  const toml::node* node = native(table_).get(key);
  if (node == nullptr) return {&kNothing, path_of(key)};
  if (!node->is_table()) wrong_type({node, this, key}, "a table");
  return {node->as_table(), path_of(key)};
}

void Table::each_table(std::string_view key, const std::function<void(const Table&)>& each) const {
  const toml::node* node = native(table_).get(key);
  if (node == nullptr) return;
  const std::string accepted = "blocks that begin with [[" + std::string{key} + "]]";
  const toml::array* array = node->as_array();
  if (array == nullptr) wrong_type({node, this, key}, accepted);
  for (const toml::node& item : *array) {
    if (!item.is_table()) complain(item.source(), path_of(key), "is no block", accepted);
    each(Table{item.as_table(), path_of(key)});
  }
}

void Table::each_key(const std::function<void(std::string_view, std::string)>& each) const {
  std::set<std::string> seen;
  for (const auto& [key, value] : native(table_)) {
    std::string plain = unescape(key.str());
    if (!seen.insert(plain).second)
      complain(key.source(), path_of(key.str()), "stands there twice", "each name once");
    each(key.str(), std::move(plain));
  }
}

void Table::wrong(std::string_view key, const std::string& what, const std::string& accepted) const {
  const toml::node* node = native(table_).get(key);
  complain(node == nullptr ? native(table_).source() : node->source(), key.empty() ? path_ : path_of(key),
           what, accepted);
}

std::string Table::path_of(std::string_view key) const {
  return path_ + (path_.empty() ? "" : ".") + shown(key);
}

Result<void> read_root(std::string_view text, std::string_view source, std::size_t most,
                       std::string_view accepted, const std::function<void(const Table&)>& read) {
  const std::string where = std::string{source} + ':';
  if (text.size() > most) {
    return fail(where + "1: " + std::to_string(text.size()) + " bytes; accepted: at most " +
                std::to_string(most));
  }
  try {
    const toml::table root = toml::parse(text);
    read(Table{&root, ""});
    return {};
  } catch (const toml::parse_error& e) {
    return fail(where + std::to_string(e.source().begin.line) +
                ": not TOML: " + escape(std::string_view{e.description()}.substr(0, 200)) +
                "; accepted: " + std::string{accepted});
  } catch (const Complaint& c) {
    return fail(where + c.message);
  }
}

}  // namespace plimsoll::toml_table
