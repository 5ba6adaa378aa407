// The control socket, both ends, over a real socket in a temporary directory.
#include "agent/control/control.h"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <latch>
#include <nlohmann/json.hpp>
#include <thread>

#include "agent/control/socket.h"

namespace plimsoll {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

class Control : public testing::Test {
 public:
  Control() {
    std::string pattern = (std::filesystem::temp_directory_path() / "control_test.XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
    path_ = directory_ + "/agent.sock";
  }
  ~Control() override { std::filesystem::remove_all(directory_); }

 protected:
  std::unique_ptr<ControlServer> started(ControlLimits limits = {}) {
    auto server = make_control_server(path_, limits);
    server->handle("echo", [](const json& args, const ControlServer::Reply& reply) -> Result<void> {
      for (const auto& word : args.at("words")) reply(word);
      return {};
    });
    server->handle("fail", [](const json&, const ControlServer::Reply& reply) -> Result<void> {
      reply("first");
      return fail("it went wrong");
    });
    const auto up = server->start();
    EXPECT_TRUE(up) << up.error().message;
    return server;
  }

  Result<std::vector<json>> ask(const std::string& command, const json& args = json::object()) {
    std::vector<json> data;
    const auto done = control_request(path_, command, args, [&](const json& value) {
      data.push_back(value);
      return true;
    });
    if (!done) return std::unexpected(done.error());
    return data;
  }

  /// Sends bytes as they are and gives the first line that comes back; empty if the server just closed.
  std::string raw(const std::string& bytes) {
    const Fd fd = connect_unix(*unix_address(path_));
    send_all(fd.get(), bytes);
    std::string line;
    LineReader(fd.get(), 1 << 20).next(line, std::chrono::seconds(20));
    return line;
  }

  std::string directory_, path_;
};

TEST_F(Control, RepliesArriveInOrderAndWhole) {
  const auto server = started();
  const std::string big(40'000, 'x');
  const auto data = ask("echo", {{"words", {"one", big, "thr\nee"}}});
  ASSERT_TRUE(data) << data.error().message;
  EXPECT_THAT(*data, ElementsAre("one", big, "thr\nee"));
}

TEST_F(Control, AnErrorEndsTheReply) {
  const auto server = started();
  EXPECT_EQ(ask("fail").error().message, "it went wrong");
}

TEST_F(Control, TheClientMayStopEarly) {
  const auto server = started();
  int calls = 0;
  EXPECT_TRUE(
      control_request(path_, "echo", {{"words", {1, 2, 3}}}, [&](const json&) { return ++calls < 2; }));
  EXPECT_EQ(calls, 2);
}

TEST_F(Control, AnUnknownCommandNamesTheKnownOnes) {
  const auto server = started();
  EXPECT_EQ(ask("nope").error().message, "unknown command; accepted: echo, fail");
}

TEST_F(Control, ArgumentsOfAWrongTypeAreAnErrorAndNotACrash) {
  const auto server = started();
  EXPECT_THAT(ask("echo").error().message, HasSubstr("echo: bad arguments"));
  EXPECT_THAT(ask("echo", json::array()).error().message, HasSubstr("args is not an object"));
}

TEST_F(Control, BytesThatAreNotUtf8DoNotBreakAReply) {
  auto server = make_control_server(path_);
  server->handle("bad", [](const json&, const ControlServer::Reply& reply) -> Result<void> {
    reply("a\xff");
    return {};
  });
  ASSERT_TRUE(server->start());
  const auto data = ask("bad");
  ASSERT_TRUE(data) << data.error().message;
  EXPECT_THAT(*data, ElementsAre("a\xEF\xBF\xBD"));
}

TEST_F(Control, WhatIsNoRequestIsRefused) {
  const auto server = started();
  for (const std::string bad : {"hello\n", "[]\n", "{\"command\":7}\n", "\xff\n"}) {
    EXPECT_THAT(raw(bad), HasSubstr("not a request")) << bad;
  }
}

TEST_F(Control, ARequestLineIsBounded) {
  const auto server = started({.request_bytes = 100});
  EXPECT_THAT(raw(std::string(101, ' ')), HasSubstr("at most 100 bytes"));
  EXPECT_THAT(raw(std::string(100, ' ') + "\n"), HasSubstr("not a request"));
}

TEST_F(Control, APeerThatSaysNothingIsLetGo) {
  const auto server = started({.request_time = std::chrono::milliseconds(1)});
  EXPECT_THAT(raw(""), HasSubstr("no request came in time"));
}

TEST_F(Control, ThereIsAMostOfConnections) {
  const auto server = started({.connections = 1});
  const Fd first = connect_unix(*unix_address(path_));
  EXPECT_THAT(raw(""), HasSubstr("1 connections are open already"));
}

TEST_F(Control, TheSocketIsForItsOwnerAlone) {
  const auto old = umask(0);
  const auto server = started();
  umask(old);
  struct stat found{};
  ASSERT_EQ(stat(path_.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777U, 0600U);
}

TEST_F(Control, AnotherUserIsRefusedEvenWhenTheModeAllowsIt) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root to become another user";
  const auto server = started();
  ASSERT_EQ(chmod(path_.c_str(), 0666), 0);
  ASSERT_EQ(chmod(directory_.c_str(), 0755), 0);
  // Credentials are a thread's own to the kernel; std::thread keeps the change away from the other tests.
  std::string line;
  std::thread([&] {
    if (syscall(SYS_setresuid, 65534, 65534, 65534) == 0) line = raw("{\"command\":\"fail\"}\n");
  }).join();
  EXPECT_THAT(line, HasSubstr("only root and the agent's own user"));
}

TEST_F(Control, ALiveAgentIsNotReplaced) {
  const auto server = started();
  const auto second = make_control_server(path_)->start();
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("another agent answers there already"));
  EXPECT_TRUE(ask("echo", {{"words", {1}}}));
}

TEST_F(Control, AStaleSocketIsReplacedAndAFileIsNot) {
  {
    const Fd dead(socket(AF_UNIX, SOCK_STREAM, 0));
    const auto address = *unix_address(path_);
    ASSERT_EQ(bind(dead.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  EXPECT_TRUE(std::filesystem::exists(path_));
  {
    const auto server = started();
  }
  EXPECT_FALSE(std::filesystem::exists(path_)) << "an ended server removes its socket";

  std::ofstream(path_) << "precious";
  const auto refused = make_control_server(path_)->start();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("not a socket"));
  EXPECT_EQ(std::filesystem::file_size(path_), 8U);
}

TEST_F(Control, NoAgentIsAnErrorThatNamesThePath) {
  EXPECT_THAT(ask("echo").error().message, HasSubstr("no agent answers on " + path_));
  path_ = "/" + std::string(200, 'x');
  EXPECT_THAT(ask("echo").error().message, HasSubstr("too long for a unix socket"));
}

TEST_F(Control, StopEndsAStream) {
  auto server = make_control_server(path_);
  std::latch streaming(1);
  server->handle("stream", [&](const json&, const ControlServer::Reply& reply) -> Result<void> {
    while (reply("tick")) {
    }
    return {};
  });
  ASSERT_TRUE(server->start());
  std::atomic<bool> ended = false;
  std::thread client([&] {
    bool first = true;
    const auto done = control_request(path_, "stream", json::object(), [&](const json&) {
      if (std::exchange(first, false)) streaming.count_down();
      return true;
    });
    ended = done.has_value();
  });
  streaming.wait();
  server->stop();
  client.join();
  EXPECT_TRUE(ended);
}

TEST_F(Control, AnEmptyReplyAsksWhetherThePeerIsThere) {
  auto server = make_control_server(path_);
  std::latch gone(1), returned(1);
  bool there = false, still_there = true;
  server->handle("probe", [&](const json&, const ControlServer::Reply& reply) -> Result<void> {
    there = reply(nullptr);
    reply("go");
    gone.wait();
    still_there = reply(nullptr);
    returned.count_down();
    return {};
  });
  ASSERT_TRUE(server->start());
  EXPECT_TRUE(control_request(path_, "probe", json::object(), [](const json&) { return false; }));
  gone.count_down();
  returned.wait();
  EXPECT_TRUE(there);
  EXPECT_FALSE(still_there);
}

}  // namespace
}  // namespace plimsoll
