// The kinds of values: how each is read, checked, written and described.
#include "agent/config/kinds.h"

#include <array>
#include <charconv>
#include <cmath>

namespace plimsoll {
namespace {

/// Without an exponent where that is short: "0.01", "1000000", "1e+308", "nan".
std::string plain(double value) {
  constexpr double kLeast = 1e-6, kMost = 1e15;
  const double size = std::abs(value);
  const bool is_short = value == 0 || (size >= kLeast && size < kMost);
  const auto format = is_short ? std::chars_format::fixed : std::chars_format::general;
  std::array<char, 64> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format).ptr;
  return {buffer.data(), end};
}

}  // namespace

std::string or_empty(const std::string& words, std::string_view if_empty) {
  return if_empty.empty() ? words : words + ", or \"\" " + std::string(if_empty);
}

const std::string* text_at(const Place& place, std::string_view accepted) {
  const auto* text = place.value.as<std::string>();
  if (text == nullptr) place.wrong_type(accepted);
  return text;
}

bool Flag::read(const Place& place, bool& into) const {
  const auto* value = place.value.as<bool>();
  if (value == nullptr) {
    place.wrong_type(accepted());
    return false;
  }
  into = *value;
  return true;
}

std::string Number::accepted() const {
  return "a number from " + plain(least) + " to " + plain(most);
}

bool Number::read(const Place& place, double& into) const {
  const auto* whole = place.value.as<std::int64_t>();
  const auto* number = place.value.as<double>();
  if (whole == nullptr && number == nullptr) {
    place.wrong_type(accepted());
    return false;
  }
  const double value = number != nullptr ? *number : static_cast<double>(*whole);
  if (!(value >= least && value <= most)) {
    place.wrong("is " + plain(value), accepted());
    return false;
  }
  into = value;
  return true;
}

std::string Integer::accepted() const {
  if (!words.empty()) return std::string(words);
  return "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
}

bool Integer::read(const Place& place, std::uint32_t& into) const {
  const auto* value = place.value.as<std::int64_t>();
  if (value == nullptr) {
    place.wrong_type(accepted());
    return false;
  }
  if (*value < least || *value > most || (check != nullptr && !check(static_cast<std::uint32_t>(*value)))) {
    place.wrong("is " + std::to_string(*value), accepted());
    return false;
  }
  into = static_cast<std::uint32_t>(*value);
  return true;
}

bool Text::read(const Place& place, std::string& into) const {
  const auto* text = text_at(place, accepted());
  if (text == nullptr) return false;
  const bool unchecked = check == nullptr || (text->empty() && !if_empty.empty());
  if (const auto complaint = unchecked ? std::nullopt : check(*text)) {
    place.wrong("\"" + *text + "\" " + *complaint, accepted());
    return false;
  }
  into = *text;
  return true;
}

OneOf<std::string> one_of(const std::vector<std::string_view>& names, std::string_view if_empty) {
  OneOf<std::string> choice{.names = {}, .if_empty = if_empty};
  for (const auto name : names) choice.names.emplace_back(name, name);
  return choice;
}

std::string Duration::accepted() const {
  std::string out = std::string(kDurationForm) + ", from " + string_literal(duration_text(least)) + " to " +
                    string_literal(duration_text(most));
  if (!note.empty()) out += " (" + std::string(note) + ")";
  return or_empty(out, if_empty);
}

bool Duration::read(const Place& place, std::optional<std::int64_t>& into) const {
  const auto* text = text_at(place, accepted());
  if (text == nullptr) return false;
  if (text->empty() && !if_empty.empty()) {
    into.reset();
    return true;
  }
  const auto ns = parse_duration(*text);
  if (!ns || *ns < least || *ns > most) {
    place.wrong("\"" + *text + "\" " + (ns ? "is out of range" : "is not a duration"), accepted());
    return false;
  }
  into = ns;
  return true;
}

bool Duration::read(const Place& place, std::int64_t& into) const {
  std::optional<std::int64_t> ns;
  if (!read(place, ns)) return false;
  into = ns.value_or(0);
  return true;
}

std::string Duration::write(const std::optional<std::int64_t>& ns) const {
  return string_literal(ns ? duration_text(*ns) : "");
}

std::string Duration::write(std::int64_t ns) const {
  return write(ns == 0 && !if_empty.empty() ? std::nullopt : std::optional(ns));
}

bool AddressText::read(const Place& place, Address& into) const {
  const auto* text = text_at(place, accepted());
  if (text == nullptr) return false;
  const auto address = address_from(*text);
  if (!address) {
    place.wrong("\"" + *text + "\" is not an address", accepted());
    return false;
  }
  into = *address;
  return true;
}

bool Labels::read(const Place& place, std::map<std::string, std::string>& into) const {
  const auto* table = place.value.as<TomlValue::Table>();
  if (table == nullptr) {
    place.wrong_type(accepted());
    return false;
  }
  std::map<std::string, std::string> labels;
  for (const auto& member : *table) {
    const auto* text = text_at(place.member(member), "a string");
    if (text == nullptr) return false;
    labels[member.name] = *text;
  }
  into = std::move(labels);
  return true;
}

std::string Labels::write(const std::map<std::string, std::string>& labels) const {
  std::vector<std::string> members;
  members.reserve(labels.size());
  for (const auto& [name, value] : labels)
    members.push_back(string_literal(name) + " = " + string_literal(value));
  return table_literal(members);
}

}  // namespace plimsoll
