#include "agent/config/config.h"
#include "tests/fuzz/law.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return plimsoll::hold_codec_law(
      data, size, [](const std::string& text) { return plimsoll::parse_config(text, "fuzz"); });
}
