// What a reload of the configuration changes, and what it cannot.
#pragma once

#include <string>

#include "agent/config/config.h"

namespace plimsoll {

/// The keys whose values differ and that take effect only at a start: "identity.host_root,
/// identity.runtimes". Empty: none.
std::string changed_until_start(const Config& running, const Config& read);

/// Copies every key that takes effect at a reload.
void take_reloaded(const Config& read, Config& running);

}  // namespace plimsoll
