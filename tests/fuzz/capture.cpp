#include "agent/capture/records.h"
#include "tests/fuzz/law.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace plimsoll;
  return hold_codec_law(
      data, size,
      [](const std::string& line) -> Result<capture::Record> {
        auto record = capture::from_line(line);
        if (!record) return fail("fuzz: " + record.error().message);
        return record;
      },
      capture::to_line);
}
