// The kinds of values: how each is read, checked, written and described.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/config/duration.h"
#include "agent/config/key.h"
#include "agent/config/literal.h"
#include "agent/core/destination.h"

namespace plimsoll {

/// What is wrong with a text, after the text itself: "is not an absolute path"; nothing when it is right.
using Complaint = std::optional<std::string>;
using TextCheck = Complaint (*)(const std::string&);

/// Of a table: the member that is wrong or missing (empty: the table as a whole).
struct Wrong {
  std::string member, what, accepted;
};

/// `words`, and that "" is accepted when `if_empty` says for what: "an absolute path, or \"\" for none".
std::string or_empty(const std::string& words, std::string_view if_empty);
/// The text at a place; null, and a problem, when it is no string.
const std::string* text_at(const Place&, std::string_view accepted);

struct Flag {
  bool read(const Place&, bool& into) const;
  [[nodiscard]] std::string write(bool value) const { return value ? "true" : "false"; }
  [[nodiscard]] std::string type() const { return "boolean"; }
  [[nodiscard]] std::string accepted() const { return "true or false"; }
};

struct Number {
  double least, most;
  bool read(const Place&, double& into) const;
  [[nodiscard]] std::string write(double value) const { return float_literal(value); }
  [[nodiscard]] std::string type() const { return "number"; }
  [[nodiscard]] std::string accepted() const;
};

struct Integer {
  std::uint32_t least, most;
  /// For bounds that are not all: which numbers within them are right, in words and as a check.
  std::string_view words;
  bool (*check)(std::uint32_t) = nullptr;
  bool read(const Place&, std::uint32_t& into) const;
  [[nodiscard]] std::string write(std::uint32_t value) const { return std::to_string(value); }
  [[nodiscard]] std::string type() const { return "integer"; }
  [[nodiscard]] std::string accepted() const;
};

struct Text {
  std::string_view words = "a string";
  TextCheck check = nullptr;
  std::string_view if_empty;  ///< "for none"; empty: the check decides
  bool read(const Place&, std::string& into) const;
  [[nodiscard]] std::string write(const std::string& value) const { return string_literal(value); }
  [[nodiscard]] std::string type() const { return "string"; }
  [[nodiscard]] std::string accepted() const { return or_empty(std::string(words), if_empty); }
};

/// One of a few names. T() is written as nothing when it has no name.
template <typename T>
struct OneOf {
  std::vector<std::pair<std::string_view, T>> names;
  std::string_view if_empty;  ///< T() is "" then

  bool read(const Place& place, T& into) const {
    const auto* text = text_at(place, accepted());
    if (text == nullptr) return false;
    if (text->empty() && !if_empty.empty()) {
      into = T();
      return true;
    }
    for (const auto& [known, value] : names) {
      if (known != *text) continue;
      into = value;
      return true;
    }
    place.wrong("\"" + *text + "\" is not a known value", accepted());
    return false;
  }
  [[nodiscard]] std::string write(const T& value) const {
    for (const auto& [known, one] : names) {
      if (one == value) return string_literal(known);
    }
    return if_empty.empty() ? "" : string_literal("");
  }
  [[nodiscard]] std::string type() const { return "string"; }
  [[nodiscard]] std::string accepted() const {
    std::string out;
    for (std::size_t i = 0; i < names.size(); ++i) {
      const bool last = i + 1 == names.size() && if_empty.empty();
      out += (i == 0 ? "" : last ? " or " : ", ") + string_literal(names[i].first);
    }
    return or_empty(out, if_empty);
  }
};

/// A choice whose names are the values.
OneOf<std::string> one_of(const std::vector<std::string_view>& names, std::string_view if_empty = {});

/// Nanoseconds. "" is 0, or no value, when `if_empty` says for what.
struct Duration {
  std::int64_t least, most;
  std::string_view if_empty;
  std::string_view note;  ///< what else is accepted, or where it is not
  bool read(const Place&, std::int64_t& into) const;
  bool read(const Place&, std::optional<std::int64_t>& into) const;
  [[nodiscard]] std::string write(std::int64_t ns) const;
  [[nodiscard]] std::string write(const std::optional<std::int64_t>& ns) const;
  [[nodiscard]] std::string type() const { return "duration"; }
  [[nodiscard]] std::string accepted() const;
};

struct AddressText {
  bool read(const Place&, Address& into) const;
  [[nodiscard]] std::string write(const Address& value) const { return string_literal(to_text(value)); }
  [[nodiscard]] std::string type() const { return "string"; }
  [[nodiscard]] std::string accepted() const { return "an IPv4 or IPv6 address"; }
};

/// An array whose items are of one kind.
template <typename Item>
struct List {
  Item item;
  bool one_per_line = false;

  template <typename T>
  bool read(const Place& place, std::vector<T>& into) const {
    const auto* array = place.value.as<TomlValue::Array>();
    if (array == nullptr) {
      place.wrong_type(accepted());
      return false;
    }
    std::vector<T> items(array->size());
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (!item.read(place.item(i), items[i])) return false;
    }
    into = std::move(items);
    return true;
  }
  template <typename T>
  [[nodiscard]] std::string write(const std::vector<T>& values) const {
    std::vector<std::string> items;
    items.reserve(values.size());
    for (const auto& value : values) items.push_back(item.write(value));
    return array_literal(items, one_per_line);
  }
  template <typename T>
  [[nodiscard]] bool same(const std::vector<T>& a, const std::vector<T>& b) const {
    return std::ranges::equal(a, b, [&](const T& x, const T& y) { return same_by(item, x, y); });
  }
  [[nodiscard]] std::string type() const { return "list of " + item.type() + "s"; }
  [[nodiscard]] std::string accepted() const { return "an array, each item " + item.accepted(); }
  [[nodiscard]] std::vector<MemberText> members() const {
    if constexpr (requires { item.members(); }) {
      return item.members();
    } else {
      return {};
    }
  }
};

/// A table of a few known members, written inline; those that have their default are left out.
template <typename Owner>
struct Record {
  std::vector<KeyOf<Owner>> keys;
  /// What is wrong with a table whose members are each right.
  std::optional<Wrong> (*check)(const Owner&) = nullptr;

  bool read(const Place& place, Owner& into) const {
    if (place.value.template as<TomlValue::Table>() == nullptr) {
      place.wrong_type(accepted());
      return false;
    }
    read_members(place, keys, into);
    const auto wrong = check == nullptr ? std::nullopt : check(into);
    if (wrong)
      place.problems.add(place.value.line, place.path_of(wrong->member), wrong->what, wrong->accepted);
    return !wrong;
  }
  [[nodiscard]] std::string write(const Owner& value) const {
    std::vector<std::string> members;
    members.reserve(keys.size());
    for (const auto& key : keys) {
      if (key.field->same(value, Owner())) continue;
      members.push_back(std::string(key.name) + " = " + key.field->write(value));
    }
    return table_literal(members);
  }
  [[nodiscard]] bool same(const Owner& a, const Owner& b) const { return same_members(keys, a, b); }
  [[nodiscard]] std::string type() const { return "table"; }
  [[nodiscard]] std::string accepted() const { return "a table with " + joined(names_of(keys)); }
  [[nodiscard]] std::vector<MemberText> members() const { return member_texts(keys); }
};

/// A table of strings under any names.
struct Labels {
  bool read(const Place&, std::map<std::string, std::string>& into) const;
  [[nodiscard]] std::string write(const std::map<std::string, std::string>&) const;
  [[nodiscard]] std::string type() const { return "table"; }
  [[nodiscard]] std::string accepted() const { return "a table of strings"; }
};

}  // namespace plimsoll
