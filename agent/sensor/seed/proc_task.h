// Reads in /proc about a process that ran before the programs did.
#pragma once

#include <cstdint>
#include <string>

#include "agent/core/result.h"
#include "agent/sensor/wire.h"

namespace plimsoll {

/// Reads exe, comm, cmdline, status and stat below `proc` ("/proc") into a task's state: actor, arguments,
/// credentials. The actor is put together as at an exec; for a script it is found again by the name that the
/// kernel gave the task. Hashes, slot and phase are the caller's. Fails when the process has gone.
Result<pl_task> read_proc_task(const std::string& proc, std::uint32_t pid);

/// "/bin/busybox:sh", "/docker-entrypoint.sh" ... from the executable's path, the task's comm and its
/// arguments.
std::string actor_of(const std::string& exe, const std::string& comm, const std::string& cmdline);

}  // namespace plimsoll
