// Errors that a caller can go on from.
#pragma once

#include <expected>
#include <string>
#include <utility>

namespace plimsoll {

/// What went wrong, in a sentence that an operator can act on: what, where, what is accepted.
struct Error {
  std::string message;
};

template <typename T>
using Result = std::expected<T, Error>;

/// `return fail("...")` from any function that returns a Result.
inline std::unexpected<Error> fail(std::string message) {
  return std::unexpected<Error>(Error{std::move(message)});
}
/// `return fail(other.error());`: it failed because `other` did.
inline std::unexpected<Error> fail(Error error) {
  return std::unexpected<Error>(std::move(error));
}
/// `return fail(path, other.error());`: likewise, and the message begins with "path: ".
inline std::unexpected<Error> fail(const std::string& where, const Error& error) {
  return fail(where + ": " + error.message);
}

}  // namespace plimsoll
