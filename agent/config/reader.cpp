// Typed, position-aware reading of TOML tables.
#include "agent/config/reader.h"

#include <algorithm>
#include <sstream>

#include "agent/core/text.h"

namespace plimsoll {
namespace {

std::string type_of(const toml::node& node) {
  std::ostringstream out;
  out << node.type();
  return out.str();
}

std::string plain(double value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

}  // namespace

void Problems::add(const toml::source_region& where, std::string_view key, std::string_view what,
                   std::string_view accepted) {
  if (first_) return;
  first_ = Error{source_ + ":" + std::to_string(where.begin.line) + ": " + escape(key) + ": " + escape(what) +
                 "; accepted: " + std::string(accepted)};
}

std::string Section::path_of(std::string_view key) const {
  return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

const toml::node* Section::find(std::string_view key) {
  known_.push_back(key);
  return table_.get(key);
}

void Section::wrong(std::string_view key, std::string_view what, std::string_view accepted) {
  const auto* node = table_.get(key);
  problems_.add(node != nullptr ? node->source() : table_.source(), path_of(key), what, accepted);
}

void Section::get(std::string_view key, bool& value) {
  const auto* node = find(key);
  if (node == nullptr) return;
  if (!node->is_boolean()) return wrong(key, "is of type " + type_of(*node), "true or false");
  value = node->as_boolean()->get();
}

void Section::get(std::string_view key, double& value, double least, double most) {
  const auto* node = find(key);
  if (node == nullptr) return;
  const std::string accepted = "a number from " + plain(least) + " to " + plain(most);
  if (!node->is_number()) return wrong(key, "is of type " + type_of(*node), accepted);
  const double number = node->value<double>().value_or(0.0);
  if (!(number >= least && number <= most)) return wrong(key, "is " + plain(number), accepted);
  value = number;
}

void Section::get(std::string_view key, std::uint32_t& value, std::uint32_t least, std::uint32_t most) {
  const auto* node = find(key);
  if (node == nullptr) return;
  const std::string accepted = "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
  if (!node->is_integer()) return wrong(key, "is of type " + type_of(*node), accepted);
  const auto number = node->value<std::int64_t>().value_or(-1);
  if (number < least || number > most) return wrong(key, "is " + std::to_string(number), accepted);
  value = static_cast<std::uint32_t>(number);
}

bool Section::text(const toml::node& node, const std::string& path, std::string_view accepted,
                   const Check& check, std::string& value) {
  if (!node.is_string()) {
    problems_.add(node.source(), path, "is of type " + type_of(node), accepted);
    return false;
  }
  const std::string& found = node.as_string()->get();
  if (const auto complaint = check ? check(found) : std::nullopt) {
    problems_.add(node.source(), path, "\"" + found + "\" " + *complaint, accepted);
    return false;
  }
  value = found;
  return true;
}

void Section::get(std::string_view key, std::string& value, std::string_view accepted, const Check& check) {
  if (const auto* node = find(key)) text(*node, path_of(key), accepted, check, value);
}

void Section::get(std::string_view key, std::vector<std::string>& value, std::string_view accepted,
                  const Check& check) {
  const auto* node = find(key);
  if (node == nullptr) return;
  const auto* array = node->as_array();
  if (array == nullptr)
    return wrong(key, "is of type " + type_of(*node), "an array, each item " + std::string(accepted));
  std::vector<std::string> items(array->size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!text((*array)[i], path_of(key) + "[" + std::to_string(i) + "]", accepted, check, items[i])) return;
  }
  value = std::move(items);
}

void Section::table(std::string_view key, const std::function<void(Section&)>& each) {
  const auto* node = find(key);
  if (node == nullptr) return;
  if (!node->is_table()) return wrong(key, "is of type " + type_of(*node), "a table");
  Section inner(*node->as_table(), path_of(key), problems_);
  each(inner);
}

void Section::tables(std::string_view key, const std::function<void(Section&)>& each) {
  const auto* node = find(key);
  if (node == nullptr) return;
  const auto* array = node->as_array();
  if (array == nullptr || !std::ranges::all_of(*array, [](const auto& item) { return item.is_table(); })) {
    return wrong(key, "is not an array of tables", "an array of tables");
  }
  std::size_t index = 0;
  for (const auto& item : *array) {
    Section inner(*item.as_table(), path_of(key) + "[" + std::to_string(index++) + "]", problems_);
    each(inner);
  }
}

void Section::every(const std::function<void(std::string_view, const toml::key&, const toml::node&)>& each) {
  for (const auto& [key, node] : table_) {
    known_.push_back(key.str());
    each(key.str(), key, node);
  }
}

void Section::finish() {
  for (const auto& [key, node] : table_) {
    if (std::ranges::find(known_, key.str()) != known_.end()) continue;
    std::string accepted;
    for (const auto name : known_) accepted += (accepted.empty() ? "" : ", ") + std::string(name);
    problems_.add(key.source(), path_of(key.str()), "unknown key", accepted);
  }
}

}  // namespace plimsoll
