// A TOML text as plain values with their lines.
#include "agent/config/toml_value.h"

#include <toml++/toml.h>

#include <sstream>

namespace plimsoll {
namespace {

std::size_t line_of(const toml::source_region& where) {
  return where.begin.line;
}

TomlValue value_of(const toml::node& node) {
  TomlValue out;
  std::ostringstream type;
  type << node.type();
  out.type = type.str();
  out.line = line_of(node.source());
  if (const auto* flag = node.as_boolean()) {
    out.value = flag->get();
  } else if (const auto* integer = node.as_integer()) {
    out.value = integer->get();
  } else if (const auto* number = node.as_floating_point()) {
    out.value = number->get();
  } else if (const auto* text = node.as_string()) {
    out.value = text->get();
  } else if (const auto* array = node.as_array()) {
    auto& items = out.value.emplace<TomlValue::Array>();
    items.reserve(array->size());
    for (const auto& item : *array) items.push_back(value_of(item));
  } else if (const auto* table = node.as_table()) {
    auto& members = out.value.emplace<TomlValue::Table>();
    members.reserve(table->size());
    for (const auto& [key, member] : *table) {
      members.push_back({std::string(key.str()), line_of(key.source()), value_of(member)});
    }
  }
  return out;
}

}  // namespace

const TomlValue::Member* TomlValue::find(std::string_view name) const {
  const auto* table = as<Table>();
  if (table == nullptr) return nullptr;
  for (const auto& member : *table) {
    if (member.name == name) return &member;
  }
  return nullptr;
}

std::expected<TomlValue, TomlError> read_toml(std::string_view text) {
  try {
    return value_of(toml::parse(text));
  } catch (const toml::parse_error& wrong) {
    return std::unexpected(TomlError{std::string(wrong.description()), line_of(wrong.source())});
  }
}

}  // namespace plimsoll
