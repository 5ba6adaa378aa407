// Files in one directory, read without following links and written whole or not at all.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "agent/core/result.h"

namespace plimsoll {

/// What errno says.
std::string errno_text();

/// Tells one writing of a file from the next.
struct FileStamp {
  dev_t device = 0;
  ino_t inode = 0;
  off_t size = 0;
  std::int64_t modified_ns = 0;
  bool operator==(const FileStamp&) const = default;
};
FileStamp stamp_of(const struct stat&);

/// The stamp of what stands under that name, a link itself included; an empty one when there is nothing.
FileStamp stamp_at(int directory, const std::string& name);

struct ReadFile {
  std::string text;
  FileStamp stamp;
};
/// A regular file of at most `most` bytes, whole. Links, pipes and devices are errors and are not opened for
/// reading. Errors lack the file's name.
Result<ReadFile> read_regular(int directory, const std::string& name, std::size_t most);

/// The temporary file's name beside `name`.
std::string temporary_name(const std::string& name);

/// Temporary file (0600), fsync, rename, fsync of the directory. `stands` is called with the new file's stamp
/// once it is in its place; an error before that leaves the old file as it was, one after it means that a
/// crash may undo it.
Result<void> write_atomic(int directory, const std::string& name, std::string_view text,
                          const std::function<void(const FileStamp&)>& stands);

}  // namespace plimsoll
