// When this host was last watched, so that the next agent can say for how long nobody did.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "agent/core/fd.h"
#include "agent/core/result.h"

namespace plimsoll {

/// What note() writes: one line. `boot`: the kernel's boot id; `since_boot`: nanoseconds.
std::string watched_text(const std::string& boot, std::int64_t since_boot);
/// How many nanoseconds before `since_boot` that was written; nothing when it was in another boot, or is not
/// such a line.
std::optional<std::int64_t> unwatched_ns(const std::string& text, const std::string& boot,
                                         std::int64_t since_boot);

class LastWatched {
 public:
  /// The file is made when it is not there; a link is refused.
  static Result<LastWatched> open(const std::string& path);

  /// Seconds since the last note of an agent in this boot; nothing when there was none.
  [[nodiscard]] std::optional<double> seconds() const;
  /// Now. Not flushed to the disk: after a crash of the host the boot is another.
  [[nodiscard]] Result<void> note() const;

 private:
  LastWatched(std::string path, Fd file, std::string boot)
      : path_(std::move(path)), file_(std::move(file)), boot_(std::move(boot)) {}

  std::string path_;
  Fd file_;
  std::string boot_;
};

}  // namespace plimsoll
