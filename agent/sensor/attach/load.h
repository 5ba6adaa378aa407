// From the skeleton to attached programs, one by one.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/core/result.h"
#include "agent/sensor/attach/attach.h"
#include "agent/sensor/attach/choose_rows.h"
#include "agent/sensor/hierarchy.h"
#include "agent/sensor/sensor.h"
#include "agent/sensor/wire.h"

struct bpf_program;
struct plimsoll_bpf;

namespace plimsoll {

struct SkeletonDeleter {
  void operator()(plimsoll_bpf*) const;
};
using Skeleton = std::unique_ptr<plimsoll_bpf, SkeletonDeleter>;

/// Loads the programs of the best ways that the kernel takes: all at once, or, when one is refused, after
/// trying each by itself. Sets config.tasks_by_address. `rows` receives what was loaded, `refused` a
/// status for each row that was not. Fails when nothing could be loaded at all.
Result<Skeleton> load_programs(const SensorOptions&, pl_config&, std::vector<ChosenRow>& rows,
                               std::vector<HookStatus>& refused);

struct Attached {
  std::vector<Link> links;
  std::vector<HookStatus> status;
};
/// Attaches each loaded program by itself; what fails is in the status.
Attached attach_programs(plimsoll_bpf&, const std::vector<ChosenRow>& rows, const std::string& cgroup2_path,
                         std::vector<HookStatus> refused);

/// The program of that name, or nullptr.
bpf_program* find_program(plimsoll_bpf&, std::string_view name);

/// Is this file a kernel's BTF? The error says what is missing.
Result<void> check_btf(const std::string& path);

}  // namespace plimsoll
