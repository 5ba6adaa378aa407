// Records as lines of JSON.
#include "agent/capture/records.h"

#include <algorithm>
#include <array>
#include <concepts>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <type_traits>
#include <utility>

#include "agent/capture/fields.h"
#include "agent/core/hash.h"
#include "agent/core/text.h"

namespace plimsoll::capture {
namespace {

using nlohmann::json;

/// What stands before a record's fields, in the order of Record's alternatives.
template <typename... Records>
constexpr std::array<std::string_view, sizeof...(Records)> names_of(
    std::type_identity<std::variant<Records...>>) {
  return {Records::kName...};
}
constexpr auto kNames = names_of(std::type_identity<Record>{});

constexpr auto kReplace = json::error_handler_t::replace;
constexpr int kDeepest = 12;
constexpr std::size_t kMostItems = 1U << 20U;  // of a list: the verdict cache has an eighth of it

template <typename T>
concept HasFields = requires(T& object) { fields(object, [](const char*, const auto&) {}); };
template <typename T>
concept Number = std::integral<T> && !std::same_as<T, bool>;

/// Each byte as the code point of its value.
std::string widened(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out += c;
    } else {
      out += static_cast<char>(0xc0U | byte >> 6U);
      out += static_cast<char>(0x80U | (byte & 0x3fU));
    }
  }
  return out;
}

/// The other way round; false where a code point is no byte.
bool narrowed(std::string_view text, std::string& out) {
  out.clear();
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); at++) {
    const auto first = static_cast<unsigned char>(text[at]);
    if (first < 0x80) {
      out += text[at];
      continue;
    }
    if ((first != 0xc2 && first != 0xc3) || at + 1 == text.size()) return false;
    const auto second = static_cast<unsigned char>(text[++at]);
    if ((second & 0xc0U) != 0x80) return false;
    out += static_cast<char>((first & 3U) << 6U | (second & 0x3fU));
  }
  return true;
}

json written(const std::string& text) {
  return widened(text);
}
json written(bool value) {
  return value;
}
json written(Number auto value) {
  return value;
}
json written(StdinKind kind) {
  return std::to_underlying(kind);
}
json written(Named auto value) {
  return name(value);
}
json written(const std::optional<Address>& address) {
  return address ? json(*address) : json();
}
json written(const Object& object);
template <HasFields T>
json written(const T& object);
template <typename T>
json written(const std::vector<T>& list) {
  json out = json::array();
  for (const T& one : list) out.push_back(written(one));
  return out;
}
json written(const std::set<Action>& classes) {
  json out = json::array();
  for (const Action one : classes) out.push_back(name(one));
  return out;
}
template <typename T>
json written(const std::map<std::string, T>& map) {
  json out = json::object();
  for (const auto& [key, value] : map) out[widened(key)] = written(value);
  return out;
}

/// Left out where they are empty or 0: reading gives the same. The name of an enumeration is never empty.
bool is_nothing(const json& value) {
  if (value.is_string()) return value.get_ref<const std::string&>().empty();
  return value.is_structured() ? value.empty()
                               : value.is_null() || value == false || (value.is_number() && value == 0);
}

json written(const Object& object) {
  json out = json::object();
  for_each_field(object, [&out](std::string_view key, const auto& field) {
    if (auto value = written(field); !is_nothing(value)) out[std::string(key)] = std::move(value);
  });
  return {{name(static_cast<Action>(object.index())), std::move(out)}};
}

template <HasFields T>
json written(const T& object) {
  json out = json::object();
  fields(object, [&out](const char* key, const auto& field) {
    if (auto value = written(field); !is_nothing(value)) out[key] = std::move(value);
  });
  return out;
}

/// Reads values; keeps the first thing that is wrong.
class Reading {
 public:
  [[nodiscard]] const std::string& problem() const { return problem_; }

