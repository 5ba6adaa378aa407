// Profiles as TOML files in a directory.
#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <map>

#include "agent/core/fd.h"
#include "agent/core/mutex.h"
#include "agent/store/atomic_file.h"
#include "agent/store/store.h"
#include "profiles/key.h"
#include "profiles/toml_codec.h"

namespace plimsoll {
namespace {

constexpr std::size_t kHexDigits = 16;
constexpr const char* kPaused = ".learning-paused";
constexpr const char* kNames = ".names";
constexpr std::size_t kMostNames = 32U << 20U;  // bytes
constexpr std::string_view kProfile = ".toml", kDecisions = ".operator.toml";

/// A name that file_name() can give, or decisions_file_name().
bool is_hashed(std::string_view name, std::string_view suffix) {
  return name.size() == kHexDigits + suffix.size() && name.ends_with(suffix) &&
         name.find_first_not_of("0123456789abcdef") == kHexDigits;
}

bool is_temporary_name(const std::string& name) {
  return std::ranges::any_of(std::array{kProfile, kDecisions}, [&name](std::string_view suffix) {
    const std::size_t length = kHexDigits + suffix.size();
    return name.size() > length && is_hashed(name.substr(1, length), suffix) &&
           name == temporary_name(name.substr(1, length));
  });
}

/// Names in the directory, sorted.
Result<std::vector<std::string>> list(int directory) {
  const int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* const entries = fd < 0 ? nullptr : fdopendir(fd);
  if (entries == nullptr)
    return fail("cannot be listed: " + errno_text() + "; accepted: a directory that the agent may read");
  std::vector<std::string> names;

  while (const dirent* entry = readdir(entries)) names.emplace_back(entry->d_name);
  closedir(entries);
  std::ranges::sort(names);
  return names;
}

Result<void> make_directories(const std::string& path) {
  for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string part = path.substr(0, slash);
    if (mkdir(part.c_str(), 0700) != 0 && errno != EEXIST) {
      return fail(part + ": cannot be created: " + errno_text() +
                  "; accepted: a directory that exists, or that the agent may create");
    }
    if (slash == std::string::npos) return {};
  }
}

class DirectoryStore final : public ProfileStore {
 public:
  DirectoryStore(std::string path, Fd directory, Fd lock)
      : path_(std::move(path)), directory_(std::move(directory)), lock_(std::move(lock)) {}

  Result<LoadedProfiles> load() override {
    const MutexLock lock(mutex_);
    const auto names = list(directory_.get());
    if (!names) return fail(path_, names.error());
    LoadedProfiles loaded;
    loaded.paused = stamp_at(directory_.get(), kPaused) != FileStamp{};
    if (auto kept = read_regular(directory_.get(), kNames, kMostNames)) loaded.names = std::move(kept->text);
    for (const std::string& name : *names) {
      if (is_hashed(name, kProfile)) {
        keep(read(name), loaded.profiles, loaded.errors);
      } else if (is_hashed(name, kDecisions)) {
        keep(read_decisions(name), loaded.decisions, loaded.errors);
      }
    }
    return loaded;
  }

  Result<Decisions> decide(const Lineage& lineage, const std::function<void(Decisions&)>& change) override {
    const std::string name = decisions_file_name(lineage);
    const MutexLock lock(mutex_);
    Decisions decisions;
    decisions.lineage = lineage;
    if (stamp_at(directory_.get(), name) != FileStamp{}) {
      auto there = read_decisions(name);
      if (!there) return there;
      decisions = *std::move(there);
    }
    change(decisions);
    const std::string text = to_toml(decisions);
    if (text.size() > kMaxProfileText) {
      return fail(path_of(name) + ": would have " + std::to_string(text.size()) +
                  " bytes; accepted: at most " + std::to_string(kMaxProfileText) +
                  "; the old file stands as it was");
    }
    // A file that an agent could not start with is not written.
    if (auto again = decisions_from_toml(text, path_of(name)); !again) return again;
    if (auto written = write_atomic(directory_.get(), name, text, [](const FileStamp&) {}); !written)
      return fail(path_of(name), written.error());
    return decisions;
  }

  Result<void> save(const Profile& profile) override {
    const std::string name = file_name(profile.lineage);
    const std::string text = to_toml(profile);
    const MutexLock lock(mutex_);
    if (text.size() > kMaxProfileText) {
      return fail(path_of(name) + ": would have " + std::to_string(text.size()) +
                  " bytes; accepted: at most " + std::to_string(kMaxProfileText) +
                  "; the old file stands as it was");
    }
    if (auto ours = is_ours(name); !ours) return ours;
    if (is_broken(name)) {
      if (auto moved = move_aside(name); !moved) return moved;
    }
    const auto stands = [&](const FileStamp& stamp) REQUIRES(mutex_) { known_[name] = {stamp, false}; };
    if (auto written = write_atomic(directory_.get(), name, text, stands); !written)
      return fail(path_of(name), written.error());
    return {};
  }

  Result<void> remove(const Lineage& lineage) override {
    const MutexLock lock(mutex_);
    const std::string name = file_name(lineage);
    if (auto ours = is_ours(name); !ours) return ours;
    if (is_broken(name)) return fail(path_of(name) + ": could not be read, and is not removed");
    if (unlinkat(directory_.get(), name.c_str(), 0) != 0 && errno != ENOENT)
      return fail(path_of(name) + ": cannot be removed: " + errno_text());
    known_.erase(name);
    return {};
  }

  [[nodiscard]] std::string where(const Profile& profile) const override {
    return path_of(file_name(profile.lineage));
  }

