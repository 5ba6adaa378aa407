// The agent's unix socket, which the command line talks to: one JSON request line, then JSON reply lines.
//
//   -> {"command":"status","args":{"container":"web"}}
//   <- {"data":{...}}            one or more (a stream, as for events -f, ends when either side closes)
//   <- {"error":"..."}           at most one, last
//
// The socket's mode is 0600, and a peer whose uid is neither 0 nor the agent's own is refused.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "agent/core/result.h"

namespace plimsoll {

class ControlServer {
 public:
  /// Sends one data line. False when the peer has gone or the server is stopping: the handler should return then.
  using Reply = std::function<bool(const nlohmann::json&)>;
  /// Runs on a thread of its own for each connection (at most 16 at once). An Error becomes the last line.
  using Handler = std::function<Result<void>(const nlohmann::json& args, const Reply&)>;

  ControlServer() = default;
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;
  virtual ~ControlServer() = default;  ///< stops, joins and removes the socket
  virtual void handle(std::string command, Handler) = 0;  ///< before start()
  virtual Result<void> start() = 0;                       ///< an agent that answers on the path already is an error
  virtual void stop() = 0;
};

std::unique_ptr<ControlServer> make_control_server(std::string path);

/// Sends a request and calls `on_data` for each data line until the stream ends or it returns false.
/// An agent that does not run is an error that says so and names the path.
Result<void> control_request(const std::string& path, const std::string& command, const nlohmann::json& args,
                             const std::function<bool(const nlohmann::json&)>& on_data);

}  // namespace plimsoll
