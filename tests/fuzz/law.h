// What holds for a codec whatever it is given.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace plimsoll {

inline void law(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

/// A text is refused with an error that names its source, in one line, and says what is accepted; or it is
/// read, and what was read is written and read back to the same, to the byte.
template <typename Read, typename Write>
int hold_codec_law(const std::uint8_t* data, std::size_t size, Read&& read, Write&& write) {
  const auto broken = [](const char* law, const std::string& text) {
    std::fprintf(stderr, "broken: %s: %s\n", law, text.c_str());
    std::abort();
  };
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto value = read(text);
  if (!value) {
    const std::string& error = value.error().message;
    if (!error.starts_with("fuzz:")) broken("an error names its source", error);
    if (error.find('\n') != std::string::npos) broken("an error is one line", error);
    if (error.find("; accepted: ") == std::string::npos) broken("an error says what is accepted", error);
    return 0;
  }
  const std::string written = write(*value);
  const auto again = read(written);
  if (!again) broken("what is written can be read", again.error().message);
  if constexpr (requires { *value == *again; }) {
    if (!(*value == *again)) broken("nothing is lost in writing", written);
  }
  if (write(*again) != written) broken("what is written is read back to the same", written);
  return 0;
}

/// Likewise, where to_toml() writes.
template <typename Read>
int hold_codec_law(const std::uint8_t* data, std::size_t size, Read&& read) {
  return hold_codec_law(data, size, read, [](const auto& value) { return to_toml(value); });
}

}  // namespace plimsoll
