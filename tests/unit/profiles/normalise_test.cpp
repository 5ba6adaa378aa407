// Setup of two containers of one image comes out the same; what a container does itself is left alone.
#include "profiles/normalise.h"

#include <gtest/gtest.h>

namespace plimsoll {
namespace {

const std::string kHex64 = "3f1c9a0b77e012ab3f1c9a0b77e012ab3f1c9a0b77e012ab3f1c9a0b77e012ab";
const std::string kHex32 = kHex64.substr(0, 32);
const std::string kUid = "0a1b2c3d-4e5f-6a7b-8c9d-0e1f2a3b4c5d";
const std::string kUid_ = "0a1b2c3d_4e5f_6a7b_8c9d_0e1f2a3b4c5d";

Container container() {
  Container c;
  c.id = kHex64;
  c.rootfs = "/var/lib/docker/overlay2/" + kHex64 + "/merged";
  c.cgroup_path = "/docker/" + kHex64;
  return c;
}

/// How a mount's source comes out.
std::string mounted(const std::string& source, Phase phase = Phase::setup, const Container& c = container()) {
  Behaviour b{phase, "runtime", MountObject{"bind", "", source, source}, Outcome::ok};
  normalise(b, c);
  const auto& o = std::get<MountObject>(b.object);
  EXPECT_EQ(o.source, o.target);
  Behaviour again = b;
  normalise(again, c);
  EXPECT_EQ(again, b) << "not idempotent";
  return o.source;
}

TEST(Normalise, RootFileSystem) {
  EXPECT_EQ(mounted(container().rootfs), "/");
  EXPECT_EQ(mounted(container().rootfs + "/proc"), "/proc");
  EXPECT_EQ(mounted(container().rootfs + "2/proc"), "/var/lib/docker/overlay2/<id>/merged2/proc");
  EXPECT_EQ(mounted("/var/lib/docker/overlay2/" + kHex64 + "/work"), "/var/lib/docker/overlay2/<id>/work");
}

TEST(Normalise, OpenFilesAndProcesses) {
  EXPECT_EQ(mounted("/proc/self/fd/8"), "/proc/self/fd/<n>");
  EXPECT_EQ(mounted("/proc/thread-self/fd/12"), "/proc/thread-self/fd/<n>");
  EXPECT_EQ(mounted("/proc/4711/ns/net"), "/proc/<pid>/ns/net");
  EXPECT_EQ(mounted("/proc/4711/fd/7"), "/proc/<pid>/fd/<n>");
  EXPECT_EQ(mounted("/dev/pts/3"), "/dev/pts/<n>");
  EXPECT_EQ(mounted("/srv/fd/7"), "/srv/fd/7");
}

TEST(Normalise, RuncsCopyOfItself) {
  EXPECT_EQ(mounted("/run/docker/runtime-runc/moby/" + kHex64 + "/runc.O8HS4G"),
            "/run/docker/runtime-runc/moby/<id>/runc.<id>");
  EXPECT_EQ(mounted("/run/runc.O8HS4G", Phase::steady), "/run/runc.O8HS4G") << "a container's own choice";
  for (const char* plain : {"/run/runc.O8HS4", "/run/runc.config1", "/run/xrunc.O8HS4G"})
    EXPECT_EQ(mounted(plain), plain);
}

TEST(Normalise, PlainNamesStay) {
  for (const char* plain : {"proc", "tmpfs", "/proc/acpi", "/sys/fs/cgroup", "", "/", "/dev/null",
                            "/etc/nginx/conf.d", "/data/2024", "/opt/app-1.2.3", "//x//", "deadbeef"})
    EXPECT_EQ(mounted(plain), plain);
}

TEST(Normalise, IdsInsideComponents) {
  EXPECT_EQ(mounted("/var/lib/docker/containers/" + kHex64 + "/hostname"),
            "/var/lib/docker/containers/<id>/hostname");
  EXPECT_EQ(mounted("/run/crio-" + kHex64 + ".scope"), "/run/crio-<id>.scope");
  EXPECT_EQ(mounted("/ecs/" + kHex32 + "/x"), "/ecs/<id>/x");
  EXPECT_EQ(mounted("/x/" + kHex64 + "0"), "/x/" + kHex64 + "0");  // 65 digits are no id
  EXPECT_EQ(mounted("/x/" + kHex32.substr(1)), "/x/" + kHex32.substr(1));
}

TEST(Normalise, Cgroups) {
  EXPECT_EQ(mounted("/sys/fs/cgroup/memory/docker/" + kHex64), "/sys/fs/cgroup/memory/<cgroup>");
  Container bare;
  bare.id = "web";
  bare.cgroup_path = "/web";
  EXPECT_EQ(mounted("/sys/fs/cgroup/cpu/web", Phase::setup, bare), "/sys/fs/cgroup/cpu/<cgroup>");
  EXPECT_EQ(mounted("/sys/fs/cgroup/cpu/web2", Phase::setup, bare), "/sys/fs/cgroup/cpu/web2");
}

TEST(Normalise, BareIds) {
  Container bare;
  bare.id = "short-000123";
  EXPECT_EQ(mounted("/run/runc/short-000123/exec.fifo", Phase::setup, bare), "/run/runc/<id>/exec.fifo");
  bare.id = "run";  // could be anybody's directory
  EXPECT_EQ(mounted("/run/runc/x", Phase::setup, bare), "/run/runc/x");
}

TEST(Normalise, Kubernetes) {
  EXPECT_EQ(mounted("/var/lib/kubelet/pods/" + kUid + "/etc-hosts"), "/var/lib/kubelet/pods/<uid>/etc-hosts");
  EXPECT_EQ(mounted("/kubepods-burstable-pod" + kUid_ + ".slice"), "/kubepods-burstable-pod<uid>.slice");
  EXPECT_EQ(mounted("/var/lib/kubelet/pods/" + kUid + "/containers/web/0a1b2c3d"),
            "/var/lib/kubelet/pods/<uid>/containers/web/<id>");
  EXPECT_EQ(
      mounted("/var/lib/kubelet/pods/" + kUid + "/volumes/kubernetes.io~projected/kube-api-access-x7k2p"),
      "/var/lib/kubelet/pods/<uid>/volumes/kubernetes.io~projected/kube-api-access-<id>");
  EXPECT_EQ(mounted("/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/41/fs"),
            "/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/<n>/fs");
}

TEST(Normalise, TemporaryNames) {
  EXPECT_EQ(mounted("/tmp/pty1234567890/pty.sock"), "/tmp/pty<n>/pty.sock");
}

TEST(Normalise, SetupExec) {
  Behaviour b{Phase::setup, container().rootfs + "/sbin/init",
              ExecObject{"/proc/self/fd/6", "6", "", Origin::outside, ""}, Outcome::ok};
  normalise(b, container());
  EXPECT_EQ(b, (Behaviour{Phase::setup, "/sbin/init",
                          ExecObject{"/proc/self/fd/<n>", "<n>", "", Origin::outside, ""}, Outcome::ok}));
}

TEST(Normalise, LaterOnlyWhatTheKernelDrew) {
  for (const Phase phase : {Phase::startup, Phase::steady, Phase::entered}) {
    EXPECT_EQ(mounted("/proc/4711/ns/net", phase), "/proc/<pid>/ns/net");
    for (const std::string& left :
         {std::string{"/proc/1/ns/net"}, std::string{"/proc/self/fd/8"}, "/x/" + kHex64,
          container().rootfs + "/x", "/pods/" + kUid, std::string{"/tmp/a1234567890"}})
      EXPECT_EQ(mounted(left, phase), left);
  }
}

TEST(Normalise, AutobindNames) {
  const auto connected = [](const std::string& dest) {
    Behaviour b{Phase::steady, "/app", ConnectObject{"unix", dest, 0}, Outcome::attempt};
    normalise(b, container());
    return std::get<ConnectObject>(b.object).dest;
  };
  EXPECT_EQ(connected("@0a1b2"), "@<autobind>");
  EXPECT_EQ(connected("@0a1b"), "@0a1b");
  EXPECT_EQ(connected("@0a1bz"), "@0a1bz");
  EXPECT_EQ(connected("/run/docker.sock"), "/run/docker.sock");
  EXPECT_EQ(connected("/proc/77/root/run/docker.sock"), "/proc/<pid>/root/run/docker.sock");
}

TEST(Normalise, ServicesOfItsOwnNamespaceAreTheSameInEach) {
  Container pod = container();
  pod.pod_namespace = "shop";
  const auto connected = [&](const std::string& dest, const Container& who) {
    Behaviour b{Phase::steady, "/app", ConnectObject{"tcp", dest, 80}, Outcome::attempt};
    normalise(b, who);
    return std::get<ConnectObject>(b.object).dest;
  };
  EXPECT_EQ(connected("dns:redis.shop.svc.cluster.local", pod), "dns:redis.<namespace>.svc.cluster.local");
  EXPECT_EQ(connected("dns:redis.<namespace>.svc.cluster.local", pod),
            "dns:redis.<namespace>.svc.cluster.local");
  EXPECT_EQ(connected("dns:10-1-2-3.shop.pod.cluster.local", pod),
            "dns:10-1-2-3.<namespace>.pod.cluster.local");
  EXPECT_EQ(connected("dns:redis.bank.svc.cluster.local", pod), "dns:redis.bank.svc.cluster.local");
  EXPECT_EQ(connected("dns:shop.example", pod), "dns:shop.example");
  EXPECT_EQ(connected("dns:redis.shop.svc.cluster.local", container()), "dns:redis.shop.svc.cluster.local");
}

TEST(Normalise, TheActorOfAContainerIsLeftAlone) {
  Behaviour b{Phase::steady, "/x/" + kHex64, ExecObject{"/bin/sh", "12", "", Origin::image, ""}, Outcome::ok};
  const Behaviour before = b;
  normalise(b, container());
  EXPECT_EQ(b, before);
}

}  // namespace
}  // namespace plimsoll
