// containerd's containers: bundles as the real one wrote them, and its API by a stand-in.
#include <gmock/gmock.h>

#include <chrono>

#include "agent/identity/content_store.h"
#include "agent/identity/protobuf.h"
#include "agent/identity/runtime.h"
#include "tests/unit/identity/fake_grpc_server.h"
#include "tests/unit/identity/temporary.h"

namespace plimsoll {
namespace {

const std::string kHost = std::string(PLIMSOLL_FIXTURES) + "/identity/host";
const std::string kTasks = "/run/containerd/io.containerd.runtime.v2.task/";
const std::string kPod = "/kubepods/burstable/pod0a1b2c3d-1111-2222-3333-444455556668/";
const std::string kWeb = "71145d119da93d56c2f99e3fe3de015adc346fc405e52cf46a5bcca629ebb4a5";
const std::string kSandbox = "69b4611e75d78efb7c0efba18b445575f191a35d5f16859b8f4342a8f8fbc066";
const std::string kImage = "registry.example:5000/shop/web:1";
const std::string kManifest = "sha256:57fb8d56e1b7df7498943ff80a3fa969d3c09ae95c1896764b93000421cc6a3b";
const std::string kImageId = "sha256:901275a070ef861394f4b78e5c87918fe4dd52dd0a110b8f99e71022d8f88a20";
const std::string kFollow = R"(topic=="/containers/create")";

std::string field(std::uint32_t number, std::string_view value) {
  std::string message;
  put_field(message, number, value);
  return message;
}

std::string container_reply(const std::string& image, const std::string& more = {}) {
  return field(1, field(3, image) + more);
}

std::string image_reply(const std::string& digest) {
  return field(1, field(3, field(1, "type") + field(2, digest)));
}

Query query(const std::string& path, const std::string& id, const std::string& cwd, bool matched = false) {
  const HostFiles files(kHost);
  Query q{.path = path,
          .id = id,
          .matched = matched,
          .creator_cwd = cwd,
          .creator_comm = {},
          .creator_pid = 0,
          .bundle = {}};
  if (!cwd.empty()) q.bundle = read_bundle(files, cwd);
  return q;
}

/// What was found; a failure when nothing was.
Found ask(const Runtime& runtime, const Query& q) {
  auto found = runtime.find(q);
  if (found) return std::move(*found);
  ADD_FAILURE() << q.path << " is none of this runtime's";
  return {};
}

class ContainerdTest : public testing::Test {
 protected:
  std::unique_ptr<Runtime> open(std::map<std::string, CannedReply> replies) {
    server_ = std::make_unique<FakeGrpcServer>(directory_.path() + "/s", std::move(replies));
    return make_containerd({.kind = "containerd", .root = {}, .state = {}, .socket = {}}, HostFiles(kHost),
                           connect_containerd(directory_.path() + "/s"));
  }
  TemporaryDirectory directory_;
  std::unique_ptr<FakeGrpcServer> server_;
};

TEST_F(ContainerdTest, AsksForAPlainContainersImage) {
  const auto containerd = open({{field(1, "plain1"), {.message = container_reply(kImage)}},
                                {field(1, kImage), {.message = image_reply(kManifest)}}});
  for (const auto& q : {query("/default/plain1", "plain1", kTasks + "default/plain1"),
                        query("/default/plain1", "plain1", "")}) {
    const auto found = ask(*containerd, q);
    EXPECT_TRUE(found.settled);
    EXPECT_EQ(found.container.id, "plain1");
    EXPECT_EQ(found.container.name, "plain1");
    EXPECT_EQ(found.container.runtime, "containerd");
    EXPECT_EQ(found.container.image, kImage);
    EXPECT_EQ(found.container.manifest, kManifest);
    EXPECT_EQ(found.container.image_id, kImageId);
    EXPECT_EQ(found.container.rootfs, kTasks + "default/plain1/rootfs");
  }
}

TEST_F(ContainerdTest, ReadsWhatCriWrote) {
  const std::string record = R"({"Version":"v1","Metadata":{"ImageRef":")" + kImageId + R"("}})";
  const auto extension =
      field(10, field(1, "io.cri-containerd.container.metadata") + field(2, field(2, record)));
  const auto containerd = open({{field(1, kWeb), {.message = container_reply(kImage, extension)}},
                                {field(1, kSandbox), {.message = container_reply("pause:3.9")}}});
  auto found = ask(*containerd, query(std::string(kPod).append(kWeb), kWeb, kTasks + "k8s.io/" + kWeb, true));
  EXPECT_TRUE(found.settled);
  EXPECT_EQ(found.container.name, "web");
  EXPECT_EQ(found.container.role, "web");
  EXPECT_EQ(found.container.pod, "web-7d9");
  EXPECT_EQ(found.container.pod_namespace, "shop");
  EXPECT_EQ(found.container.pod_uid, "0a1b2c3d-1111-2222-3333-444455556668");
  EXPECT_EQ(found.container.image, kImage);
  EXPECT_EQ(found.container.image_id, kImageId) << "from CRI's own record";
  EXPECT_FALSE(found.container.sandbox);

  found = ask(*containerd, query(std::string(kPod).append(kSandbox), kSandbox, "", true));
  EXPECT_TRUE(found.container.sandbox);
  EXPECT_EQ(found.container.image, "pause:3.9");
}

TEST_F(ContainerdTest, FindsAnIdBehindAnotherCgroupsName) {
  const auto containerd = open({{field(1, "plain2"), {.message = container_reply(kImage)}}});
  const std::string path =
      "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod0a1b_2c.slice/"
      "cri-containerd-ab12.scope";
  const auto found = ask(*containerd, query(path, "ab12", "", true));
  EXPECT_EQ(found.container.id, "plain2");
  EXPECT_FALSE(containerd->find(query("/docker/x", "x", "", true)));
  EXPECT_FALSE(containerd->find(query("/elsewhere/plain1", "plain1", ""))) << "another cgroup of that name";
}

TEST_F(ContainerdTest, LeavesDockersContainersAndOtherDaemonsAlone) {
  const auto containerd = open({});
  EXPECT_FALSE(containerd->find(query("/docker/x", "x", kTasks + "moby/x", true)));
  EXPECT_FALSE(containerd->find(
      query("/default/plain1", "plain1", "/run/other/io.containerd.runtime.v2.task/default/plain1")));
}

TEST_F(ContainerdTest, RemembersWhatIsGoneByNow) {
  const auto created = field(2, "default") + field(4, field(2, field(1, "gone") + field(2, kImage)));
  const auto containerd = open({{field(1, kFollow), {.message = created, .keep_open = true}},
                                {field(1, kImage), {.message = image_reply(kManifest)}}});
  const auto late = query("/default/gone", "gone", kTasks + "default/gone");
  Found found;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  do {  // each a round trip to the server, until the follower's thread has heard of it
    found = ask(*containerd, late);
  } while (!found.settled && std::chrono::steady_clock::now() < end);
  EXPECT_TRUE(found.settled);
  EXPECT_EQ(found.container.id, "gone");
  EXPECT_EQ(found.container.image, kImage);
  EXPECT_EQ(found.container.image_id, kImageId);
}

TEST_F(ContainerdTest, WaitsForADaemonThatDoesNotAnswer) {
  for (const CannedReply& reply : {CannedReply{.hang = true}, CannedReply{.garbage = true},
                                   CannedReply{.status = 13}, CannedReply{.message = "\xFF\xFF"}}) {
    const auto containerd =
        open({{field(1, "plain1"), reply}, {field(1, kWeb), reply}, {field(1, kImage), reply}});
    const auto start = std::chrono::steady_clock::now();
    const auto plain = ask(*containerd, query("/default/plain1", "plain1", kTasks + "default/plain1"));
    const auto cri =
        ask(*containerd, query(std::string(kPod).append(kWeb), kWeb, kTasks + "k8s.io/" + kWeb, true));
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
    EXPECT_EQ(cri.container.image, kImage) << "annotations need no daemon";
    EXPECT_EQ(plain.container.image, "");
    EXPECT_FALSE(plain.settled);
    EXPECT_EQ(cri.settled, !reply.message.empty()) << "an answer without a digest is one";
    server_.reset();
    std::filesystem::remove(directory_.path() + "/s");
  }
}

TEST(ContentStore, FollowsAnIndexToThisPlatform) {
  const HostFiles files(kHost);
  const std::string index = "sha256:cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd";
  for (const auto& digest : {index, kManifest}) {
    const auto digests = read_image_digests(files, "/var/lib/containerd", digest);
    EXPECT_EQ(digests.manifest, kManifest);
    EXPECT_EQ(digests.config, kImageId);
  }
  const std::vector<std::string> bads = {"", "sha256:../../x", "md5:1", "sha256:" + std::string(64, '0')};
  for (const auto& bad : bads) {
    EXPECT_EQ(read_image_digests(files, "/var/lib/containerd", bad).config, "") << bad;
  }
}

}  // namespace
}  // namespace plimsoll
