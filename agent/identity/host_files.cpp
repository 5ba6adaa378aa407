// Reading the runtimes' files on the host.
#include "agent/identity/host_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

#include "agent/core/fd.h"

namespace plimsoll {
namespace {

std::string reason() {
  return std::error_code(errno, std::generic_category()).message();
}

std::optional<struct stat> status(int fd) {
  struct stat st{};
  if (fd < 0 || fstat(fd, &st) != 0) return std::nullopt;
  return st;
}

bool id_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
         c == '-' || c == '+';
}

}  // namespace

bool valid_id(std::string_view id) {
  return !id.empty() && id.size() <= 128 && id != "." && id != ".." && std::ranges::all_of(id, id_char);
}

std::string bounded(std::string_view text, std::size_t most) {
  if (text.size() <= most) return std::string(text);
  std::size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return std::string(text.substr(0, end));
}

std::string_view last_component(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

bool lies_under(std::string_view path, std::string_view directory) {
  while (directory.ends_with('/')) directory.remove_suffix(1);
  return path.starts_with(directory) && (path.size() == directory.size() || path[directory.size()] == '/');
}

int HostFiles::open(const std::string& path, int flags) const {
  const Fd root(::open(root_.empty() ? "/" : root_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (root.get() < 0) return -1;
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  return static_cast<int>(syscall(SYS_openat2, root.get(), path.c_str(), &how, sizeof(how)));
}

Result<std::string> HostFiles::read(const std::string& path) const {
  // O_PATH first: opening a device or a FIFO for reading could have effects of its own.
  if (const Fd probe(open(path, O_PATH)); probe.get() < 0) {
    return fail(path + ": " + reason());
  } else if (const auto st = status(probe.get()); !st || !S_ISREG(st->st_mode) || st->st_size == 0) {
    return fail(path + ": not a plain file with contents");
  }
  const Fd fd(open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY));
  const auto st = status(fd.get());
  if (!st) return fail(path + ": " + reason());
  if (!S_ISREG(st->st_mode) || st->st_size <= 0) return fail(path + ": not a plain file with contents");
  if (static_cast<std::uint64_t>(st->st_size) > kMaxFileBytes) return fail(path + ": larger than 4 MiB");
  std::string text(static_cast<std::size_t>(st->st_size), '\0');
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t n = ::read(fd.get(), text.data() + done, text.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail(path + ": " + reason());
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  text.resize(done);
  return text;
}

bool HostFiles::is_directory(const std::string& path) const {
  const Fd fd(open(path, O_PATH));
  const auto st = status(fd.get());
  return st && S_ISDIR(st->st_mode);
}

bool HostFiles::same_directory(const std::string& a, const std::string& b) const {
  const Fd first(open(a, O_PATH)), second(open(b, O_PATH));
  const auto x = status(first.get()), y = status(second.get());
  return x && y && S_ISDIR(x->st_mode) && x->st_dev == y->st_dev && x->st_ino == y->st_ino;
}

long long HostFiles::changed(const std::string& path) const {
  const Fd fd(open(path, O_PATH));
  const auto st = status(fd.get());
  return st ? st->st_mtim.tv_sec * 1'000'000'000LL + st->st_mtim.tv_nsec : 0;
}

Result<std::vector<std::string>> HostFiles::subdirectories(const std::string& path) const {
  Fd fd(open(path, O_RDONLY | O_DIRECTORY));
  if (!fd) return fail(path + ": " + reason());
  const auto closer = [](DIR* d) { closedir(d); };
  const std::unique_ptr<DIR, decltype(closer)> directory(fdopendir(fd.get()), closer);
  if (!directory) return fail(path + ": " + reason());
  (void)fd.release();  // closedir() closes it
  std::vector<std::string> names;
  while (const dirent* entry = readdir(directory.get())) {
    if (names.size() >= kMaxDirectoryEntries) break;
    const bool maybe = entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN;
    if (maybe && valid_id(entry->d_name)) names.emplace_back(entry->d_name);
  }
  return names;
}

}  // namespace plimsoll
