// Escaping of hostile bytes: what may pass is listed by what must not.
#include "agent/core/text.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace plimsoll {
namespace {

struct Range {
  char32_t first, last;
};

// Code points that act on a terminal, break a line, reorder or hide text, or pass for a blank (so that one
// value cannot pose as several words). Unicode 15: Cc, Cf, Zl, Zp, Zs but U+0020, and the default ignorables.
constexpr std::array kUnsafe = {
    Range{0x0000, 0x001f},   Range{0x007f, 0x00a0},   Range{0x00ad, 0x00ad},   Range{0x034f, 0x034f},
    Range{0x0600, 0x0605},   Range{0x061c, 0x061c},   Range{0x06dd, 0x06dd},   Range{0x070f, 0x070f},
    Range{0x0890, 0x0891},   Range{0x08e2, 0x08e2},   Range{0x115f, 0x1160},   Range{0x1680, 0x1680},
    Range{0x17b4, 0x17b5},   Range{0x180b, 0x180f},   Range{0x2000, 0x200f},   Range{0x2028, 0x202f},
    Range{0x205f, 0x206f},   Range{0x2800, 0x2800},   Range{0x3000, 0x3000},   Range{0x3164, 0x3164},
    Range{0xfdd0, 0xfdef},   Range{0xfe00, 0xfe0f},   Range{0xfeff, 0xfeff},   Range{0xffa0, 0xffa0},
    Range{0xfff0, 0xfffb},   Range{0xfffe, 0xffff},   Range{0x110bd, 0x110bd}, Range{0x110cd, 0x110cd},
    Range{0x13430, 0x1343f}, Range{0x1bca0, 0x1bca3}, Range{0x1d173, 0x1d17a}, Range{0xe0000, 0xe0fff},
};

bool is_unsafe(char32_t c) {
  const auto* r = std::ranges::lower_bound(kUnsafe, c, {}, &Range::last);
  return c == U'\\' || (r != kUnsafe.end() && c >= r->first);
}

struct Decoded {
  char32_t code = 0;
  std::size_t length = 0;
};

/// The code point at the start of `s`, or nothing when it is not well-formed UTF-8 (overlong forms and
/// surrogates are not).
std::optional<Decoded> decode(std::string_view s) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(s[i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return Decoded{lead, 1};
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || s.size() < length) return std::nullopt;
  char32_t code = lead & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80U) return std::nullopt;
    code = (code << 6U) | (byte(i) & 0x3fU);
  }
  constexpr std::array<char32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kSmallest.at(length) || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
    return std::nullopt;
  return Decoded{code, length};
}

constexpr std::string_view kHexDigits = "0123456789abcdef";

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
  return std::nullopt;
}

}  // namespace

std::string escape(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    const auto decoded = decode(bytes);
    const std::size_t length = decoded ? decoded->length : 1;
    if (decoded && !is_unsafe(decoded->code)) {
      out.append(bytes.substr(0, length));
    } else {
      for (const char c : bytes.substr(0, length)) {
        const auto b = static_cast<std::uint8_t>(c);
        out += "\\x";
        out += kHexDigits[b >> 4U];
        out += kHexDigits[b & 0xfU];
      }
    }
    bytes.remove_prefix(length);
  }
  return out;
}

std::string unescape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.size() - i >= 4 && text[i] == '\\' && text[i + 1] == 'x') {
      const auto high = hex_digit(text[i + 2]);
      const auto low = hex_digit(text[i + 3]);
      if (high && low) {
        out += static_cast<char>((*high << 4U) | *low);
        i += 3;
        continue;
      }
    }
    out += text[i];
  }
  return out;
}

}  // namespace plimsoll
