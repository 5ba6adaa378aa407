// The agent that the demo watches with: a child of its own, with a private configuration and socket.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/cli/context.h"
#include "agent/cli/demo/child.h"

namespace plimsoll {

class DemoAgent {
 public:
  /// Everything it writes is below `directory`. It sees the containers of the runc whose state is in
  /// `runc_state`.
  DemoAgent(const Context& context, std::string directory, std::string runc_state);

  /// Starts it, and returns once it answers. An error carries what it said.
  Result<void> start();
  /// An error with what it said when it has ended.
  Result<void> alive();
  /// The container's row in its status; null while it is not known.
  [[nodiscard]] Result<nlohmann::json> container(const std::string& id) const;
  /// All alerts about the container, oldest first.
  [[nodiscard]] Result<std::vector<nlohmann::json>> alerts(const std::string& id) const;
  /// The learned profile's text.
  [[nodiscard]] Result<std::string> profile(const std::string& repository) const;

 private:
  Context context_;
  std::string directory_, runc_state_;
  std::optional<Child> child_;
};

}  // namespace plimsoll
