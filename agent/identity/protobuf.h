// Enough of protobuf's wire format for a handful of messages.
// https://protobuf.dev/programming-guides/encoding/
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace plimsoll {

/// Appends a text, bytes or message field.
void put_field(std::string& message, std::uint32_t field, std::string_view value);

/// Walks over a message's fields: `while (reader.next()) ...`. Views point into the message.
class ProtoReader {
 public:
  explicit ProtoReader(std::string_view message) : rest_(message) {}
  /// False at the end, and at the first byte that makes no sense (then `broken()`).
  bool next();
  [[nodiscard]] std::uint32_t field() const { return field_; }
  /// Contents of a length-delimited field, else empty.
  [[nodiscard]] std::string_view bytes() const { return bytes_; }
  [[nodiscard]] bool broken() const { return broken_; }

 private:
  bool varint(std::uint64_t& value);
  std::string_view rest_, bytes_;
  std::uint32_t field_ = 0;
  bool broken_ = false;
};

/// The last field of that number, as the format wants it; empty when there is none.
std::string_view proto_field(std::string_view message, std::uint32_t field);

}  // namespace plimsoll