  Result<void> pause(bool paused) override {
    const MutexLock lock(mutex_);
    if (paused) {
      if (auto written = write_atomic(directory_.get(), kPaused, "", [](const FileStamp&) {}); !written)
        return fail(path_of(kPaused), written.error());
    } else if (unlinkat(directory_.get(), kPaused, 0) != 0 && errno != ENOENT) {
      return fail(path_of(kPaused) + ": cannot be removed: " + errno_text());
    }
    return {};
  }

  Result<void> save_names(const std::string& text) override {
    const MutexLock lock(mutex_);
    if (auto written = write_atomic(directory_.get(), kNames, text, [](const FileStamp&) {}); !written)
      return fail(path_of(kNames), written.error());
    return {};
  }

  [[nodiscard]] std::string where_decided(const Lineage& lineage) const override {
    return path_of(decisions_file_name(lineage));
  }

 private:
  template <typename Value>
  static void keep(Result<Value> read, std::vector<Value>& values, std::vector<Error>& errors) {
    if (read) {
      values.push_back(*std::move(read));
    } else {
      errors.push_back(read.error());
    }
  }

  struct Known {
    FileStamp stamp;
    bool broken = false;
  };

  [[nodiscard]] std::string path_of(const std::string& name) const { return path_ + "/" + name; }

  /// It is not there, or as it was last read or written.
  [[nodiscard]] Result<void> is_ours(const std::string& name) const REQUIRES(mutex_) {
    const FileStamp there = stamp_at(directory_.get(), name);
    const auto known = known_.find(name);
    if (there == FileStamp{} || (known != known_.end() && known->second.stamp == there)) return {};
    return fail(path_of(name) +
                ": was changed by someone else and is not overwritten; accepted: tell the agent to reload "
                "(SIGHUP) so that it is read, or remove it");
  }

  /// It is there, as it could not be read.
  [[nodiscard]] bool is_broken(const std::string& name) const REQUIRES(mutex_) {
    const auto known = known_.find(name);
    return known != known_.end() && known->second.broken &&
           stamp_at(directory_.get(), name) == known->second.stamp;
  }

  Result<Profile> read(const std::string& name) REQUIRES(mutex_) {
    FileStamp stamp = stamp_at(directory_.get(), name);
    Result<Profile> profile = parse(name, stamp);
    if (profile) {
      known_[name] = {stamp, false};
    } else if (const auto known = known_.find(name); known == known_.end() || known->second.broken) {
      // A file that was well before is a person's unfinished edit: it stays what changed meanwhile.
      known_[name] = {stamp, true};
    }
    return profile;
  }

  [[nodiscard]] Result<Profile> parse(const std::string& name, FileStamp& stamp) const {
    const Result<ReadFile> file = read_regular(directory_.get(), name, kMaxProfileText);
    if (!file) return fail(path_of(name), file.error());
    stamp = file->stamp;
    Result<Profile> profile = profile_from_toml(file->text, path_of(name));
    if (!profile) return profile;
    if (auto named = named_right(name, file_name(profile->lineage)); !named)
      return std::unexpected(named.error());
    return profile;
  }

  [[nodiscard]] Result<Decisions> read_decisions(const std::string& name) const {
    const Result<ReadFile> file = read_regular(directory_.get(), name, kMaxProfileText);
    if (!file) return fail(path_of(name), file.error());
    Result<Decisions> decisions = decisions_from_toml(file->text, path_of(name));
    if (!decisions) return decisions;
    if (auto named = named_right(name, decisions_file_name(decisions->lineage)); !named)
      return std::unexpected(named.error());
    return decisions;
  }

  [[nodiscard]] Result<void> named_right(const std::string& name, const std::string& right) const {
    if (name == right) return {};
    return fail(path_of(name) + ": is for another lineage than its name says; accepted: the name " + right +
                " for repository and role as they stand in [image]");
  }

  Result<void> move_aside(const std::string& name) {
    for (int n = 1; n < 1000; ++n) {
      const std::string aside = name + ".broken-" + std::to_string(n);
      if (renameat2(directory_.get(), name.c_str(), directory_.get(), aside.c_str(), RENAME_NOREPLACE) == 0)
        return {};
      if (errno != EEXIST) return fail(path_of(name) + ": cannot be moved aside: " + errno_text());
    }
    return fail(path_of(name) + ": cannot be moved aside; accepted: fewer than 999 files NAME.broken-N");
  }

  std::string path_;
  Fd directory_;
  Fd lock_;  ///< held for as long as the store lives
  Mutex mutex_;
  std::map<std::string, Known> known_ GUARDED_BY(mutex_);
};

}  // namespace

Result<std::unique_ptr<ProfileStore>> open_directory_store(const std::string& path) {
  if (auto made = make_directories(path); !made) return std::unexpected(made.error());
  Fd directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat s{};
  if (!directory || fstat(directory.get(), &s) != 0) {
    return fail(path + ": cannot be opened: " + errno_text() +
                "; accepted: a directory that the agent may read");
  }
  if ((s.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return fail(path + ": other users may write in it; accepted: a directory of mode 0700");
  Fd lock(openat(directory.get(), ".lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!lock) {
    return fail(path + "/.lock: cannot be opened: " + errno_text() +
                "; accepted: a directory in which the agent may write");
  }
  if (flock(lock.get(), LOCK_EX | LOCK_NB) != 0)
    return fail(path + ": is in use by another agent; accepted: one agent per directory");
  // With the lock held, whatever temporary file there is was left by a writer that died.
  const auto names = list(directory.get());
  if (!names) return fail(path, names.error());
  for (const std::string& name : *names) {
    if (is_temporary_name(name)) unlinkat(directory.get(), name.c_str(), 0);
  }
  return std::make_unique<DirectoryStore>(path, std::move(directory), std::move(lock));
}

}  // namespace plimsoll
