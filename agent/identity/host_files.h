// Reading the runtimes' files on the host: bounded, below one root, and never blocking on what is no plain
// file.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/result.h"

namespace plimsoll {

using StringMap = std::map<std::string, std::string>;

constexpr std::size_t kMaxFileBytes = 4U << 20U;
constexpr std::size_t kMaxTextBytes = 512;  ///< of a name, label or reference that a runtime gives
constexpr std::size_t kMaxPathBytes = 4096;
constexpr std::size_t kMaxDirectoryEntries = 16384;

/// A runtime's container id or namespace as a single path component: 1 to 128 of [A-Za-z0-9_.+-], not "." or
/// "..".
bool valid_id(std::string_view);

/// At most `most` bytes of it, cut where a UTF-8 sequence begins.
std::string bounded(std::string_view, std::size_t most = kMaxTextBytes);

/// The last component of a path: "/a/b" -> "b".
std::string_view last_component(std::string_view path);

/// `path` is `directory` or lies below it; both are absolute and free of "..".
bool lies_under(std::string_view path, std::string_view directory);

/// Paths are absolute on the host. Symbolic links are followed, but never out of the root: an absolute link
/// starts at the root again.
class HostFiles {
 public:
  /// `root` is where the host's "/" is seen; empty for "/" itself.
  explicit HostFiles(std::string root) : root_(std::move(root)) {}

  /// The whole of a plain, non-empty file of at most kMaxFileBytes.
  [[nodiscard]] Result<std::string> read(const std::string& path) const;
  [[nodiscard]] bool is_directory(const std::string& path) const;
  /// Both are there and are the same directory, whatever links lead to it.
  [[nodiscard]] bool same_directory(const std::string& a, const std::string& b) const;
  /// Seconds and nanoseconds of the last change folded into one number; 0 when there is no such file.
  [[nodiscard]] long long changed(const std::string& path) const;
  /// Names of the subdirectories that are valid ids, at most kMaxDirectoryEntries, in no order.
  [[nodiscard]] Result<std::vector<std::string>> subdirectories(const std::string& path) const;
  /// Where this process finds that path, for what cannot be opened through here, such as a socket.
  [[nodiscard]] std::string seen_at(const std::string& path) const { return root_ + path; }

 private:
  [[nodiscard]] int open(const std::string& path, int flags) const;
  std::string root_;
};

}  // namespace plimsoll
