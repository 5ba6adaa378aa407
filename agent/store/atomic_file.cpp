// Reading and writing files whole.
#include "agent/store/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "agent/core/clock.h"
#include "agent/core/fd.h"

namespace plimsoll {
namespace {

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

}  // namespace

std::string errno_text() {
  return std::strerror(errno);
}

FileStamp stamp_of(const struct stat& s) {
  return {s.st_dev, s.st_ino, s.st_size, s.st_mtim.tv_sec * kNsPerSecond + s.st_mtim.tv_nsec};
}

FileStamp stamp_at(int directory, const std::string& name) {
  struct stat s{};
  if (fstatat(directory, name.c_str(), &s, AT_SYMLINK_NOFOLLOW) != 0) return {};
  return stamp_of(s);
}

Result<ReadFile> read_regular(int directory, const std::string& name, std::size_t most) {
  // O_NONBLOCK: opening a pipe must not wait for its writer.
  const Fd file(openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file && errno == ELOOP) return fail("is a symbolic link; accepted: a regular file");
  if (!file) return fail("cannot be opened: " + errno_text() + "; accepted: a file that the agent may read");
  struct stat s{};
  if (fstat(file.get(), &s) != 0)
    return fail("cannot be read: " + errno_text() + "; accepted: a regular file");
  if (!S_ISREG(s.st_mode)) return fail("is not a regular file; accepted: a regular file");
  const auto too_large = [most](auto size) {
    return fail(std::to_string(size) + " bytes or more; accepted: at most " + std::to_string(most));
  };
  if (static_cast<std::size_t>(s.st_size) > most) return too_large(s.st_size);
  ReadFile result{{}, stamp_of(s)};
  result.text.resize(static_cast<std::size_t>(s.st_size) + 1);
  std::size_t have = 0;
  while (have <= most) {
    const ssize_t n = read(file.get(), result.text.data() + have, result.text.size() - have);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail("cannot be read: " + errno_text() + "; accepted: a regular file");
    if (n == 0) break;
    have += static_cast<std::size_t>(n);
    if (have == result.text.size()) result.text.resize(have * 2);  // it grew meanwhile
  }
  if (have > most) return too_large(have);
  result.text.resize(have);
  return result;
}

std::string temporary_name(const std::string& name) {
  return "." + name + ".tmp";
}

Result<void> write_atomic(int directory, const std::string& name, std::string_view text,
                          const std::function<void(const FileStamp&)>& stands) {
  const std::string temporary = temporary_name(name);
  unlinkat(directory, temporary.c_str(), 0);
  const Fd file(
      openat(directory, temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) {
    return fail("cannot be written: " + errno_text() + "; accepted: a directory that may be written in");
  }
  const auto give_up = [&](const char* what) {
    const std::string why = errno_text();
    unlinkat(directory, temporary.c_str(), 0);
    return fail(std::string(what) + " failed: " + why + "; the old file stands as it was");
  };
  if (!write_all(file.get(), text)) return give_up("write");
  if (fsync(file.get()) != 0) return give_up("fsync");
  struct stat s{};
  if (fstat(file.get(), &s) != 0) return give_up("fstat");
  if (renameat(directory, temporary.c_str(), directory, name.c_str()) != 0) return give_up("rename");
  stands(stamp_of(s));
  if (fsync(directory) != 0) {
    return fail("fsync of its directory failed: " + errno_text() +
                "; a crash now may bring the old file back");
  }
  return {};
}

}  // namespace plimsoll
