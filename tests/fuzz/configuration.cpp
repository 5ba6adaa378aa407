#include "agent/config/keys.h"
#include "tests/fuzz/law.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto read = [](const std::string& text) { return plimsoll::parse_config(text, "fuzz"); };
  if (const auto config = read(std::string(reinterpret_cast<const char*>(data), size))) {
    const auto again = read(to_toml(*config));
    plimsoll::law(again && changed_keys(*config, *again).empty(), "every key is read back to the same");
  }
  return plimsoll::hold_codec_law(data, size, read);
}
