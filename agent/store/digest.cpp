// SHA-256 and HMAC, by OpenSSL.
#include "agent/store/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <stdexcept>

namespace plimsoll {
namespace {

using Bytes = std::array<unsigned char, EVP_MAX_MD_SIZE>;

std::string text_of(const Bytes& bytes, unsigned size) {
  return {reinterpret_cast<const char*>(bytes.data()), size};
}

}  // namespace

std::string sha256(std::string_view text) {
  Bytes out{};
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), out.data(), &size, EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("libcrypto has no SHA-256");
  return text_of(out, size);
}

std::string hmac_sha256(std::string_view key, std::string_view text) {
  Bytes out{};
  unsigned size = 0;
  const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes, text.size(), out.data(), &size) ==
      nullptr)
    throw std::runtime_error("libcrypto has no HMAC-SHA-256");
  return text_of(out, size);
}

std::string hex_text(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += kDigits[byte >> 4U];
    out += kDigits[byte & 15U];
  }
  return out;
}

}  // namespace plimsoll
