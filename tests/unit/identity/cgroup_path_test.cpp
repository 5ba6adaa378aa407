// Which cgroup paths are containers', and whose.
#include "agent/identity/cgroup_path.h"

#include <gmock/gmock.h>

namespace plimsoll {
namespace {

const std::string kId = "b2abb3f88f698758d02af80c7c695414b1a1985a3e294629117a60c6800df9a8";

struct Case {
  std::string path, id, runtime;
};

TEST(CgroupPath, KnowsTheRuntimesOwnLayouts) {
  const auto patterns = CgroupPatterns::make({});
  ASSERT_TRUE(patterns);
  const std::vector<Case> cases = {
      {"/docker/" + kId, kId, "docker"},
      {"/system.slice/docker-" + kId + ".scope", kId, "docker"},
      {"/ecs/0123456789abcdef0123456789abcdef/" + kId, kId, "docker"},
      {"/ecstasks.slice/ecstasks-0123456789abcdef.slice/docker-" + kId + ".scope", kId, "docker"},
      {"/ecs/0123456789abcdef0123456789abcdef/0123456789abcdef0123456789abcdef-3412345",
       "0123456789abcdef0123456789abcdef-3412345", "docker"},
      {"/kubepods/burstable/pod0a1b2c3d-1111-2222-3333-444455556668/" + kId, kId, ""},
      {"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod0a1b_2c.slice/cri-containerd-" + kId +
           ".scope",
       kId, "containerd"},
      {"/system.slice/containerd.service/kubepods-besteffort-pod1.slice:cri-containerd:" + kId, kId,
       "containerd"},
      {"/libpod_parent/libpod-" + kId, kId, "podman"},
      {"/machine.slice/libpod-" + kId + ".scope", kId, "podman"},
      {"/system.slice/runc-web.scope", "web", "runc"},
      {"/system.slice/crun-web.scope", "web", "crun"},
      {"/k8s.io/" + kId, kId, "containerd"},
  };
  for (const auto& c : cases) {
    const auto match = patterns->match(c.path).value_or(PathMatch{});
    EXPECT_EQ(match.id, c.id) << c.path;
    EXPECT_EQ(match.runtime, c.runtime) << c.path;
  }
}

TEST(CgroupPath, LeavesTheHostsOwnAlone) {
  const auto patterns = CgroupPatterns::make({});
  ASSERT_TRUE(patterns);
  for (const std::string path :
       {"/system.slice/ssh.service", "/user.slice/user-0.slice/session-3.scope", "/docker", "/kubepods",
        "/init.scope", "/kubepods/burstable/pod0a1b2c3d-1111-2222-3333-444455556668", "/libpod_parent/conmon",
        "/process_api/56a9b7eacd2c9b5ff858fbd0bfcf258a", "/machine.slice/libpod-conmon-b2abb3f88f69.scope",
        "/kubepods.slice/kubepods-burstable.slice", "/", "", "/docker/../b2abb3"}) {
    EXPECT_FALSE(patterns->match(path)) << path;
  }
  EXPECT_FALSE(patterns->match("/machine.slice/libpod-conmon-" + kId + ".scope"));
  EXPECT_FALSE(patterns->match("/machine.slice/crio-conmon-" + kId + ".scope"));
  EXPECT_FALSE(patterns->match("/docker/" + kId + "/init.scope"))
      << "a nested cgroup is no container of its own";
}

TEST(CgroupPath, TakesTheOperatorsPatterns) {
  const auto patterns = CgroupPatterns::make({"^/jobs/([a-z0-9]+)$"});
  ASSERT_TRUE(patterns) << patterns.error().message;
  EXPECT_EQ(patterns->match("/jobs/build7").value_or(PathMatch{}).id, "build7");
  EXPECT_FALSE(patterns->match("/jobs/build7/nested"));
  EXPECT_FALSE(patterns->match("/jobs/" + std::string(5000, 'a'))) << "too long for a pattern";
}

TEST(CgroupPath, RefusesIdsThatAreNoNames) {
  const auto patterns = CgroupPatterns::make({"^/jobs/(.*)$"});
  ASSERT_TRUE(patterns);
  EXPECT_FALSE(patterns->match("/jobs/.."));
  EXPECT_FALSE(patterns->match("/jobs/a/b"));
  EXPECT_FALSE(patterns->match("/jobs/a b"));
  EXPECT_FALSE(patterns->match("/system.slice/docker-...scope"));
}

TEST(CgroupPath, SaysWhatIsWrongWithAPattern) {
  const auto broken = CgroupPatterns::make({"("});
  ASSERT_FALSE(broken);
  EXPECT_THAT(broken.error().message, testing::HasSubstr("identity.cgroup_patterns: '('"));
  const auto groups = CgroupPatterns::make({"(a)(b)"});
  ASSERT_FALSE(groups);
  EXPECT_THAT(groups.error().message, testing::HasSubstr("has 2 groups; accepted: exactly one"));
}

TEST(CgroupPath, KnowsUnitsOfTheHost) {
  EXPECT_TRUE(is_host_unit("/system.slice/ssh.service"));
  EXPECT_TRUE(is_host_unit("/user.slice"));
  EXPECT_FALSE(is_host_unit("/default/web"));
  EXPECT_EQ(bare_id("/system.slice/runc-web.scope"), "web");
  EXPECT_EQ(bare_id("/default/web"), "web");
}

}  // namespace
}  // namespace plimsoll
