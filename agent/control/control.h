// The agent's unix socket, which the command line talks to: one JSON request line, then JSON reply lines.
//
//   -> {"command":"status","args":{"container":"web"}}
//   <- {"data":{...}}            one or more (a stream, as for events -f, ends when either side closes)
//   <- {"error":"..."}           at most one, last
//
// The socket's mode is 0600, and a peer whose uid is neither 0 nor the agent's own is refused.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "agent/core/result.h"

namespace plimsoll {

class ControlServer {
 public:
  /// Sends one data line. False when the peer has gone or the server is stopping: the handler should return
  /// then. A null value sends nothing and only asks that: a stream that has nothing to say calls it about
  /// once a second.
  using Reply = std::function<bool(const nlohmann::json&)>;
  /// Runs on a thread of its own for each connection (at most 16 at once). An Error becomes the last line.
  using Handler = std::function<Result<void>(const nlohmann::json& args, const Reply&)>;

  ControlServer() = default;
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;
  virtual ~ControlServer() = default;                     ///< stops, joins and removes the socket
  virtual void handle(std::string command, Handler) = 0;  ///< before start()
  virtual Result<void> start() = 0;  ///< an agent that answers on the path already is an error
  virtual void stop() = 0;
};

/// Bounds on what a peer may cost.
struct ControlLimits {
  std::size_t connections = 16;
  std::size_t request_bytes = 24UL * 1024 * 1024;  ///< of the request line: a profile's file, quoted, fits
  std::chrono::milliseconds request_time{5'000};   ///< for the whole request line to arrive
  std::chrono::milliseconds reply_time{10'000};    ///< for a reply line to be taken
};

/// `path` is at most 107 bytes; its directory is made if missing (0755).
std::unique_ptr<ControlServer> make_control_server(std::string path, ControlLimits limits = {});

/// Sends a request and calls `on_data` for each data line until the stream ends or it returns false.
/// An agent that does not run is an error that says so and names the path.
Result<void> control_request(const std::string& path, const std::string& command, const nlohmann::json& args,
                             const std::function<bool(const nlohmann::json&)>& on_data);

}  // namespace plimsoll
