// Objects as files of a directory that several hosts have mounted.
#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <optional>
#include <thread>

#include "agent/core/fd.h"
#include "agent/core/mutex.h"
#include "agent/store/atomic_file.h"
#include "agent/store/digest.h"
#include "agent/store/objects.h"
#include "profiles/toml_codec.h"

namespace plimsoll {
namespace {

constexpr const char* kLock = ".lock";
constexpr int kDeepest = 3;  // hosts/HOST/FILE

std::string etag_of(std::string_view body) {
  return hex_text(sha256(body));
}

/// Another host may have put a link there: it may lead anywhere below the directory, but not out of it.
Fd open_below(int directory, const std::string& path) {
  open_how how{};
  how.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  return Fd(static_cast<int>(syscall(SYS_openat2, directory, path.c_str(), &how, sizeof how)));
}

std::pair<std::string, std::string> split(const std::string& key) {
  const auto slash = key.rfind('/');
  if (slash == std::string::npos) return {".", key};
  return {key.substr(0, slash), key.substr(slash + 1)};
}

/// Held while one host writes. It waits for others, but not for ever: who holds it may have hung.
class Lock {
 public:
  explicit Lock(int directory)
      : file_(openat(directory, kLock, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600)) {}
  [[nodiscard]] bool take() const {
    constexpr int kTries = 100;
    constexpr auto kWait = std::chrono::milliseconds(20);
    for (int i = 0; i < kTries; ++i) {
      if (flock(file_.get(), LOCK_EX | LOCK_NB) == 0) return true;
      if (errno != EWOULDBLOCK && errno != EINTR) return false;
      std::this_thread::sleep_for(kWait);
    }
    return false;
  }
  explicit operator bool() const { return static_cast<bool>(file_); }

 private:
  Fd file_;
};

class ObjectDirectory final : public ObjectStore {
 public:
  ObjectDirectory(std::string path, Fd directory)
      : path_(std::move(path)), directory_(std::move(directory)) {}

  Result<Got> get(const std::string& key, const std::string& unless_etag) override {
    auto read = this->read(key);
    if (!read) return std::unexpected(read.error());
    std::optional<std::string>& body = *read;
    if (!body) return NotThere{};
    std::string etag = etag_of(*body);
    if (etag == unless_etag) return NotModified{};
    return StoredObject{*std::move(body), std::move(etag)};
  }

  Result<Put> put(const std::string& key, std::string_view body, const Condition& condition) override {
    if (body.size() > kMaxProfileText) {
      return wrong(
          key, std::to_string(body.size()) + " bytes; accepted: at most " + std::to_string(kMaxProfileText));
    }
    const MutexLock one_thread(mutex_);
    const auto [folder, name] = split(key);
    if (!make(folder)) {
      if (errno == EROFS) return ReadOnly{};
      return wrong(key, "its directory cannot be created: " + errno_text());
    }
    const Fd in = open_below(directory_.get(), folder);
    if (!in) return wrong(key, "its directory cannot be opened: " + errno_text());
    const Lock lock(in.get());
    if (!lock && errno == EROFS) return ReadOnly{};
    if (!lock || !lock.take()) {
      return wrong(folder + "/" + kLock,
                   "cannot be locked: " + errno_text() +
                       "; accepted: a file system with locks, on which the agent may write");
    }
    if (condition.absent || !condition.etag.empty()) {
      const auto read = this->read(key);
      if (!read) return std::unexpected(read.error());
      const std::optional<std::string>& there = *read;
      const bool met = condition.absent ? !there : there && etag_of(*there) == condition.etag;
      if (!met) return PreconditionFailed{};
    }
    if (auto written = write_atomic(in.get(), name, body, [](const FileStamp&) {}); !written)
      return wrong(key, written.error().message);
    return Written{etag_of(body)};
  }

  Result<std::vector<std::string>> list(const std::string& prefix) override {
    std::vector<std::string> keys;
    if (auto listed = list_into(keys, prefix, 1); !listed) return std::unexpected(listed.error());
    std::ranges::sort(keys);
    return keys;
  }

  [[nodiscard]] std::string where() const override { return path_; }

 private:
  [[nodiscard]] std::unexpected<Error> wrong(const std::string& key, const std::string& what) const {
    return fail(path_ + "/" + key + ": " + what);
  }

  /// Nothing where there is no such file.
  [[nodiscard]] Result<std::optional<std::string>> read(const std::string& key) const {
    const auto [folder, name] = split(key);
    const Fd in = open_below(directory_.get(), folder);
    if (!in && errno == ENOENT) return std::nullopt;
    if (!in) return wrong(key, "its directory cannot be opened: " + errno_text());
    if (stamp_at(in.get(), name) == FileStamp{}) return std::nullopt;
    auto file = read_regular(in.get(), name, kMaxProfileText);
    if (!file) return wrong(key, file.error().message);
    return std::move(file->text);
  }

  /// False, with errno, when it cannot be.
  [[nodiscard]] bool make(const std::string& folder) const {
    for (std::size_t slash = folder.find('/');; slash = folder.find('/', slash + 1)) {
      const auto [above, name] = split(folder.substr(0, slash));
      const Fd in = open_below(directory_.get(), above);
      if (!in || (mkdirat(in.get(), name.c_str(), 0700) != 0 && errno != EEXIST)) return false;
      if (slash == std::string::npos) return true;
    }
  }

  Result<void> list_into(std::vector<std::string>& keys, const std::string& prefix, int depth) const {
    Fd in = open_below(directory_.get(), prefix);
    if (!in && errno == ENOENT) return {};
    DIR* const entries = in ? fdopendir(dup(in.get())) : nullptr;
    if (entries == nullptr) return wrong(prefix, "cannot be listed: " + errno_text());
    std::vector<std::string> below;
    while (const dirent* entry = readdir(entries)) {
      const std::string name = static_cast<const char*>(entry->d_name);
      if (name.starts_with('.')) continue;
      if (entry->d_type == DT_DIR && depth < kDeepest) below.push_back(prefix + name + "/");
      if (entry->d_type == DT_REG) keys.push_back(prefix + name);
    }
    closedir(entries);
    for (const std::string& folder : below) {
      if (auto listed = list_into(keys, folder, depth + 1); !listed) return listed;
    }
    return {};
  }

  std::string path_;
  Fd directory_;
  Mutex mutex_;
};

}  // namespace

Result<std::unique_ptr<ObjectStore>> open_object_directory(const std::string& path) {
  Fd directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory) {
    return fail(path + ": cannot be opened: " + errno_text() +
                "; accepted: a directory that is mounted on every host of the fleet");
  }
  return std::make_unique<ObjectDirectory>(path, std::move(directory));
}

}  // namespace plimsoll
