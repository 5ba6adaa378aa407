// A key of the configuration: a name, a kind of value, and the field of a struct where the value is.
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "agent/config/place.h"

namespace plimsoll {

/// What the reference page says of a member of a table.
struct MemberText {
  std::string_view name;
  std::string type, accepted;
  std::string_view help;
};

/// One field of an Owner, read, written and compared as its kind does.
template <typename Owner>
class Field {
 public:
  Field() = default;
  Field(const Field&) = delete;
  Field& operator=(const Field&) = delete;
  virtual ~Field() = default;
  /// Leaves the field alone, and notes the problem, when the value is wrong.
  virtual void read(const Place&, Owner&) const = 0;
  /// A TOML literal; empty when there is nothing to write.
  [[nodiscard]] virtual std::string write(const Owner&) const = 0;
  [[nodiscard]] virtual bool same(const Owner&, const Owner&) const = 0;
  virtual void copy(const Owner& from, Owner& to) const = 0;
  [[nodiscard]] virtual std::string type() const = 0;
  [[nodiscard]] virtual std::string accepted() const = 0;
  /// Of a table, or of each table of a list.
  [[nodiscard]] virtual std::vector<MemberText> members() const = 0;
};

template <typename Owner>
struct KeyOf {
  std::string_view name;
  std::shared_ptr<const Field<Owner>> field;
  std::string_view example;  ///< a TOML literal that is accepted, and is not the default
  std::string_view help;     ///< a sentence or more
};

/// A kind of value (kinds.h): how a T stands in the file.
template <typename Kind, typename T>
concept KindOf = requires(const Kind& kind, const Place& place, T& into, const T& value) {
  { kind.read(place, into) } -> std::same_as<bool>;
  { kind.write(value) } -> std::same_as<std::string>;
  { kind.type() } -> std::same_as<std::string>;
  { kind.accepted() } -> std::same_as<std::string>;
};

template <typename Kind, typename T>
bool same_by(const Kind& kind, const T& a, const T& b) {
  if constexpr (requires { kind.same(a, b); }) {
    return kind.same(a, b);
  } else {
    return a == b;
  }
}

template <typename Owner, typename Kind, auto... kPath>
class FieldAt final : public Field<Owner> {
 public:
  explicit FieldAt(Kind kind) : kind_(std::move(kind)) {}
  void read(const Place& place, Owner& owner) const override { kind_.read(place, at(owner)); }
  [[nodiscard]] std::string write(const Owner& owner) const override { return kind_.write(at(owner)); }
  [[nodiscard]] bool same(const Owner& a, const Owner& b) const override {
    return same_by(kind_, at(a), at(b));
  }
  void copy(const Owner& from, Owner& to) const override { at(to) = at(from); }
  [[nodiscard]] std::string type() const override { return kind_.type(); }
  [[nodiscard]] std::string accepted() const override { return kind_.accepted(); }
  [[nodiscard]] std::vector<MemberText> members() const override {
    if constexpr (requires { kind_.members(); }) {
      return kind_.members();
    } else {
      return {};
    }
  }

 private:
  template <typename Any>
  static auto& at(Any& owner) {
    return (owner.*....*kPath);
  }
  Kind kind_;
};

template <typename Class, typename T>
Class owner_of(T Class::*);

/// field<&Config::agent, &Config::Agent::socket>(Text{...}): the field at the end of a path of members.
template <auto kFirst, auto... kRest, typename Kind>
auto field(Kind kind) {
  using Owner = decltype(owner_of(kFirst));
  using T = std::remove_cvref_t<decltype(((std::declval<Owner&>().*kFirst).*....*kRest))>;
  static_assert(KindOf<Kind, T>);
  return std::shared_ptr<const Field<Owner>>(
      std::make_shared<FieldAt<Owner, Kind, kFirst, kRest...>>(std::move(kind)));
}

template <typename Owner>
std::vector<std::string_view> names_of(const std::vector<KeyOf<Owner>>& keys) {
  std::vector<std::string_view> names;
  names.reserve(keys.size());
  for (const auto& key : keys) names.push_back(key.name);
  return names;
}

/// Reads the members of a table. Unknown ones are a problem.
template <typename Owner>
void read_members(const Place& table, const std::vector<KeyOf<Owner>>& keys, Owner& owner) {
  for (const auto& key : keys) {
    if (const auto* found = table.value.find(key.name)) key.field->read(table.member(*found), owner);
  }
  table.refuse_others(names_of(keys));
}

template <typename Owner>
bool same_members(const std::vector<KeyOf<Owner>>& keys, const Owner& a, const Owner& b) {
  for (const auto& key : keys) {
    if (!key.field->same(a, b)) return false;
  }
  return true;
}

template <typename Owner>
std::vector<MemberText> member_texts(const std::vector<KeyOf<Owner>>& keys) {
  std::vector<MemberText> out;
  out.reserve(keys.size());
  for (const auto& key : keys) {
    out.push_back({key.name, key.field->type(), key.field->accepted(), key.help});
  }
  return out;
}

}  // namespace plimsoll
