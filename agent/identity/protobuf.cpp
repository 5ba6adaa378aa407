// Enough of protobuf's wire format for a handful of messages.
#include "agent/identity/protobuf.h"

namespace plimsoll {
namespace {

enum WireType : std::uint8_t { kVarint = 0, kFixed64 = 1, kLengthDelimited = 2, kFixed32 = 5 };

void put_varint(std::string& out, std::uint64_t value) {
  for (; value > 0x7F; value >>= 7U) out.push_back(static_cast<char>((value & 0x7FU) | 0x80U));
  out.push_back(static_cast<char>(value));
}

}  // namespace

void put_field(std::string& message, std::uint32_t field, std::string_view value) {
  put_varint(message, std::uint64_t{field} << 3U | kLengthDelimited);
  put_varint(message, value.size());
  message.append(value);
}

bool ProtoReader::varint(std::uint64_t& value) {
  value = 0;
  for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    value |= std::uint64_t{byte & 0x7FU} << shift;
    if ((byte & 0x80U) == 0) return true;
  }
  broken_ = true;
  return false;
}

bool ProtoReader::next() {
  bytes_ = {};
  std::uint64_t tag = 0, value = 0;
  if (broken_ || rest_.empty() || !varint(tag)) return false;
  field_ = static_cast<std::uint32_t>(tag >> 3U);
  std::uint64_t size = 0;
  switch (tag & 7U) {
    case kVarint:
      return varint(value);
    case kFixed64:
      size = 8;
      break;
    case kFixed32:
      size = 4;
      break;
    case kLengthDelimited:
      if (!varint(size)) return false;
      break;
    default:
      broken_ = true;
      return false;
  }
  if (size > rest_.size()) {
    broken_ = true;
    return false;
  }
  if ((tag & 7U) == kLengthDelimited) bytes_ = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return true;
}

std::string_view proto_field(std::string_view message, std::uint32_t field) {
  std::string_view found;
  for (ProtoReader reader(message); reader.next();) {
    if (reader.field() == field) found = reader.bytes();
  }
  return found;
}

}  // namespace plimsoll
