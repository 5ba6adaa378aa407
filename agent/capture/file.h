// Captures on disk: gzip of one record a line.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "agent/capture/records.h"

namespace plimsoll::capture {

/// Bytes of a line, at most: a profile at its limits takes less than half of it.
constexpr std::size_t kMostLine = 32UL << 20U;

class Writer {
 public:
  /// Makes the file, mode 0600. One that is there already is an error: a capture is not lightly replaced.
  static Result<Writer> create(const std::string& path);
  Writer(Writer&&) noexcept;
  Writer& operator=(Writer&&) noexcept;
  ~Writer();
  Result<void> line(std::string_view line);
  /// All that was given is written, and the file is whole.
  Result<void> close();

 private:
  struct File;
  explicit Writer(std::unique_ptr<File>);
  std::unique_ptr<File> file_;
};

class Reader {
 public:
  /// The first record must be a Begin of this version.
  static Result<Reader> open(const std::string& path);
  Reader(Reader&&) noexcept;
  Reader& operator=(Reader&&) noexcept;
  ~Reader();
  [[nodiscard]] const Begin& begin() const { return begin_; }
  /// The next record; none at the end. Errors begin with "FILE:LINE: ". A file that ends in the middle is
  /// one.
  Result<std::optional<Record>> next();
  /// "FILE:LINE: " of the record that was read last, or of that line.
  [[nodiscard]] std::string where(std::uint64_t line = 0) const;

 private:
  struct File;
  explicit Reader(std::unique_ptr<File>);
  std::unique_ptr<File> file_;
  Begin begin_;
};

}  // namespace plimsoll::capture
