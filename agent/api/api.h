// What the agent answers on its control socket; api.md is the contract.
#pragma once

#include <cstdint>
#include <string>

#include "agent/control/control.h"

namespace plimsoll {

class Pipeline;

/// What only the assembler knows, for `status` and `config.show`.
struct ServeContext {
  std::string version;
  std::string config_path;
  std::uint64_t needed_capabilities = 0;  ///< of those that it was given
};

/// Registers the handlers. `pipeline` must outlive the server.
void register_handlers(ControlServer& server, Pipeline& pipeline, const ServeContext& context);

}  // namespace plimsoll