  void read(const json& from, std::string& to) {
    if (!from.is_string() || !narrowed(from.get_ref<const std::string&>(), to)) {
      wrong(from, "a string of code points below 256");
    }
  }
  void read(const json& from, bool& to) {
    if (!from.is_boolean()) return wrong(from, "true or false");
    to = from.get<bool>();
  }
  template <Number T>
  void read(const json& from, T& to) {
    const bool fits = std::is_signed_v<T>
                          ? from.is_number_integer() &&
                                (!from.is_number_unsigned() || std::in_range<T>(from.get<std::uint64_t>())) &&
                                std::in_range<T>(from.get<std::int64_t>())
                          : from.is_number_unsigned() && std::in_range<T>(from.get<std::uint64_t>());
    if (!fits) {
      return wrong(from, "a whole number from " + std::to_string(std::numeric_limits<T>::min()) + " to " +
                             std::to_string(std::numeric_limits<T>::max()));
    }
    to = from.get<T>();
  }
  void read(const json& from, StdinKind& to) {
    std::uint8_t value = 0;
    read(from, value);
    if (value > std::to_underlying(StdinKind::null)) return wrong(from, "0 to 5");
    to = static_cast<StdinKind>(value);
  }
  template <Named Enum>
  void read(const json& from, Enum& to) {
    const auto value = from.is_string() ? from_name<Enum>(from.get_ref<const std::string&>()) : std::nullopt;
    if (!value) return wrong(from, all_names<Enum>());
    to = *value;
  }
  void read(const json& from, std::optional<Address>& to) {
    to.emplace();
    if (!from.is_array() || from.size() != to->size()) return wrong(from, "16 bytes");
    for (std::size_t i = 0; i < to->size(); i++) read(from[i], (*to).at(i));
  }
  template <typename T>
  void read(const json& from, std::vector<T>& to) {
    if (!from.is_array() || from.size() > kMostItems) {
      return wrong(from, "a list of " + std::to_string(kMostItems) + " at most");
    }
    for (const json& one : from)
      within("[" + std::to_string(to.size()) + "]", [&] { read(one, to.emplace_back()); });
  }
  void read(const json& from, std::set<Action>& to) {
    if (!from.is_array()) return wrong(from, "a list of actions");
    for (const json& one : from) {
      Action action{};
      read(one, action);
      to.insert(action);
    }
  }
  template <typename T>
  void read(const json& from, std::map<std::string, T>& to) {
    if (!from.is_object()) return wrong(from, "a table");
    for (const auto& [key, value] : from.items()) {
      std::string name;
      if (!narrowed(key, name)) return wrong(from, "names of code points below 256");
      within(escape(name), [&] { read(value, to[name]); });
    }
  }
  void read(const json& from, Object& to) {
    const auto action = from.is_object() && from.size() == 1 ? action_from(from.begin().key()) : std::nullopt;
    if (!action) return wrong(from, "one action, such as {\"exec\": {...}}");
    to = make_object(*action);
    table(*from.begin(), [&](const auto& visit) { for_each_field(to, visit); });
  }
  template <HasFields T>
  void read(const json& from, T& to) {
    table(from, [&](const auto& visit) { fields(to, visit); });
  }

 private:
  void wrong(const json& found, const std::string& accepted) {
    constexpr std::size_t kShown = 60;
    if (!problem_.empty()) return;
    std::string shown =
        found.is_object()  ? "a table"
        : found.is_array() ? "a list"
        : found.is_string()
            ? json(found.get_ref<const std::string&>().substr(0, kShown)).dump(-1, ' ', true, kReplace)
            : found.dump();
    problem_ = (path_.empty() ? "" : path_ + ": ") + shown + "; accepted: " + accepted;
  }
  template <typename Do>
  void within(std::string_view part, Do&& what) {
    const std::size_t length = path_.size();
    if (!path_.empty() && !part.starts_with('[')) path_ += '.';
    path_ += part;
    what();
    path_.resize(length);
  }
  /// Every field that `each(visit)` visits, and no other.
  template <typename Each>
  void table(const json& from, Each&& each) {
    if (!from.is_object()) return wrong(from, "a table");
    std::size_t found = 0;
    std::string known;
    each([&](std::string_view key, auto& field) {
      known += (known.empty() ? "" : ", ") + std::string(key);
      const auto at = from.find(key);
      if (at == from.end()) return;
      found++;
      within(key, [&] { read(*at, field); });
    });
    if (found != from.size()) wrong(from, "only " + (known.empty() ? "an empty table" : known));
  }

  std::string path_, problem_;
};

template <std::size_t I = 0>
Record empty_record(std::size_t index) {
  if constexpr (I < std::variant_size_v<Record>) {
    return index == I ? Record(std::in_place_index<I>) : empty_record<I + 1>(index);
  } else {
    return {};
  }
}

}  // namespace

std::string to_line(const Record& record) {
  return std::visit([&](const auto& one) { return json{{kNames.at(record.index()), written(one)}}.dump(); },
                    record);
}

Result<Record> from_line(std::string_view line) {
  bool deep = false;
  const auto shallow = [&deep](int depth, json::parse_event_t, const json&) {
    deep = deep || depth > kDeepest;
    return depth <= kDeepest;
  };
  const json root = json::parse(line, shallow, false);
  if (deep)
    return fail("nested too deep; accepted: records of depth " + std::to_string(kDeepest) + " at most");
  if (root.is_discarded()) return fail("no JSON; accepted: an object of one record");
  const auto* const at =
      root.is_object() && root.size() == 1 ? std::ranges::find(kNames, root.begin().key()) : kNames.end();
  if (at == kNames.end()) {
    std::string names;
    for (const std::string_view one : kNames) names += (names.empty() ? "" : ", ") + std::string(one);
    return fail("no record; accepted: an object of one of " + names);
  }
  Record out = empty_record(static_cast<std::size_t>(at - kNames.begin()));
  Reading reading;
  std::visit([&](auto& one) { reading.read(*root.begin(), one); }, out);
  if (!reading.problem().empty()) return fail(std::string(*at) + ": " + reading.problem());
  return out;
}

Kind kind_of(const Key& key) {
  if (key == Key{}) return 0;
  std::array<char, kKeyBytes> bytes{};
  std::memcpy(bytes.data(), key.data(), key.size());
  return std::max<Kind>(1, stable_hash({bytes.data(), bytes.size()}));
}

Key key_of(Kind kind) {
  Key key{};
  std::memcpy(key.data(), &kind, sizeof(kind));
  return key;
}

}  // namespace plimsoll::capture
