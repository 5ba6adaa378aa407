// Image references taken apart.
#pragma once

#include <string>
#include <string_view>

namespace plimsoll {

/// The reference without tag and digest: "reg:5000/shop/web:1.2@sha256:..." -> "reg:5000/shop/web". A bare
/// digest and an absolute path (a bare bundle's root file system) stay as they are.
std::string repository_of(std::string_view image);

/// "sha256:" and 64, or "sha512:" and 128, lower-case hex digits.
bool is_digest(std::string_view);

/// The digest at the reference's end, or empty.
std::string digest_of(std::string_view image);

/// 64 lower-case hex digits: what docker, podman and CRI call their containers.
bool is_hex64(std::string_view);

}  // namespace plimsoll
