// Protobuf's wire format, and what is none.
#include "agent/identity/protobuf.h"

#include <gtest/gtest.h>

namespace plimsoll {
namespace {

TEST(Protobuf, ReadsBackWhatItWrites) {
  std::string message;
  put_field(message, 1, "web");
  put_field(message, 300, std::string(1000, 'x'));
  EXPECT_EQ(message.substr(0, 5), std::string("\x0A\x03web"));
  EXPECT_EQ(proto_field(message, 1), "web");
  EXPECT_EQ(proto_field(message, 300).size(), 1000U);
  EXPECT_EQ(proto_field(message, 2), "");
}

TEST(Protobuf, SkipsNumbersAndTakesTheLastOfAField) {
  // 1: varint 300, 2: fixed64, 3: fixed32, 4: "a", 4: "b"
  const std::string message("\x08\xAC\x02\x11\1\2\3\4\5\6\7\x08\x1D\1\2\3\4\x22\1a\x22\1b", 23);
  EXPECT_EQ(proto_field(message, 4), "b");
}

TEST(Protobuf, StopsAtNonsense) {
  for (const std::string& bad :
       {std::string("\x0A"), std::string("\x0A\x05web"), std::string("\x0B\x01"), std::string(11, '\xFF'),
        std::string("\x0A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01")}) {
    ProtoReader reader(bad);
    EXPECT_FALSE(reader.next());
    EXPECT_TRUE(reader.broken());
    EXPECT_FALSE(reader.next());
  }
}

}  // namespace
}  // namespace plimsoll
