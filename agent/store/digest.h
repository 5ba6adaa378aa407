// SHA-256 and HMAC, by OpenSSL.
#pragma once

#include <string>
#include <string_view>

namespace plimsoll {

/// 32 bytes.
std::string sha256(std::string_view);
std::string hmac_sha256(std::string_view key, std::string_view text);

/// Lower-case hex digits of any bytes.
std::string hex_text(std::string_view bytes);

}  // namespace plimsoll
