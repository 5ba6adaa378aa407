// What of a name may vary, and what never does.
#include "profiles/shape.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace plimsoll {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;

Behaviour socket_at(const std::string& path) {
  return {Phase::steady, "/app", ConnectObject{"unix", path, 0}, Outcome::attempt};
}
Behaviour runs(const std::string& path, Origin origin = Origin::image) {
  return {Phase::steady, "/app", ExecObject{path, path.substr(path.rfind('/') + 1), "", origin, ""},
          Outcome::ok};
}
Behaviour becomes(const std::string& to, const std::string& kind = "uid") {
  return {Phase::steady, "/app", SetidObject{kind, "0", to}, Outcome::ok};
}
Behaviour connects(const std::string& dest, std::uint16_t port) {
  return {Phase::steady, "/app", ConnectObject{"tcp", dest, port}, Outcome::attempt};
}
Behaviour mounts(const std::string& source, const std::string& target, const std::string& fs = "tmpfs") {
  return {Phase::steady, "/app", MountObject{"mount", fs, source, target}, Outcome::ok};
}

/// Of each pattern the field that varies.
std::vector<std::string> patterns(const Behaviour& b) {
  std::vector<std::string> out;
  for (const Behaviour& p : patterns_of(b)) {
    EXPECT_TRUE(p.pattern && has_placeholder(p));
    EXPECT_EQ(p.actor, b.actor);
    if (const auto* connect = std::get_if<ConnectObject>(&p.object)) {
      out.push_back(connect->dest + (connect->port == 0 ? "" : ":" + std::to_string(connect->port)));
    } else if (const auto* exec = std::get_if<ExecObject>(&p.object)) {
      out.push_back(exec->path + " " + exec->as);
    } else if (const auto* setid = std::get_if<SetidObject>(&p.object)) {
      out.push_back(setid->to);
    } else if (const auto* mount = std::get_if<MountObject>(&p.object)) {
      out.push_back(mount->source + " " + mount->target);
    }
  }
  return out;
}

using Names = std::vector<std::string>;

TEST(Shape, OfSocketPaths) {
  const std::vector<std::pair<std::string, Names>> table{
      {"/run/app/worker-12.sock", {"/run/app/worker-<n>.sock"}},
      {"/run/app/worker12.sock", {"/run/app/worker<n>.sock"}},
      {"/run/app/12/x", {"/run/app/<n>/x"}},
      {"/run/5/s-7", {"/run/<n>/s-7", "/run/5/s-<n>", "/run/<n>/s-<n>"}},
      {"/run/app-1.2.3.sock", {"/run/app-<version>.sock"}},
      {"/run/v1.2/x", {"/run/v<version>/x"}},
      {"/run/9f86d081aa.sock", {"/run/<hex10>.sock"}},
      {"/run/4a1e7b2c-0d1e-4f5a-8b9c-0123456789ab", {"/run/<uid>"}},
      {"/tmp/sh-aB3dE6", {"/tmp/sh-<tmp6>"}},
      {"/tmp/aB3dE6Zz/x", {"/tmp/<tmp8>/x"}},
      {"/tmp/tmpab1_9xyz/s", {"/tmp/tmp<tmp8>/s"}},
      {"@app-77", {"@app-<n>"}},
      {"@/tmp/.X11-unix/X0", {"@/tmp/.X<n>-unix/X0", "@/tmp/.X11-unix/X<n>", "@/tmp/.X<n>-unix/X<n>"}},
      {"/run/app/worker.sock", {}},
      {"/run/a1/b2/c3/d4/e5", {}},
  };
  for (const auto& [path, expected] : table) {
    EXPECT_EQ(patterns(socket_at(path)), expected) << path;
  }
}

TEST(Shape, ADoubtfulPartJustifiesNothing) {
  const auto readings = [](const std::string& path) {
    const auto shape = shape_of(socket_at(path));
    return shape ? shape->parts.at(0).readings : std::vector<Reading>{};
  };
  EXPECT_EQ(readings("/run/x-worker"), (std::vector<Reading>{{"<tmp6>", false}}));
  EXPECT_EQ(readings("/run/x-aB3dE6"), (std::vector<Reading>{{"<tmp6>", true}}));
  EXPECT_EQ(readings("/run/12345678/x"), (std::vector<Reading>{{"<n>", true}, {"<hex8>", false}}));
  EXPECT_EQ(readings("/run/1234abcd/x"), (std::vector<Reading>{{"<n>abcd", true}, {"<hex8>", true}}));
  EXPECT_EQ(readings("/run/deadbeef/x"), (std::vector<Reading>{{"<hex8>", false}}));
}

