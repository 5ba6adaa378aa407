#include "agent/store/last_watched.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

#include <array>
#include <fstream>
#include <sstream>

#include "agent/store/atomic_file.h"

namespace plimsoll {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr mode_t kOwnerOnly = 0600;

std::int64_t since_boot_ns() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return now.tv_sec * kNsPerSecond + now.tv_nsec;
}

}  // namespace

// Of one length, so that a later line leaves nothing of an earlier one.
std::string watched_text(const std::string& boot, std::int64_t since_boot) {
  constexpr std::size_t kDigits = 20;
  const std::string number = std::to_string(since_boot);
  return boot + " " + std::string(kDigits - number.size(), '0') + number + "\n";
}

std::optional<std::int64_t> unwatched_ns(const std::string& text, const std::string& boot,
                                         std::int64_t since_boot) {
  std::istringstream in(text);
  std::string its_boot;
  std::int64_t then = 0;
  if (!(in >> its_boot >> then) || its_boot != boot || then < 0 || then > since_boot) return {};
  return since_boot - then;
}

Result<LastWatched> LastWatched::open(const std::string& path) {
  Fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kOwnerOnly));
  if (!file) return fail(path + ": " + errno_text());
  std::string boot;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> boot;
  return LastWatched(path, std::move(file), std::move(boot));
}

std::optional<double> LastWatched::seconds() const {
  std::array<char, 128> text{};
  const ssize_t bytes = pread(file_.get(), text.data(), text.size(), 0);
  if (bytes <= 0) return {};
  const auto gap = unwatched_ns({text.data(), static_cast<std::size_t>(bytes)}, boot_, since_boot_ns());
  if (!gap) return {};
  return static_cast<double>(*gap) / static_cast<double>(kNsPerSecond);
}

Result<void> LastWatched::note() const {
  const std::string text = watched_text(boot_, since_boot_ns());
  if (pwrite(file_.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
    return fail(path_ + " cannot be written: " + errno_text());
  return {};
}

}  // namespace plimsoll
