// How acts are classified.
#include "detectors/kinds.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace plimsoll::detectors {
namespace {

// File systems through which a container reaches the kernel or the whole host.
constexpr std::array<std::string_view, 19> kKernelFileSystems = {
    "binfmt_misc", "bpf",     "cgroup",  "cgroup2",  "configfs", "debugfs",    "devtmpfs",
    "efivarfs",    "fusectl", "pstore",  "proc",     "resctrl",  "securityfs", "selinuxfs",
    "smackfs",     "sysfs",   "tracefs", "virtiofs", "9p"};

// File systems that live on a block device. Whatever device node or loop file is named, CAP_SYS_ADMIN over
// the host's block layer is what it takes.
constexpr std::array<std::string_view, 26> kDiskFileSystems = {
    "bcachefs", "btrfs", "cramfs", "erofs",    "exfat",    "ext2", "ext3",  "ext4",  "f2fs",
    "fuseblk",  "gfs2",  "hfs",    "hfsplus",  "iso9660",  "jfs",  "minix", "msdos", "nilfs2",
    "ntfs",     "ntfs3", "ocfs2",  "reiserfs", "squashfs", "udf",  "vfat",  "xfs"};

// File systems without a device, whose source may be any word, "/dev/..." too.
constexpr std::array<std::string_view, 8> kHarmless = {"devpts", "fuse",    "hugetlbfs", "mqueue",
                                                       "nfs",    "overlay", "ramfs",     "tmpfs"};

constexpr std::array<std::string_view, 6> kNewApi = {"fsopen",    "fsconfig",   "fsmount",
                                                     "open_tree", "move_mount", "mount_setattr"};

constexpr std::uint64_t kMsRdonly = 1;  // MS_RDONLY, mount(2)

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& list, std::string_view word) {
  return std::ranges::find(list, word) != list.end();
}

bool below(std::string_view path, std::string_view directory) {
  return path.starts_with(directory) && (path.size() == directory.size() || path[directory.size()] == '/');
}

std::string_view base_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

/// /run/containerd/s/SHA256, and "@/containerd-shim/NAMESPACE/..." of versions before 1.3.9.
bool is_shim_socket(std::string_view path) {
  if (path.starts_with("@/containerd-shim/")) return true;
  const std::string_view digest = base_name(path);
  return path.substr(0, path.size() - digest.size()).ends_with("/s/") && digest.size() == 64 &&
         digest.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_control_socket(std::string_view path) {
  constexpr std::array<std::string_view, 12> kNames = {
      "docker.sock", "containerd.sock", "containerd.sock.ttrpc", "docker-containerd.sock",
      "crio.sock",   "podman.sock",     "cri-dockerd.sock",      "dockershim.sock",
      "frakti.sock", "buildkitd.sock",  "kubelet.sock",          "docker.raw.sock"};
  return contains(kNames, base_name(path)) || is_shim_socket(path);
}

bool is_pool_port(std::string_view dest, std::uint16_t port) {
  // Stratum ports that pools publish and that little else uses; 3380 NiceHash, 10128/20128 MoneroOcean,
  // 10343/14433/14444 Nanopool, 13531 F2Pool, 45560/45700 MinerGate, the others SupportXMR's and C3Pool's.
  constexpr std::array<std::uint16_t, 15> kPoolPorts = {
      3333, 3380, 10128, 10343, 13333, 13531, 14433, 14444, 15555, 17777, 20128, 23333, 33333, 45560, 45700};
  // Used by pools as well as by Selenium, adb, Flower and games: not counted within a private network.
  constexpr std::array<std::uint16_t, 3> kSharedPorts = {4444, 5555, 7777};
  return std::ranges::find(kPoolPorts, port) != kPoolPorts.end() ||
         (dest != "private" && std::ranges::find(kSharedPorts, port) != kSharedPorts.end());
}

bool has_root(const Credentials& c) {
  return c.uid == 0 || c.euid == 0 || c.suid == 0 || c.fsuid == 0;
}

/// Whether one of "r:e:s:fs" is 0.
bool has_root(std::string_view ids) {
  while (true) {
    const std::size_t colon = ids.find(':');
    if (ids.substr(0, colon) == "0") return true;
    if (colon == std::string_view::npos) return false;
    ids.remove_prefix(colon + 1);
  }
}

}  // namespace

