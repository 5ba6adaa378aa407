// The agent's side of the control socket.
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <list>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>
#include <thread>

#include "agent/control/control.h"
#include "agent/control/socket.h"

namespace plimsoll {
namespace {

using nlohmann::json;

std::string line_of(const json& value) {
  // Never throws on bytes that are not UTF-8: one bad name must not take a reply down.
  return value.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

std::string problem(const std::string& path, std::string_view what) {
  return "control socket " + path + ": " + std::string(what) + ": " + std::strerror(errno);
}

/// Removes a socket that nobody listens on any more. What else stands there is left, and an error.
Result<void> clear_stale(const std::string& path, const sockaddr_un& address) {
  struct stat found{};
  if (lstat(path.c_str(), &found) != 0) {
    if (errno == ENOENT) return {};
    return fail(problem(path, "cannot be looked at"));
  }
  if (!S_ISSOCK(found.st_mode)) {
    return fail("control socket " + path +
                ": a file that is not a socket stands there; move it away, or set agent.socket");
  }
  if (connect_unix(address).get() >= 0) {
    return fail("control socket " + path +
                ": another agent answers there already; stop it, or set agent.socket");
  }
  if (unlink(path.c_str()) != 0 && errno != ENOENT)
    return fail(problem(path, "a stale one cannot be removed"));
  return {};
}

class UnixControlServer final : public ControlServer {
 public:
  UnixControlServer(std::string path, ControlLimits limits) : path_(std::move(path)), limits_(limits) {}
  ~UnixControlServer() override { shut_down(); }

  void handle(std::string command, Handler handler) override {
    handlers_.insert_or_assign(std::move(command), std::move(handler));
  }
  Result<void> start() override;
  void stop() override { shut_down(); }

 private:
  struct Connection {
    Fd fd;
    std::atomic<bool> done = false;
    std::thread thread;
  };

  void shut_down();
  void accept_loop();
  void accept_one();
  void serve(Connection&);
  [[nodiscard]] std::optional<Error> answer(int fd, const std::string& request);
  [[nodiscard]] std::optional<Error> refusal(int fd) const;

  const std::string path_;
  const ControlLimits limits_;
  std::map<std::string, Handler, std::less<>> handlers_;
  Fd listener_, wake_;
  struct stat bound_{};  ///< our socket file, so that stop() never removes another's
  std::thread acceptor_;
  std::atomic<bool> stopping_ = false;
  std::list<Connection> connections_;  ///< of the accepting thread, until it has ended
};

Result<void> UnixControlServer::start() {
  const auto address = unix_address(path_);
  if (!address) return std::unexpected(address.error());
  std::error_code ignored;  // bind() below says what is wrong
  std::filesystem::create_directories(std::filesystem::path(path_).parent_path(), ignored);
  if (auto cleared = clear_stale(path_, *address); !cleared) return cleared;

  wake_ = Fd(eventfd(0, EFD_CLOEXEC));
  Fd listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (wake_.get() < 0 || listener.get() < 0) return fail(problem(path_, "cannot be made"));
  // The mode of the descriptor becomes the mode of the file: there is no moment at which others may connect.
  if (fchmod(listener.get(), 0600) != 0 ||
      bind(listener.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0) {
    return fail(problem(path_, "cannot be made"));
  }
  if (lstat(path_.c_str(), &bound_) != 0 || listen(listener.get(), 16) != 0) {
    return fail(problem(path_, "cannot be listened on"));
  }
  listener_ = std::move(listener);
  acceptor_ = std::thread([this] { accept_loop(); });
  return {};
}

void UnixControlServer::shut_down() {
  if (stopping_.exchange(true) || !acceptor_.joinable()) return;
  eventfd_write(wake_.get(), 1);
  acceptor_.join();
  for (auto& connection : connections_) shutdown(connection.fd.get(), SHUT_RDWR);
  for (auto& connection : connections_) connection.thread.join();
  connections_.clear();
  listener_ = Fd();
  struct stat now{};
  if (lstat(path_.c_str(), &now) == 0 && now.st_dev == bound_.st_dev && now.st_ino == bound_.st_ino) {
    unlink(path_.c_str());
  }
}

void UnixControlServer::accept_loop() {
  while (!stopping_) {
    std::array<pollfd, 2> ready{{{listener_.get(), POLLIN, 0}, {wake_.get(), POLLIN, 0}}};
    if (poll(ready.data(), ready.size(), -1) < 0 && errno != EINTR) return;
    if ((ready[0].revents & POLLIN) != 0 && !stopping_) accept_one();
  }
}

void UnixControlServer::accept_one() {
  connections_.remove_if([](Connection& connection) {
    if (connection.done) connection.thread.join();
    return connection.done.load();
  });
  Fd fd(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (fd.get() < 0) return;
  const auto milliseconds = limits_.reply_time.count();
  const timeval timeout{.tv_sec = milliseconds / 1000, .tv_usec = milliseconds % 1000 * 1000};
  setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
  if (const auto refused = refusal(fd.get())) {
    send_all(fd.get(), line_of({{"error", refused->message}}));
    return;
  }
  auto& connection = connections_.emplace_back();
  connection.fd = std::move(fd);
  try {
    connection.thread = std::thread([this, &connection] { serve(connection); });
  } catch (const std::system_error&) {  // no more threads: the agent goes on without this one
    send_all(connection.fd.get(), line_of({{"error", "refused: no thread can be started"}}));
    connections_.pop_back();
  }
}

std::optional<Error> UnixControlServer::refusal(int fd) const {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 ||
      (peer.uid != 0 && peer.uid != geteuid())) {
    return Error{"refused: only root and the agent's own user may ask"};
  }
  if (connections_.size() >= limits_.connections) {
    return Error{"refused: " + std::to_string(limits_.connections) + " connections are open already"};
  }
  return std::nullopt;
}

void UnixControlServer::serve(Connection& connection) {
  const int fd = connection.fd.get();
  std::string request;
  std::optional<Error> error;
  switch (LineReader(fd, limits_.request_bytes).next(request, limits_.request_time)) {
    case LineReader::Status::line:
      error = answer(fd, request);
      break;
    case LineReader::Status::too_long:
      error = Error{"the request is too long; accepted: one line of at most " +
                    std::to_string(limits_.request_bytes) + " bytes"};
      break;
    case LineReader::Status::timed_out:
      error = Error{"no request came in time"};
      break;
    case LineReader::Status::closed:
      break;
  }
  if (error) send_all(fd, line_of({{"error", error->message}}));
  shutdown(fd,
           SHUT_RDWR);  // the peer sees the end now; the descriptor itself is closed by the accepting thread
  connection.done = true;
}

std::optional<Error> UnixControlServer::answer(int fd, const std::string& request) {
  const json parsed = json::parse(request, nullptr, false);
  if (!parsed.is_object() || !parsed.contains("command") || !parsed["command"].is_string()) {
    return Error{R"(not a request; accepted: {"command":"...","args":{...}} in one line)"};
  }
  const auto command = parsed["command"].get<std::string>();
  static const json kNone = json::object();
  const auto given = parsed.find("args");
  const json& args = given == parsed.end() ? kNone : *given;  // a copy could be of many megabytes
  const auto handler = handlers_.find(command);
  if (handler == handlers_.end() || !args.is_object()) {
    std::string known;
    for (const auto& [name, unused] : handlers_) known += (known.empty() ? "" : ", ") + name;
    return Error{handler == handlers_.end() ? "unknown command; accepted: " + known
                                            : "args is not an object"};
  }
  const Reply reply = [this, fd](const json& data) {
    if (stopping_) return false;
    if (!data.is_null()) return send_all(fd, line_of({{"data", data}}));
    pollfd peer{.fd = fd, .events = 0, .revents = 0};
    return poll(&peer, 1, 0) == 0;
  };
  try {
    const auto done = handler->second(args, reply);
    return done ? std::nullopt : std::optional(done.error());
  } catch (const json::exception& wrong) {  // an argument of another type than the handler took it for
    return Error{command + ": bad arguments: " + wrong.what()};
  }
}

}  // namespace

std::unique_ptr<ControlServer> make_control_server(std::string path, ControlLimits limits) {
  return std::make_unique<UnixControlServer>(std::move(path), limits);
}

}  // namespace plimsoll
