// The command line's side of the control socket.
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "agent/control/control.h"
#include "agent/control/socket.h"

namespace plimsoll {
namespace {

using nlohmann::json;

constexpr std::size_t kReplyBytes = 64UL * 1024 * 1024;

Error unreachable(const std::string& path) {
  const int error = errno;
  if (error == ENOENT || error == ECONNREFUSED) {
    return {"no agent answers on " + path +
            "; start one with `plimsoll run`, or name its socket with --socket"};
  }
  if (error == EACCES || error == EPERM) return {"not allowed to ask the agent on " + path + "; ask as root"};
  return {"cannot reach the agent on " + path + ": " + std::strerror(error)};
}

}  // namespace

Result<void> control_request(const std::string& path, const std::string& command, const json& args,
                             const std::function<bool(const json&)>& on_data) {
  const auto address = unix_address(path);
  if (!address) return std::unexpected(address.error());
  const Fd fd = connect_unix(*address);
  if (fd.get() < 0) return std::unexpected(unreachable(path));
  // A refusal may come before the request is read, so a failed send is no reason not to look at the reply.
  send_all(
      fd.get(),
      json{{"command", command}, {"args", args}}.dump(-1, ' ', false, json::error_handler_t::replace) + "\n");

  LineReader reader(fd.get(), kReplyBytes);
  std::string line;
  for (;;) {
    const auto status = reader.next(line, std::chrono::milliseconds(0));
    if (status == LineReader::Status::closed) return {};
    if (status != LineReader::Status::line)
      return fail("the agent on " + path + " sent a line that is too long");
    const json reply = json::parse(line, nullptr, false);
    if (reply.is_object() && reply.contains("error") && reply["error"].is_string()) {
      return fail(reply["error"].get<std::string>());
    }
    if (!reply.is_object() || !reply.contains("data"))
      return fail("what answers on " + path + " is not an agent");
    if (!on_data(reply["data"])) return {};
  }
}

}  // namespace plimsoll
