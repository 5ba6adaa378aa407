// Containers of every runtime, from files as the real ones wrote them (tests/fixtures/identity).
#include "agent/identity/resolver.h"

#include <gmock/gmock.h>

#include "tests/unit/identity/temporary.h"

namespace plimsoll {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::string kHost = std::string(PLIMSOLL_FIXTURES) + "/identity/host";
const std::string kDocker = "b0a16ae92538041f58912bd036486934a01c1c5aa5e9e332d927d777c19b90d5";
const std::string kEcs = "b2abb3f88f698758d02af80c7c695414b1a1985a3e294629117a60c6800df9a8";
const std::string kPodman = "c7bce89091032e983ba44241e5ef1fd785889c994cc2911cc9c4b0e1d5504a80";
const std::string kPodmanUserdata = "/var/lib/containers/storage/overlay-containers/" + kPodman + "/userdata";
const std::string kRepository = "registry.example:5000/shop/web";
const std::string kImageId = "sha256:901275a070ef861394f4b78e5c87918fe4dd52dd0a110b8f99e71022d8f88a20";

RuntimeConfig runtime(const std::string& kind, const std::string& root = {}, const std::string& state = {}) {
  return {.kind = kind, .root = root, .state = state, .socket = {}};
}

std::unique_ptr<Resolver> open(const std::string& host_root, std::vector<RuntimeConfig> runtimes) {
  IdentityConfig config;
  config.host_root = host_root;
  config.runtimes = std::move(runtimes);
  auto resolver = make_resolver(config);
  EXPECT_TRUE(resolver) << resolver.error().message;
  return std::move(*resolver);
}

CgroupHint hint(const std::string& path, const std::string& cwd = {}) {
  return {{}, path, cwd};
}

ContainerPtr found(const Resolution& resolution) {
  const auto* container = std::get_if<ContainerPtr>(&resolution);
  EXPECT_NE(container, nullptr) << "index " << resolution.index();
  return container != nullptr ? *container : std::make_shared<const Container>();
}

ContainerPtr guessed(const Resolution& resolution) {
  const auto* not_yet = std::get_if<NotYet>(&resolution);
  EXPECT_NE(not_yet, nullptr) << "index " << resolution.index();
  return not_yet != nullptr ? not_yet->guess : std::make_shared<const Container>();
}

bool none(const Resolution& resolution) {
  return std::holds_alternative<NotAContainer>(resolution);
}

TEST(Resolver, NamesDockersContainers) {
  const auto resolver = open(kHost, {runtime("docker")});
  const auto c = found(resolver->resolve(hint("/docker/" + kDocker)));
  EXPECT_EQ(c->id, kDocker);
  EXPECT_EQ(c->name, "dk1");
  EXPECT_EQ(c->role, "default");
  EXPECT_EQ(c->runtime, "docker");
  EXPECT_EQ(c->image, kRepository + ":1");
  EXPECT_EQ(c->repository, kRepository);
  EXPECT_EQ(c->image_id, kImageId);
  EXPECT_EQ(c->cgroup_path, "/docker/" + kDocker);
  EXPECT_EQ(
      c->rootfs,
      "/var/lib/docker/overlay2/9d831121b67a69e355f96c42354a0f02e93e4979171d61b346e89aacece67b1c/merged");
  EXPECT_FALSE(c->unnamed);
}

TEST(Resolver, KnowsDockersContainersByTheirBundleToo) {
  const std::string bundle = "/run/docker/containerd/daemon/io.containerd.runtime.v2.task/moby/" + kDocker;
  EXPECT_EQ(found(open(kHost, {runtime("docker")})->resolve(hint("/custom/parent/x", bundle)))->name, "dk1");
}

TEST(Resolver, NamesEcsTasks) {
  const auto resolver = open(kHost, {runtime("docker")});
  for (const std::string& path :
       {"/ecs/0123456789abcdef0123456789abcdef/" + kEcs,
        "/ecstasks.slice/ecstasks-0123456789abcdef0123456789abcdef.slice/docker-" + kEcs + ".scope"}) {
    const auto c = found(resolver->resolve(hint(path)));
    EXPECT_EQ(c->name, "ecs-web-7-web-aabbcc");
    EXPECT_EQ(c->role, "web");
    EXPECT_EQ(c->ecs_cluster, "shop");
    EXPECT_EQ(c->ecs_task, "arn:aws:ecs:eu-west-1:111122223333:task/shop/0123456789abcdef0123456789abcdef");
    EXPECT_EQ(c->ecs_family, "web");
    EXPECT_EQ(c->ecs_revision, "7");
  }
}

TEST(Resolver, NamesAnImageThatWasStartedByItsId) {
  const TemporaryDirectory host;
  host.write("/var/lib/docker/containers/" + kDocker + "/config.v2.json",
             R"({"Name":"/x","Image":")" + kImageId + R"(","Config":{"Image":"901275a070ef"}})");
  EXPECT_EQ(found(open(host.path(), {runtime("docker")})->resolve(hint("/docker/" + kDocker)))->repository,
            kImageId);
  host.write("/var/lib/docker/image/overlay2/repositories.json",
             R"({"Repositories":{"web":{"web:1":")" + kImageId + R"("}}})");
  EXPECT_EQ(found(open(host.path(), {runtime("docker")})->resolve(hint("/docker/" + kDocker)))->image,
            "web:1");
}

TEST(Resolver, WaitsForAFileThatIsNotWhole) {
  const TemporaryDirectory host;
  const std::string file = "/var/lib/docker/containers/" + kDocker + "/config.v2.json";
  const auto resolver = open(host.path(), {runtime("docker")});
  for (const std::string& text :
       {std::string(R"({"Name":"/x","Ima)"), std::string("[]"), std::string(5U << 20U, ' ')}) {
    host.write(file, text);
    const auto guess = guessed(resolver->resolve(hint("/docker/" + kDocker)));
    EXPECT_EQ(guess->id, kDocker);
    EXPECT_TRUE(guess->unnamed);
  }
  host.write(file, R"({"Name":"/x","Config":{"Image":"web:1"}})");
  EXPECT_EQ(found(resolver->resolve(hint("/docker/" + kDocker)))->repository, "web");
}

TEST(Resolver, NamesPodmansContainers) {
  const auto resolver = open(kHost, {runtime("podman")});
  for (const auto& h : {hint("/machine.slice/libpod-" + kPodman + ".scope", "/"),
                        hint("/libpod_parent/libpod-" + kPodman, kPodmanUserdata)}) {
    const auto c = found(resolver->resolve(h));
    EXPECT_EQ(c->id, kPodman);
    EXPECT_EQ(c->name, "pod1");
    EXPECT_EQ(c->runtime, "podman");
    EXPECT_EQ(c->repository, kRepository);
    EXPECT_EQ(c->image_id, "sha256:15afdede7e25885493e5227d68f938c73bdcc5f104b208a895910bd9aaead5da");
    EXPECT_THAT(c->rootfs, testing::StartsWith("/var/lib/containers/storage/overlay/"));
  }
}

TEST(Resolver, NamesBareBundles) {
  const auto resolver = open(kHost, {runtime("runc"), runtime("crun")});
  auto c = found(resolver->resolve(hint("/lab/fresh", "/srv/bundles/web")));
  EXPECT_EQ(c->id, "fresh") << "without cgroupsPath the cgroup has the container's name";
  EXPECT_EQ(c->name, "fresh");
  EXPECT_EQ(c->runtime, "runc");
  EXPECT_EQ(c->repository, "/srv/images/web");
  EXPECT_EQ(c->rootfs, "/srv/images/web");

  auto by_crun = hint("/fresh", "/srv/bundles/web");
  by_crun.creator_comm = "crun";
  EXPECT_EQ(found(resolver->resolve(by_crun))->runtime, "crun");
}

std::vector<std::string> resolvers(const Container& c) {
  std::vector<std::string> out;
  for (const auto& address : c.resolvers) out.push_back(to_text(address));
  return out;
}

TEST(Resolver, KnowsWhichNameServersAreConfigured) {
  const TemporaryDirectory host;
  const std::string bundle = R"({"ociVersion":"1.0.2","process":{},"root":{"path":"rootfs"})";
  host.write("/srv/own/config.json", bundle + "}");
  host.write("/srv/own/rootfs/etc/resolv.conf",
             "# nameserver 9.9.9.9\nsearch shop.svc\nnameserver 10.96.0.10\nnameserver fe80::1%eth0\n"
             "nameserver none\nnameserver\noptions ndots:5");
  host.write(
      "/srv/mounted/config.json",
      bundle + R"(,"mounts":[{"destination":"/etc/resolv.conf","source":"/run/sandbox/resolv.conf"}]})");
  host.write("/srv/mounted/rootfs/etc/resolv.conf", "nameserver 10.0.0.1\n");
  host.write("/run/sandbox/resolv.conf", "nameserver 10.0.0.2\n");
  host.write("/srv/none/config.json", bundle + "}");
  const auto resolver = open(host.path(), {runtime("runc")});
  EXPECT_THAT(resolvers(*found(resolver->resolve(hint("/a", "/srv/own")))),
              ElementsAre("10.96.0.10", "fe80::1"));
  EXPECT_THAT(resolvers(*found(resolver->resolve(hint("/b", "/srv/mounted")))), ElementsAre("10.0.0.2"));
  EXPECT_THAT(resolvers(*found(resolver->resolve(hint("/c", "/srv/none")))), IsEmpty());
}

TEST(Resolver, FindsTheIdBehindAnotherCgroupsName) {
  const auto resolver = open(kHost, {runtime("runc")});
  EXPECT_EQ(found(resolver->resolve(hint("/plimlab/a/b", "/srv/bundles/placed")))->id, "lab4")
      << "from state.json";

  // No state file yet: the runtime's command line has the id, and its state directory proves it.
  const TemporaryDirectory host;
  host.write(
      "/srv/b/config.json",
      R"({"ociVersion":"1.0.2","process":{},"root":{"path":"rootfs/."},"linux":{"cgroupsPath":"/x/y"}})");
  host.make("/run/runc/web1");
  host.write("/proc/4711/cmdline", std::string("runc\0run\0-b\0/srv/b\0web1\0", 24));
  IdentityConfig config;
  config.host_root = host.path();
  config.proc_root = host.path() + "/proc";
  config.runtimes = {runtime("runc")};
  const auto private_resolver = make_resolver(config);
  ASSERT_TRUE(private_resolver);
  auto h = hint("/x/y", "/srv/b");
  EXPECT_EQ(guessed((*private_resolver)->resolve(h))->repository, "/srv/b/rootfs")
      << "nobody tells the id yet";
  h.creator_pid = 4711;
  EXPECT_EQ(found((*private_resolver)->resolve(h))->id, "web1");
}

TEST(Resolver, TellsABundlesCgroupFromItsParents) {
  const auto resolver = open(kHost, {runtime("runc")});
  EXPECT_TRUE(none(resolver->resolve(hint("/plimlab", "/srv/bundles/placed"))));
  EXPECT_TRUE(none(resolver->resolve(hint("/plimlab/a", "/srv/bundles/placed"))));
  EXPECT_TRUE(none(resolver->resolve(hint("/plimlab/a/b/nested", "/srv/bundles/placed"))));
  EXPECT_TRUE(none(resolver->resolve(hint("/plimlab/a/c", "/srv/bundles/placed"))));
}

TEST(Resolver, NamesWhatRanBefore) {
  const auto resolver = open(kHost, {runtime("runc"), runtime("crun")});
  EXPECT_EQ(found(resolver->resolve(hint("/lab3")))->id, "lab3");
  EXPECT_EQ(found(resolver->resolve(hint("/lab/lab3")))->id, "lab3") << "in the memory hierarchy";
  EXPECT_EQ(found(resolver->resolve(hint("/plimlab/a/b")))->id, "lab4");
  const auto crun = found(resolver->resolve(hint("/clab1")));
  EXPECT_EQ(crun->id, "clab1");
  EXPECT_EQ(crun->runtime, "crun");
  EXPECT_TRUE(none(resolver->resolve(hint("/b"))));
  EXPECT_TRUE(none(resolver->resolve(hint("/other/lab3")))) << "another cgroup of that name";
}

TEST(Resolver, AnnotationsNameABundlesImage) {
  const TemporaryDirectory host;
  host.write("/b/config.json", R"({"ociVersion":"1.0.2","process":{},"root":{"path":"r"},
    "annotations":{"org.opencontainers.image.ref.name":"shop/web:2@sha256:)" +
                                   std::string(64, 'a') + R"("}})");
  const auto c = found(open(host.path(), {runtime("runc")})->resolve(hint("/x", "/b")));
  EXPECT_EQ(c->repository, "shop/web");
  EXPECT_EQ(c->manifest, "sha256:" + std::string(64, 'a'));
}

TEST(Resolver, ConfiguredRuntimesAreTheOnlyOnes) {
  const auto resolver = open(kHost, {runtime("runc", "/var/lib")});
  EXPECT_TRUE(none(resolver->resolve(hint("/x", "/srv/bundles/web")))) << "not below the configured root";
  const auto guess = guessed(resolver->resolve(hint("/docker/" + kDocker)));
  EXPECT_EQ(guess->id, kDocker);
  EXPECT_EQ(guess->runtime, "docker");
  EXPECT_EQ(guess->repository, "unknown");
  EXPECT_TRUE(guess->unnamed);
}

TEST(Resolver, AManagersBundleIsNoBareOne) {
  const auto resolver = open(kHost, {runtime("runc")});
  EXPECT_TRUE(none(resolver->resolve(
      hint("/default/plain1", "/run/containerd/io.containerd.runtime.v2.task/default/plain1"))));
  EXPECT_TRUE(guessed(resolver->resolve(hint("/libpod_parent/libpod-" + kPodman, kPodmanUserdata)))->unnamed);
}

TEST(Resolver, LeavesTheHostsCgroupsAlone) {
  const auto resolver = open(kHost, {});
  for (const std::string path :
       {"/system.slice/ssh.service", "/docker", "/kubepods", "/kubepods/burstable/pod0a1b",
        "/process_api/56a9b7eacd2c9b5ff858fbd0bfcf258a", "/", "", "/..", "/a b"}) {
    EXPECT_TRUE(none(resolver->resolve(hint(path)))) << path;
    EXPECT_TRUE(none(resolver->resolve(hint(path, "/srv")))) << path;
    EXPECT_TRUE(none(resolver->resolve(hint(path, "/nowhere/../../etc")))) << path;
  }
}

TEST(Resolver, PathsFromIdsDoNotEscape) {
  const TemporaryDirectory host;
  host.make("/run/runc");
  host.write("/run/state.json",
             R"({"cgroup_paths":{"pids":"/sys/fs/cgroup/pids/.."},"config":{"labels":["bundle=/b"]}})");
  host.write("/b/config.json", R"({"ociVersion":"1.0.2","process":{},"root":{"path":"r"}})");
  EXPECT_TRUE(none(open(host.path(), {runtime("runc")})->resolve(hint("/.."))));
}

TEST(Resolver, BoundsWhatRuntimesSay) {
  const TemporaryDirectory host;
  host.write("/var/lib/docker/containers/" + kDocker + "/config.v2.json",
             R"({"Name":"/)" + std::string(5000, 'n') + R"(","Config":{"Image":")" + std::string(5000, 'i') +
                 R"("}})");
  const auto c = found(open(host.path(), {runtime("docker")})->resolve(hint("/docker/" + kDocker)));
  EXPECT_LE(c->name.size(), 512U);
  EXPECT_EQ(c->image.size(), 512U);
}

TEST(Resolver, SaysWhatIsWrongWithItsConfiguration) {
  IdentityConfig config;
  config.runtimes = {runtime("rkt")};
  EXPECT_THAT(make_resolver(config).error().message, testing::HasSubstr("accepted: docker, containerd"));
  config.runtimes = {runtime("docker", "/no/such/place")};
  EXPECT_THAT(make_resolver(config).error().message, testing::HasSubstr("docker.root = '/no/such/place'"));
}

}  // namespace
}  // namespace plimsoll