TEST(Shape, SensitivePlacesNeverVary) {
  for (const char* path : {"/var/run/docker.sock",
                           "/run/1/docker.sock",
                           "/mnt/7/containerd.sock",
                           "/mnt/7/crio.sock",
                           "/run/user/1000/podman/podman.sock",
                           "/proc/12/root/x",
                           "/sys/fs/12",
                           "/dev/shm/12",
                           "/etc/app-1.sock",
                           "/root/12",
                           "/var/run/secrets/12",
                           "/run/secrets/1",
                           "/run/containerd/s/12",
                           "/var/run/containerd/12",
                           "/var/lib/kubelet/pods/1",
                           "/run/systemd/12",
                           "/run/x/../../etc/12",
                           "/run/x-<n>-12.sock",
                           "/run/<12>",
                           "/run/a\x01-12"}) {
    EXPECT_THAT(patterns_of(socket_at(path)), IsEmpty()) << path;
  }
  EXPECT_THAT(patterns_of(mounts("/dev/sda1", "/mnt/1", "ext4")), IsEmpty());
  EXPECT_THAT(patterns_of(mounts("proc", "/mnt/1", "proc")), IsEmpty());
  EXPECT_THAT(patterns_of(mounts("/x/1", "/etc/ssl")), IsEmpty());
  EXPECT_EQ(patterns(mounts("none", "/build/12/mnt")), Names{"none /build/<n>/mnt"});
}

TEST(Shape, OfProgramsOnlyThoseOfTheImage) {
  EXPECT_EQ(patterns(runs("/opt/app-1.2.3/bin/run")), Names{"/opt/app-<version>/bin/run run"});
  EXPECT_EQ(patterns(runs("/usr/bin/tool-7")), Names{"/usr/bin/tool-<n> tool-<n>"});
  EXPECT_THAT(patterns_of(runs("/tmp/x-aB3dEf")), Not(Contains(::testing::Truly([](const Behaviour& b) {
                return std::get<ExecObject>(b.object).path.find("<tmp") != std::string::npos;
              }))));
  for (const Origin origin : {Origin::unknown, Origin::upper_new, Origin::upper_copy, Origin::modified,
                              Origin::memfd, Origin::deleted, Origin::volume, Origin::outside}) {
    EXPECT_THAT(patterns_of(runs("/tmp/job-8123/run", origin)), IsEmpty()) << name(origin);
  }
  Behaviour script = runs("/bin/bash");
  std::get<ExecObject>(script.object).script = "/tmp/job-12/run.sh";
  EXPECT_THAT(patterns_of(script), IsEmpty()) << "where a script comes from is not known";
  Behaviour setuid = runs("/usr/bin/su-1");
  std::get<ExecObject>(setuid.object).gains = "uid 0";
  EXPECT_THAT(patterns_of(setuid), IsEmpty());
}

TEST(Shape, OfUsersOnlyOrdinaryOnes) {
  EXPECT_EQ(patterns(becomes("1000")), Names{"<user>"});
  EXPECT_EQ(patterns(becomes("1000680000", "gid")), Names{"<user>"});
  for (const char* to : {"0", "1", "33", "999", "60000", "65534", "65535", "4294967294", "4294967295",
                         "01000", "1000:0:1000:1000", "1000,0,-1", "", "-1", "99999999999"}) {
    EXPECT_THAT(patterns_of(becomes(to)), IsEmpty()) << to;
  }
  EXPECT_THAT(patterns_of(becomes("1000", "groups")), IsEmpty());
}

TEST(Shape, OfDestinations) {
  EXPECT_EQ(patterns(connects("public", 40000)), Names{"public:32768"});
  EXPECT_EQ(patterns(connects("dns:web-7.shop.example.com", 443)), Names{"dns:web-<n>.shop.example.com:443"});
  EXPECT_EQ(patterns(connects("dns:a7.b.co.uk", 443)), Names{"dns:a<n>.b.co.uk:443"});
  EXPECT_EQ(patterns(connects("dns:web-7.example.com", 50000)),
            (Names{"dns:web-<n>.example.com:50000", "dns:web-7.example.com:32768",
                   "dns:web-<n>.example.com:32768"}));
  for (const auto& [dest, port] :
       std::vector<std::pair<std::string, std::uint16_t>>{{"public", 443},
                                                          {"public", 32767},
                                                          {"public", 32768},  // stands for the placeholder
                                                          {"dns:web-7.example.com", 32768},
                                                          {"public", 45700},  // a mining pool's
                                                          {"imds", 40000},
                                                          {"dns:shop7.com", 443},
                                                          {"dns:b7.co.uk", 443},
                                                          {"dns:x1", 443}}) {
    EXPECT_THAT(patterns_of(connects(dest, port)), IsEmpty()) << dest << ' ' << port;
  }
}

TEST(Shape, SetupAndPatternsThemselvesHaveNone) {
  auto b = socket_at("/run/x-1");
  b.phase = Phase::setup;
  EXPECT_THAT(patterns_of(b), IsEmpty());
  for (const Behaviour& p : patterns_of(socket_at("/run/x-1-2"))) EXPECT_THAT(patterns_of(p), IsEmpty());
}

}  // namespace
}  // namespace plimsoll
