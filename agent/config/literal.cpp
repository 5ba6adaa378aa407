// TOML literals.
#include "agent/config/literal.h"

#include <array>
#include <charconv>

namespace plimsoll {

std::string string_literal(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\', out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      out += "\\u00", out += kHex[byte >> 4U], out += kHex[byte & 15U];
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string float_literal(double value) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  std::string text(buffer.data(), end);
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

std::string array_literal(const std::vector<std::string>& items, bool one_per_line) {
  std::string out = "[";
  for (const auto& item : items) {
    if (one_per_line) {
      out += "\n  " + item + ",";
    } else {
      out += (out.size() > 1 ? ", " : "") + item;
    }
  }
  return out + (items.empty() || !one_per_line ? "]" : "\n]");
}

std::string table_literal(const std::vector<std::string>& members) {
  std::string out = "{";
  for (const auto& member : members) out += (out.size() > 1 ? ", " : " ") + member;
  return out + (members.empty() ? "}" : " }");
}

}  // namespace plimsoll
