// Image references taken apart.
#include "agent/identity/image_name.h"

#include <algorithm>

namespace plimsoll {
namespace {

bool is_hex(std::string_view text, std::size_t size) {
  return text.size() == size &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

bool is_hex64(std::string_view text) {
  return is_hex(text, 64);
}

bool is_digest(std::string_view text) {
  return (text.starts_with("sha256:") && is_hex(text.substr(7), 64)) ||
         (text.starts_with("sha512:") && is_hex(text.substr(7), 128));
}

std::string digest_of(std::string_view image) {
  const auto at = image.rfind('@');
  if (at == std::string_view::npos || !is_digest(image.substr(at + 1))) return {};
  return std::string(image.substr(at + 1));
}

std::string repository_of(std::string_view image) {
  if (image.starts_with('/') || is_digest(image)) return std::string(image);
  if (const auto at = image.find('@'); at != std::string_view::npos && at > 0) image = image.substr(0, at);
  // A colon before the last slash belongs to the registry's port.
  const auto colon = image.rfind(':');
  const auto slash = image.rfind('/');
  const bool tagged =
      colon != std::string_view::npos && colon > 0 && (slash == std::string_view::npos || colon > slash);
  return std::string(tagged ? image.substr(0, colon) : image);
}

}  // namespace plimsoll
