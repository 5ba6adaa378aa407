// The reference page of the configuration, by the table of keys.
#include "agent/config/reference.h"

#include <algorithm>

#include "agent/config/keys.h"

namespace plimsoll {
namespace {

constexpr std::string_view kIntroduction = R"(# Configuration

The agent reads `/etc/plimsoll/plimsoll.toml`, or the file that `plimsoll run --config FILE` names. Every key has a
default, so the file may be missing, or have only the keys that differ.

- `plimsoll config check` reports the first error, with its file, line and key, and what is accepted there. An unknown
  key, a wrong type or a value out of range is an error: the agent does not start, and a reload changes nothing.
- `plimsoll config show` prints every key with its value; `plimsoll config show --running` asks the running agent.
- SIGHUP (`systemctl reload plimsoll`) reloads the file. Changed keys that take effect at the next start are named in
  the log.

A duration is a string of whole numbers with units (`d`, `h`, `m`, `s`, `ms`), the largest unit first: `"1h30m"`.

This page is generated from `agent/config/keys.cpp`; rewrite it with

    PLIMSOLL_REWRITE_DOCS=1 build/release/tests/unit/config/config_test --gtest_filter='ReferencePage.*'
)";

std::string code(std::string_view text) {
  return "`" + std::string(text) + "`";
}

/// Of several lines: how many items it has, for `config show` prints it.
std::string default_text(const std::string& literal) {
  if (!literal.contains('\n')) return code(literal);
  const auto lines = std::ranges::count(literal, '\n');
  return "a list of " + std::to_string(lines - 1) + " items, which " + code("plimsoll config show") +
         " prints";
}

std::string key_text(const ConfigKey& row) {
  const auto& [name, field, example, help] = row.key;
  std::string out = "\n### " + row.path() + "\n\n" + std::string(help) + "\n\n";
  out += "- Type: " + field->type() + "\n";
  out += "- Default: " + default_text(field->write(default_config())) + "\n";
  out += "- Accepted: " + field->accepted() + "\n";
  for (const auto& member : field->members()) {
    out +=
        "  - " + code(member.name) + ": " + std::string(member.help) + " Accepted: " + member.accepted + "\n";
  }
  out += "- Example: " + code(std::string(name) + " = " + std::string(example)) + "\n";
  return out + "- A change takes effect: " +
         (row.takes_effect == TakesEffect::at_reload ? "at a reload" : "at the next start") + "\n";
}

/// A section that is itself the value: a table for each of several names.
std::string tables_text(const ConfigKey& row) {
  std::string out = "\n" + std::string(row.key.help) + "\n\n";
  for (const auto& member : row.key.field->members()) {
    out += "- " + code(member.name) + " (" + member.type + "): " + std::string(member.help) +
           " Accepted: " + member.accepted + "\n";
  }
  return out + "\nA change takes effect " +
         (row.takes_effect == TakesEffect::at_reload ? "at a reload" : "at the next start") + ".\n";
}

}  // namespace

std::string configuration_page() {
  std::string out(kIntroduction);
  std::string_view section;
  for (const auto& row : config_keys()) {
    const bool whole = row.key.name.empty();
    if (row.section != section) {
      section = row.section;
      out += "\n## [" + std::string(section) + (whole ? ".\"ID\"" : "") + "]\n";
    }
    out += whole ? tables_text(row) : key_text(row);
  }
  return out;
}

}  // namespace plimsoll
