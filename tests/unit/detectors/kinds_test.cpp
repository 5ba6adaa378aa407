// How mounts and destinations are told apart.
#include <gtest/gtest.h>

#include "detectors/kinds.h"
#include "tests/unit/detectors/acts.h"

namespace plimsoll::test {
namespace {

using detectors::DestinationKind;
using detectors::kind_of;
using detectors::MountKind;

TEST(MountKind, KernelAndDiskFileSystemsAreEscapes) {
  for (const char* fs :
       {"proc", "sysfs", "cgroup", "cgroup2", "debugfs", "tracefs", "bpf", "securityfs", "configfs",
        "devtmpfs", "efivarfs", "binfmt_misc", "ext4", "xfs", "btrfs", "vfat", "fuseblk"}) {
    EXPECT_EQ(kind_of(MountObject{"mount", fs, "x", "/mnt"}, 0), MountKind::escape) << fs;
    EXPECT_EQ(kind_of(MountObject{"fsopen", fs, "", ""}, 0), MountKind::escape) << fs;
  }
  EXPECT_EQ(kind_of(MountObject{"mount", "strangefs", "/dev/vda1", "/mnt"}, 0), MountKind::escape);
  EXPECT_EQ(kind_of(MountObject{"fsconfig", "", "/dev/vda1", ""}, 0), MountKind::escape);
}

TEST(MountKind, OthersAreNot) {
  for (const char* fs : {"tmpfs", "overlay", "mqueue", "devpts", "fuse", "fuse.sshfs", "nfs"}) {
    EXPECT_EQ(kind_of(MountObject{"mount", fs, "/dev/shm", "/mnt"}, 0), MountKind::other) << fs;
  }
  EXPECT_EQ(kind_of(MountObject{"mount", "fuse.x", "/dev/fuse", "/mnt"}, 0), MountKind::other);
  EXPECT_EQ(kind_of(MountObject{"bind", "", "/dev/null", "/mnt"}, 0), MountKind::other);
  EXPECT_EQ(kind_of(MountObject{"pivot_root", "", "old", "/"}, 0), MountKind::other);
  EXPECT_EQ(kind_of(MountObject{"fsconfig", "", "tmpfs", ""}, 0), MountKind::new_api);
  EXPECT_EQ(kind_of(MountObject{"open_tree", "", "/dev/shm", ""}, 0), MountKind::new_api);
}

TEST(MountKind, UncoveringProcAndSys) {
  constexpr std::uint64_t kReadOnly = 1;
  EXPECT_EQ(kind_of(MountObject{"umount", "", "", "/proc/kcore"}, 0), MountKind::escape);
  EXPECT_EQ(kind_of(MountObject{"remount", "", "", "/sys"}, 0), MountKind::escape);
  EXPECT_EQ(kind_of(MountObject{"remount", "", "", "/proc/sys"}, kReadOnly), MountKind::other);
  EXPECT_EQ(kind_of(MountObject{"umount", "", "", "/process"}, 0), MountKind::other);
  EXPECT_EQ(kind_of(MountObject{"umount", "", "", "/mnt"}, 0), MountKind::other);
}

TEST(DestinationKind, ControlSockets) {
  const std::string digest(64, 'a');
  for (const std::string& path :
       {std::string("/var/run/docker.sock"), std::string("/tmp/private/docker.sock"),
        std::string("docker.sock"), std::string("/run/containerd/containerd.sock"),
        std::string("/run/containerd/containerd.sock.ttrpc"),
        std::string("/run/k3s/containerd/containerd.sock"), std::string("/run/crio/crio.sock"),
        std::string("/run/podman/podman.sock"), std::string("/run/user/1000/podman/podman.sock"),
        std::string("/run/cri-dockerd.sock"), std::string("/var/lib/kubelet/device-plugins/kubelet.sock"),
        "/run/containerd/s/" + digest, std::string("@/containerd-shim/moby/x/shim.sock")}) {
    EXPECT_EQ(kind_of(ConnectObject{"unix", path, 0}), DestinationKind::control_socket) << path;
  }
  for (const std::string& path : {std::string("/run/mysqld/mysqld.sock"), std::string("/run/notdocker.sock"),
                                  std::string(""), std::string("/run/docker.sock/x"),
                                  "/run/containerd/s/" + digest + "a", "/run/s/" + std::string(64, 'g')}) {
    EXPECT_EQ(kind_of(ConnectObject{"unix", path, 0}), DestinationKind::ordinary) << path;
  }
  EXPECT_EQ(kind_of(ConnectObject{"tcp", "docker.sock", 1}), DestinationKind::ordinary);
}

TEST(DestinationKind, CredentialsEndpoints) {
  for (const char* dest : {"imds", "ecs-credentials", "pod-identity"}) {
    EXPECT_EQ(kind_of(ConnectObject{"tcp", dest, 80}), DestinationKind::credentials_endpoint) << dest;
  }
  EXPECT_EQ(kind_of(ConnectObject{"tcp", "loopback", 10255}), DestinationKind::credentials_endpoint);
  EXPECT_EQ(kind_of(ConnectObject{"tcp", "public", 10250}), DestinationKind::ordinary);
  EXPECT_EQ(kind_of(ConnectObject{"udp", "private", 10250}), DestinationKind::ordinary);
}

// What is known by a name is of its address's class all the same.
TEST(DestinationKind, NamesHideNothing) {
  const auto kind = [](std::uint16_t port, const std::string& address) {
    return kind_of(ConnectObject{"tcp", "dns:a.test", port}, address_from(address));
  };
  EXPECT_EQ(kind(10250, "10.0.0.1"), DestinationKind::credentials_endpoint);
  EXPECT_EQ(kind(10250, "1.2.3.4"), DestinationKind::ordinary);
  EXPECT_EQ(kind(4444, "1.2.3.4"), DestinationKind::pool);
  EXPECT_EQ(kind(4444, "10.0.0.1"), DestinationKind::ordinary);
  EXPECT_EQ(kind(443, "1.2.3.4"), DestinationKind::ordinary);
}

TEST(DestinationKind, PoolPorts) {
  for (const std::uint16_t port : std::initializer_list<std::uint16_t>{3333, 14433, 14444, 45560}) {
    for (const char* dest : {"loopback", "private", "public"}) {
      EXPECT_EQ(kind_of(ConnectObject{"tcp", dest, port}), DestinationKind::pool) << dest << port;
    }
  }
  for (const std::uint16_t port : std::initializer_list<std::uint16_t>{4444, 5555, 7777}) {
    EXPECT_EQ(kind_of(ConnectObject{"tcp", "public", port}), DestinationKind::pool) << port;
    EXPECT_EQ(kind_of(ConnectObject{"tcp", "loopback", port}), DestinationKind::pool) << port;
    EXPECT_EQ(kind_of(ConnectObject{"tcp", "private", port}), DestinationKind::ordinary) << port;
  }
  EXPECT_EQ(kind_of(ConnectObject{"udp", "public", 3333}), DestinationKind::ordinary);
  for (const std::uint16_t port :
       std::initializer_list<std::uint16_t>{80, 443, 3306, 5432, 6379, 8080, 9999, 19999}) {
    EXPECT_EQ(kind_of(ConnectObject{"tcp", "public", port}), DestinationKind::ordinary) << port;
  }
}

}  // namespace
}  // namespace plimsoll::test
