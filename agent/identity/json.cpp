// The little of JSON that the runtimes' files need.
#include "agent/identity/json.h"

#include <nlohmann/json.hpp>

namespace plimsoll {

Result<Json> Json::parse(std::string_view text) {
  auto document = std::make_shared<const nlohmann::json>(nlohmann::json::parse(text, nullptr, false));
  if (!document->is_object() && !document->is_array()) return fail("not a whole JSON object or array");
  const nlohmann::json* value = document.get();
  return Json(std::move(document), value);
}

const nlohmann::json* Json::find(Keys keys) const {
  const nlohmann::json* at = value_;
  for (const std::string_view key : keys) {
    if (!at->is_object()) return nullptr;
    const auto member = at->find(std::string(key));
    if (member == at->end()) return nullptr;
    at = &*member;
  }
  return at;
}

bool Json::has(Keys keys) const {
  const auto* value = find(keys);
  return value != nullptr && !value->is_null();
}

std::string Json::text(Keys keys, std::size_t most) const {
  const auto* value = find(keys);
  return value != nullptr && value->is_string() ? bounded(value->get_ref<const std::string&>(), most) : "";
}

Result<Json> Json::parse_text(Keys keys) const {
  const auto* value = find(keys);
  if (value == nullptr || !value->is_string()) return fail("no text");
  return parse(value->get_ref<const std::string&>());
}

StringMap Json::texts(Keys keys) const {
  constexpr std::size_t kMost = 1024;
  StringMap result;
  const auto* value = find(keys);
  if (value == nullptr || !value->is_object()) return result;
  for (const auto& [key, member] : value->items()) {
    if (result.size() >= kMost) break;
    if (member.is_string()) result.emplace(bounded(key), bounded(member.get_ref<const std::string&>()));
  }
  return result;
}

std::vector<std::string> Json::members(Keys keys) const {
  std::vector<std::string> result;
  const auto* value = find(keys);
  if (value == nullptr || !value->is_object()) return result;
  for (const auto& member : value->items()) result.push_back(member.key());
  return result;
}

std::vector<Json> Json::items(Keys keys) const {
  std::vector<Json> result;
  const auto* value = find(keys);
  if (value == nullptr || !value->is_array()) return result;
  result.reserve(value->size());
  for (const auto& element : *value) result.push_back(Json(document_, &element));
  return result;
}

}  // namespace plimsoll
