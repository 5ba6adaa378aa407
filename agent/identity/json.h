// The little of JSON that the runtimes' files need, so that the parser's header stays in one file.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "agent/core/result.h"
#include "agent/identity/host_files.h"

namespace plimsoll {

/// A value inside a parsed document, which it keeps alive. What is absent or of another type reads as empty.
class Json {
 public:
  using Keys = std::initializer_list<std::string_view>;

  /// An object or an array; anything else, or text after it, is an error.
  static Result<Json> parse(std::string_view text);

  [[nodiscard]] bool has(Keys) const;
  /// Cut to `most` bytes.
  [[nodiscard]] std::string text(Keys, std::size_t most = kMaxTextBytes) const;
  /// A document within the document: the JSON that a text holds.
  [[nodiscard]] Result<Json> parse_text(Keys) const;
  /// The members that are texts, each bounded, at most 1024 of them.
  [[nodiscard]] StringMap texts(Keys) const;
  /// The names of an object's members.
  [[nodiscard]] std::vector<std::string> members(Keys) const;
  /// The elements of an array.
  [[nodiscard]] std::vector<Json> items(Keys) const;
  /// The value itself if it is a text.
  [[nodiscard]] std::string text() const { return text({}); }

 private:
  Json(std::shared_ptr<const nlohmann::json> document, const nlohmann::json* value)
      : document_(std::move(document)), value_(value) {}
  [[nodiscard]] const nlohmann::json* find(Keys) const;

  std::shared_ptr<const nlohmann::json> document_;
  const nlohmann::json* value_;
};

}  // namespace plimsoll
