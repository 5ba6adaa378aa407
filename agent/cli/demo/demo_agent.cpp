// The agent that the demo watches with.
#include "agent/cli/demo/demo_agent.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "agent/control/control.h"
#include "agent/control/socket.h"

namespace plimsoll {
namespace {

using nlohmann::json;

constexpr std::int64_t kStartupPhase = 3 * kNsPerSecond;
constexpr std::int64_t kStableAfter = 12 * kNsPerSecond;
constexpr std::chrono::milliseconds kStep{200};
constexpr int kStepsToReady = 100;

/// A TCP port on loopback that nobody listens on now; 0 if none can be had.
std::uint16_t free_port() {
  const Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(fd.get(), generic, size) != 0 || getsockname(fd.get(), generic, &size) != 0) return 0;
  return ntohs(address.sin_port);
}

Config demo_config(const std::string& directory, const std::string& runc_state) {
  Config config = default_config();
  config.agent.state_dir = directory + "/state";
  config.agent.socket = directory + "/agent.sock";
  config.learning.startup_phase_ns = kStartupPhase;
  config.learning.stable_after_ns = kStableAfter;
  config.alerts.file = directory + "/alerts.jsonl";
  config.alerts.to_stdout = false;
  config.metrics.listen = "127.0.0.1:" + std::to_string(free_port());
  // Only the demo's own runtime: nothing else on this host is watched.
  config.identity.runtimes = {{.kind = "runc", .root = "", .state = runc_state, .socket = ""}};
  return config;
}

Context talking_to(const Context& context, const std::string& socket) {
  Context copy = context;
  copy.socket = socket;
  return copy;
}

}  // namespace

DemoAgent::DemoAgent(const Context& context, std::string directory, std::string runc_state)
    : context_(talking_to(context, directory + "/agent.sock")),
      directory_(std::move(directory)),
      runc_state_(std::move(runc_state)) {}

Result<void> DemoAgent::start() {
  const auto path = directory_ + "/plimsoll.toml";
  std::ofstream file(path);
  std::error_code ignored;  // the agent says what is wrong with it
  std::filesystem::create_directory(runc_state_, ignored);
  file << to_toml(demo_config(directory_, runc_state_));
  if (!file.flush()) return fail(path + ": cannot be written");
  auto child = Child::start({"/proc/self/exe", "run", "--config", path}, directory_ + "/agent.log");
  if (!child) return std::unexpected(child.error());
  child_.emplace(std::move(*child));
  for (int i = 0; i < kStepsToReady; ++i) {
    if (ask_agent(context_, "version", json::object())) return {};
    if (child_->wait(kStep)) break;
  }
  return fail("the agent did not start: " + tail_of(directory_ + "/agent.log"));
}

Result<void> DemoAgent::alive() {
  if (child_ && !child_->wait(std::chrono::milliseconds(0))) return {};
  return fail("the agent has ended: " + tail_of(directory_ + "/agent.log"));
}

Result<json> DemoAgent::container(const std::string& id) const {
  const auto status = ask_agent(context_, "status", json::object());
  if (!status) return std::unexpected(status.error());
  for (const auto& row : status->value("containers", json::array())) {
    if (row.value("id", "") == id) return row;
  }
  return json();
}

Result<std::vector<json>> DemoAgent::alerts(const std::string& id) const {
  std::vector<json> found;
  const auto done = control_request(context_.socket, "alerts", {{"container", id}}, [&](const json& alert) {
    found.push_back(alert);
    return true;
  });
  if (!done) return std::unexpected(done.error());
  return found;
}

Result<std::string> DemoAgent::profile(const std::string& repository) const {
  const auto answer = ask_agent(context_, "profile.show", {{"profile", repository}});
  if (!answer) return std::unexpected(answer.error());
  return answer->value("toml", "");
}

}  // namespace plimsoll
