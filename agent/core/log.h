// How the agent writes to the operator's log, without knowing a logging library.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace plimsoll {

enum class LogLevel : std::uint8_t { debug, info, warning, error };

/// One line of safe text. Called from any thread.
using Log = std::function<void(LogLevel, std::string_view)>;

}  // namespace plimsoll
