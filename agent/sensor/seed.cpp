#include "agent/sensor/seed.h"

#include <bpf/bpf.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "agent/sensor/proc_task.h"
#include "agent/sensor/wire.h"
#include "bpf/include/siphash.h"

namespace plimsoll {
namespace {

namespace fs = std::filesystem;

void seed_process(std::uint32_t pid, Slot slot, const SeedMaps& maps) {
  // First the handle, then what is read by number: if the process still lives after that, it is the same one.
  const int pidfd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  if (pidfd < 0) return;
  auto task = read_proc_task("/proc", pid);
  // EPERM: it lives, and is another user's, to whom nothing may be sent without CAP_KILL.
  if (task && (syscall(SYS_pidfd_send_signal, pidfd, 0, nullptr, 0) == 0 || errno == EPERM)) {
    task->slot = slot;
    task->phase = PL_TASK_INSIDE;
    task->actor = text_hash(task->exe, maps.hash_key);
    bpf_map_update_elem(maps.seeds_fd, &pid, &*task, BPF_ANY);
  }
  close(pidfd);
}

void seed_cgroup(const fs::path& directory, Slot slot, const SeedMaps& maps) {
  std::ifstream procs(directory / "cgroup.procs");
  for (std::uint32_t pid = 0; procs >> pid;) seed_process(pid, slot, maps);
}

// The slot of this directory: adopted itself, or nested in one that is.
Slot slot_of(std::uint64_t id, Slot parent, std::uint32_t hierarchy,
             const std::map<std::uint64_t, Slot>& adopted, const SeedMaps& maps) {
  const auto own = adopted.find(id);
  if (own != adopted.end()) return own->second;
  if (parent) {
    const pl_cgroup_key key{id, hierarchy, 0};
    bpf_map_update_elem(maps.cgroups_fd, &key, &parent, BPF_ANY);
  }
  return parent;
}

void walk(const fs::path& directory, Slot parent, std::uint32_t hierarchy,
          const std::map<std::uint64_t, Slot>& adopted, const SeedMaps& maps) {
  struct stat st{};
  if (stat(directory.c_str(), &st) != 0) return;
  const Slot slot = slot_of(st.st_ino, parent, hierarchy, adopted, maps);
  if (slot) seed_cgroup(directory, slot, maps);
  std::error_code error;
  for (const auto& entry :
       fs::directory_iterator(directory, fs::directory_options::skip_permission_denied, error)) {
    if (entry.is_directory(error) && !entry.is_symlink(error))
      walk(entry.path(), slot, hierarchy, adopted, maps);
  }
}

}  // namespace

std::uint64_t text_hash(const std::string& text, const std::uint64_t (&key)[2]) {
  if (text.empty()) return 0;
  std::array<__u64, PL_PATH / 8> words{};
  const std::size_t bytes = std::min<std::size_t>(text.size(), PL_PATH - 1);
  std::memcpy(words.data(), text.data(), bytes);
  return pl_siphash(words.data(), static_cast<__u32>(bytes), words.size(), key[0], key[1]);
}

Result<void> seed_tasks_of(const std::string& mount_point, std::uint32_t hierarchy,
                           const std::map<std::uint64_t, Slot>& adopted, const SeedMaps& maps) {
  if (!adopted.empty()) walk(mount_point, 0, hierarchy, adopted, maps);
  return {};
}

}  // namespace plimsoll
