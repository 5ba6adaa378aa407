#include "agent/sensor/seed/seed.h"

#include <bpf/bpf.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>

#include "agent/core/fd.h"
#include "agent/sensor/seed/proc_task.h"
#include "agent/sensor/wire.h"
#include "bpf/include/siphash.h"

namespace plimsoll {
namespace {

namespace fs = std::filesystem;

constexpr int kMostWalks = 8;  // a fork bomb would keep it walking for ever

/// One seeding: what it is about, and whom it has read already.
struct Seeding {
  std::uint32_t hierarchy;
  const std::map<std::uint64_t, Slot>& adopted;
  const SeedMaps& maps;
  std::set<std::uint32_t> seeded;  // process ids
};

void seed_process(std::uint32_t pid, Slot slot, Seeding& seeding) {
  if (seeding.seeded.contains(pid)) return;
  // First the handle, then what is read by number: if the process still lives after that, it is the same one.
  const Fd pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd) return;
  auto task = read_proc_task("/proc", pid);
  // EPERM: it lives, and is another user's, to whom nothing may be sent without CAP_KILL.
  if (task && (syscall(SYS_pidfd_send_signal, pidfd.get(), 0, nullptr, 0) == 0 || errno == EPERM)) {
    task->slot = slot;
    task->phase = PL_TASK_INSIDE;
    task->actor = text_hash(task->exe, seeding.maps.hash_key);
    bpf_map_update_elem(seeding.maps.seeds_fd, &pid, &*task, BPF_ANY);
    seeding.seeded.insert(pid);
  }
}

void seed_cgroup(const fs::path& directory, Slot slot, Seeding& seeding) {
  std::ifstream procs(directory / "cgroup.procs");
  for (std::uint32_t pid = 0; procs >> pid;) seed_process(pid, slot, seeding);
}

// The slot of this directory: adopted itself, or nested in one that is.
Slot slot_of(std::uint64_t id, Slot parent, const Seeding& seeding) {
  const auto own = seeding.adopted.find(id);
  if (own != seeding.adopted.end()) return own->second;
  if (parent) {
    const pl_cgroup_key key{id, seeding.hierarchy, 0};
    const int fd = seeding.maps.cgroups_fd;
    Slot now = 0;
    const bool there = bpf_map_lookup_elem(fd, &key, &now) == 0 && now == parent;
    if (!there && bpf_map_update_elem(fd, &key, &parent, BPF_ANY) == 0) seeding.maps.grown();
  }
  return parent;
}

void walk(const fs::path& directory, Slot parent, Seeding& seeding) {
  struct stat st{};
  if (stat(directory.c_str(), &st) != 0) return;
  const Slot slot = slot_of(st.st_ino, parent, seeding);
  if (slot) seed_cgroup(directory, slot, seeding);
  std::error_code error;
  for (const auto& entry :
       fs::directory_iterator(directory, fs::directory_options::skip_permission_denied, error)) {
    if (entry.is_directory(error) && !entry.is_symlink(error)) walk(entry.path(), slot, seeding);
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
  if (adopted.empty()) return {};
  Seeding seeding{hierarchy, adopted, maps, {}};
  // The cgroups are known to the kernel side already: after a walk that finds nobody new, whoever is there
  // has been read, and whoever is born inherits.
  std::size_t before = 0;
  int walks = 0;
  do {
    before = seeding.seeded.size();
    walk(mount_point, 0, seeding);
  } while (seeding.seeded.size() > before && ++walks < kMostWalks);
  return {};
}

}  // namespace plimsoll
