// Behaviours in TOML, and what writes TOML of ours. Internal to the codecs.
#pragma once

#include <string>
#include <string_view>

#include "profiles/profile.h"
#include "profiles/toml_table.h"

namespace plimsoll::toml_behaviour {

/// Escaped text as a TOML string: a literal one where that spares doubled backslashes.
std::string quote(std::string_view bytes);
/// "key = value" and a newline.
void line(std::string& out, std::string_view key, std::string_view value);
/// Likewise, quoted; nothing where the text is empty.
void text_line(std::string& out, std::string_view key, std::string_view bytes);

/// "{ a = 1, b = 2 }" from its parts.
class Inline {
 public:
  void add(std::string_view key, std::string_view value);
  [[nodiscard]] std::string text() const { return text_.empty() ? "{}" : "{" + text_ + " }"; }

 private:
  std::string text_;
};

template <typename Set, typename Text>
std::string list(const Set& items, Text&& text) {
  std::string out;
  for (const auto& item : items) {
    if (!out.empty()) out += ", ";
    out += text(item);
  }
  return "[" + out + "]";
}

/// A block [[table]] with the behaviour's own keys. `since_start` stands behind the phase, where there is
/// any.
void write(std::string& out, std::string_view table, const Behaviour&, std::string_view since_start = "");
/// The behaviour's own keys of a table; others are the caller's to check.
Behaviour read(const toml_table::Table&);

}  // namespace plimsoll::toml_behaviour
