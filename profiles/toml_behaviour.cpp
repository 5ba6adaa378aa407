// Behaviours in TOML.
#include "profiles/toml_behaviour.h"

#include <limits>
#include <set>
#include <type_traits>

#include "agent/core/text.h"
#include "profiles/shape.h"

namespace plimsoll::toml_behaviour {
namespace {

using toml_table::Table;

std::string object(const Object& o) {
  Inline fields;
  for_each_field(o, [&fields](std::string_view key, const auto& field) {
    using Field = std::remove_cvref_t<decltype(field)>;
    if (field == Field{}) return;
    if constexpr (std::is_same_v<Field, Origin>) {
      fields.add(key, quote(name(field)));
    } else if constexpr (std::is_same_v<Field, std::uint16_t>) {
      fields.add(key, std::to_string(field));
    } else {
      fields.add(key, quote(field));
    }
  });
  return fields.text();
}

Object read_object(const Table& table, Action action) {
  Object object = make_object(action);
  std::string accepted;
  std::set<std::string, std::less<>> known;
  for_each_field(object, [&](std::string_view key, auto& field) {
    using Field = std::remove_cvref_t<decltype(field)>;
    accepted += (accepted.empty() ? "" : ", ") + std::string{key};
    known.emplace(key);
    if constexpr (std::is_same_v<Field, Origin>) {
      field = table.one_of<Origin>(key, Origin::unknown);
    } else if constexpr (std::is_same_v<Field, std::uint16_t>) {
      field = static_cast<std::uint16_t>(table.number(key, std::numeric_limits<std::uint16_t>::max()));
    } else {
      field = table.text(key, "");
    }
  });
  table.each_key([&](std::string_view key, const std::string&) {
    if (!known.contains(key)) table.wrong(key, "unknown key for " + std::string{name(action)}, accepted);
  });
  return object;
}

}  // namespace

std::string quote(std::string_view bytes) {
  const std::string text = escape(bytes);
  const bool plain = text.find_first_of("\\\"") == std::string::npos;
  if (!plain && text.find('\'') == std::string::npos) return '\'' + text + '\'';
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

void Inline::add(std::string_view key, std::string_view value) {
  text_ += text_.empty() ? " " : ", ";
  text_ += key;
  text_ += " = ";
  text_ += value;
}

void line(std::string& out, std::string_view key, std::string_view value) {
  out += key;
  out += " = ";
  out += value;
  out += '\n';
}

void text_line(std::string& out, std::string_view key, std::string_view bytes) {
  if (!bytes.empty()) line(out, key, quote(bytes));
}

void write(std::string& out, std::string_view table, const Behaviour& b, std::string_view since_start) {
  out += "\n[[" + std::string{table} + "]]\n";
  line(out, "phase", quote(name(b.phase)));
  if (!since_start.empty()) line(out, "since_start", since_start);
  line(out, "actor", quote(b.actor));
  line(out, "action", quote(name(b.action())));
  line(out, "object", object(b.object));
  if (b.outcome != usual_outcome(b.action())) line(out, "outcome", quote(name(b.outcome)));
  if (b.pattern) line(out, "pattern", "true");
}

Behaviour read(const Table& table) {
  Behaviour b;
  b.phase = table.one_of<Phase>("phase");
  b.actor = table.text("actor");
  const auto action = table.one_of<Action>("action");
  if (!table.has("object"))
    table.wrong("object", "missing", "a table, such as { path = \"/bin/sh\", as = \"sh\" }");
  b.object = read_object(table.table("object"), action);
  b.outcome = table.one_of<Outcome>("outcome", usual_outcome(action));
  b.pattern = table.flag("pattern");
  if (b.pattern && !has_placeholder(b)) {
    table.wrong("pattern", "nothing in its object varies",
                "true where the object holds <n>, <version>, <uid>, <hexN>, <tmpN> or <user>, or port 32768");
  }
  return b;
}

}  // namespace plimsoll::toml_behaviour