ExecKind kind_of(const ExecObject& exec) {
  switch (exec.origin) {
    case Origin::memfd:
    case Origin::deleted:
      return ExecKind::fileless;
    case Origin::upper_new:
    case Origin::modified:
    case Origin::volume:
    case Origin::outside:
      return ExecKind::not_image;
    case Origin::unknown:
    case Origin::image:
    case Origin::upper_copy:
      break;
  }
  return ExecKind::ordinary;
}

MountKind kind_of(const MountObject& mount, std::uint64_t flags) {
  const bool makes =
      mount.op == "mount" || mount.op == "fsopen" || mount.op == "fsconfig" || mount.op == "fsmount";
  const bool from_device = mount.source.starts_with("/dev/") && mount.source != "/dev/fuse" &&
                           !contains(kHarmless, mount.fs) && !mount.fs.starts_with("fuse.");
  const bool opens = mount.op == "umount" || (mount.op == "remount" && (flags & kMsRdonly) == 0);
  if ((makes &&
       (contains(kKernelFileSystems, mount.fs) || contains(kDiskFileSystems, mount.fs) || from_device)) ||
      (opens && (below(mount.target, "/proc") || below(mount.target, "/sys")))) {
    return MountKind::escape;
  }
  return contains(kNewApi, mount.op) ? MountKind::new_api : MountKind::other;
}

DestinationKind kind_of(const ConnectObject& connect, const std::optional<Address>& address) {
  if (connect.proto == "unix") {
    return is_control_socket(connect.dest) ? DestinationKind::control_socket : DestinationKind::ordinary;
  }
  const std::string_view dest = !is_name(connect.dest) ? std::string_view(connect.dest)
                                : address              ? destination_class(*address)
                                                       : "public";
  const bool near = dest == "private" || dest == "loopback";
  const bool kubelet = connect.proto == "tcp" && near && (connect.port == 10250 || connect.port == 10255);
  if (kubelet || dest == "imds" || dest == "ecs-credentials" || dest == "pod-identity") {
    return DestinationKind::credentials_endpoint;
  }
  return connect.proto == "tcp" && is_pool_port(dest, connect.port) ? DestinationKind::pool
                                                                    : DestinationKind::ordinary;
}

bool has_namespace(const NsObject& ns) {
  // "any" is a setns that leaves the type to the file descriptor.
  constexpr std::array<std::string_view, 9> kTypes = {"any", "cgroup", "ipc",  "mnt", "net",
                                                      "pid", "time",   "user", "uts"};
  for (std::string_view types = ns.types; !types.empty();) {
    const std::size_t end = std::min(types.find(','), types.size());
    if (contains(kTypes, types.substr(0, end))) return true;
    types.remove_prefix(std::min(end + 1, types.size()));
  }
  return false;
}

Privilege gained(const Activity& activity) {
  const Credentials& before = activity.process.before;
  const Credentials& after = activity.process.creds;
  const auto* setid = std::get_if<SetidObject>(&activity.behaviour.object);
  const bool exec = activity.behaviour.action() == Action::exec;
  if (setid == nullptr && !exec) return {};
  Privilege privilege;
  privilege.root = exec ? !has_root(before) && has_root(after)
                        : setid->kind == "uid" && !has_root(setid->from) && has_root(setid->to);
  // Capabilities over a new user namespace came with the call that made it.
  if (!privilege.root && before.user_ns == after.user_ns) {
    privilege.capabilities = (after.effective & ~before.effective) | (after.permitted & ~before.permitted);
  }
  return privilege;
}

}  // namespace plimsoll::detectors
