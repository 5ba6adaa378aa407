// The HTTP server on a free loopback port, spoken to byte by byte.
#include "agent/metrics/http.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace plimsoll {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string talk(std::uint16_t port, const std::string& request) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string reply;
  if (connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0) {
    EXPECT_EQ(write(fd, request.data(), request.size()), static_cast<ssize_t>(request.size()));
    std::array<char, 4096> buffer{};
    for (ssize_t n = 0; (n = read(fd, buffer.data(), buffer.size())) > 0;) {
      reply.append(buffer.data(), static_cast<std::size_t>(n));
    }
  }
  close(fd);
  return reply;
}

std::string get(std::uint16_t port, const std::string& path) {
  return talk(port, "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
}

class HttpTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto started = HttpServer::start(
        "127.0.0.1:0", {{"/metrics", [] { return HttpReply{.body = "up 1\n"}; }},
                        {"/readyz", [] { return HttpReply{.status = 503, .body = "blind\n"}; }}});
    ASSERT_TRUE(started) << started.error().message;
    server = std::move(*started);
  }
  static void TearDownTestSuite() { server.reset(); }
  static inline std::unique_ptr<HttpServer> server;
};

TEST_F(HttpTest, AnswersItsRoutes) {
  EXPECT_THAT(get(server->port(), "/metrics"), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(get(server->port(), "/metrics"), HasSubstr("\r\n\r\nup 1\n"));
  EXPECT_THAT(get(server->port(), "/readyz"), StartsWith("HTTP/1.1 503 "));
}

TEST_F(HttpTest, EverythingElseIsNotFound) {
  for (const auto* path : {"/", "/etc/passwd", "/../../etc/passwd", "/metrics/", "/metrics%00x"}) {
    EXPECT_THAT(get(server->port(), path), Not(StartsWith("HTTP/1.1 200"))) << path;
    EXPECT_THAT(get(server->port(), path), Not(HasSubstr("root:"))) << path;
  }
}

TEST_F(HttpTest, RefusesOtherMethods) {
  for (const std::string method : {"POST", "PUT", "DELETE", "OPTIONS"}) {
    EXPECT_THAT(talk(server->port(), method + " /metrics HTTP/1.1\r\nHost: l\r\nContent-Length: 0\r\n\r\n"),
                StartsWith("HTTP/1.1 405 "))
        << method;
  }
}

TEST_F(HttpTest, HeadHasNoBody) {
  EXPECT_THAT(talk(server->port(), "HEAD /metrics HTTP/1.1\r\nHost: l\r\n\r\n"), Not(HasSubstr("up 1")));
}

TEST_F(HttpTest, AHugeHeaderIsRefused) {
  EXPECT_THAT(talk(server->port(), "GET /metrics HTTP/1.1\r\nX: " + std::string(20'000, 'a') + "\r\n\r\n"),
              Not(StartsWith("HTTP/1.1 200")));
}

TEST(Http, ATakenPortIsOneClearError) {
  auto first = HttpServer::start("127.0.0.1:0", {});
  ASSERT_TRUE(first);
  const auto listen = "127.0.0.1:" + std::to_string((*first)->port());
  const auto second = HttpServer::start(listen, {});
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr(listen));
}

}  // namespace
}  // namespace plimsoll
