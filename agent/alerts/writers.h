// Where alert lines go: a file or a descriptor. No threads and no queue here: queued_sink.h has those.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "agent/core/result.h"

namespace plimsoll {

class LineWriter {
 public:
  LineWriter() = default;
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;
  virtual ~LineWriter() = default;
  /// Writes a line that ends in '\n'. On an error the caller offers the same line again later; no line is
  /// ever written twice, nor left in half for another one to follow.
  virtual Result<void> write(std::string_view line) = 0;
};

/// Appends to a file, which is made (0640) with its directory (0750); opened again when it was renamed or
/// removed.
Result<std::unique_ptr<LineWriter>> open_file_writer(const std::string& path);

/// Writes to a descriptor that stays the caller's. Waits at most 200 ms for a pipe that nobody reads.
std::unique_ptr<LineWriter> make_fd_writer(int fd);

}  // namespace plimsoll
