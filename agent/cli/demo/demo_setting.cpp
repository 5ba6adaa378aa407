// What the demo needs around it.
#include "agent/cli/demo/demo_setting.h"

#include <elf.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>

#include "agent/cli/demo/child.h"

namespace plimsoll {
namespace {

/// No program interpreter: it runs in an image that has no libraries.
bool is_static(const std::string& program) {
  std::ifstream file(program, std::ios::binary);
  Elf64_Ehdr header{};
  if (!file.read(reinterpret_cast<char*>(&header), sizeof header)) return false;
  for (Elf64_Off i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr part{};
    file.seekg(static_cast<std::streamoff>(header.e_phoff + i * sizeof part));
    if (!file.read(reinterpret_cast<char*>(&part), sizeof part) || part.p_type == PT_INTERP) return false;
  }
  return true;
}

}  // namespace

Result<void> check_demo_needs() {
  if (geteuid() != 0) {
    return fail("the demo needs root, to load BPF programs and to start a container: sudo plimsoll demo");
  }
  if (find_program("runc").empty()) return fail("the demo needs runc: apt-get install runc");
  if (const auto busybox = find_program("busybox"); busybox.empty() || !is_static(busybox)) {
    return fail("the demo needs a static busybox: apt-get install busybox-static");
  }
  return {};
}

Interruption::Interruption() {
  sigemptyset(&signals_);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals_, signal);
  sigprocmask(SIG_BLOCK, &signals_, &before_);
}

Interruption::~Interruption() {
  sigprocmask(SIG_SETMASK, &before_, nullptr);
}

Result<void> Interruption::pause(std::chrono::milliseconds time) const {
  const timespec wait{.tv_sec = time.count() / 1000, .tv_nsec = time.count() % 1000 * 1'000'000};
  return sigtimedwait(&signals_, nullptr, &wait) > 0 ? fail("interrupted") : Result<void>();
}

Workspace::Workspace(bool keep) : keep_(keep) {
  std::string pattern = (std::filesystem::temp_directory_path() / "plimsoll-demo.XXXXXX").string();
  if (mkdtemp(pattern.data()) != nullptr) path_ = pattern;
}

Workspace::~Workspace() {
  std::error_code ignored;  // what is left is in the temporary directory
  if (!keep_ && !path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace plimsoll
