// Looking at links, and attaching again.
#include "agent/sensor/attach/links.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace plimsoll {
namespace {

/// All zero, and errno, for a link that cannot be asked.
bpf_link_info info_of(const Link& link) {
  bpf_link_info info{};
  std::uint32_t size = sizeof(info);
  if (bpf_obj_get_info_by_fd(bpf_link__fd(link.get()), &info, &size) != 0) return {};
  return info;
}

std::uint32_t id_of(const LoadedProgram& program) {
  bpf_prog_info info{};
  std::uint32_t size = sizeof(info);
  return bpf_obj_get_info_by_fd(program.fd.get(), &info, &size) == 0 ? info.id : 0;
}

bool serves(const PlannedProgram& row, const HookStatus& status) {
  return status.way == row.way && (" " + std::string(row.hooks) + " ").contains(" " + status.hook + " ");
}

}  // namespace

std::string link_name(std::size_t number) {
  constexpr std::size_t kDigits = 3;
  const std::string digits = std::to_string(number);
  return "link_" + std::string(kDigits - std::min(digits.size(), kDigits), '0') + digits;
}

Links::Links(const Programs& programs, Attached attached, const std::string& cgroup2_path,
             std::optional<Pins> pins)
    : cgroup_fd_(open(cgroup2_path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)),
      pins_(std::move(pins)),
      status_(std::move(attached.status)) {
  for (Link& link : attached.links) {
    WatchedLink watched{.link = std::move(link)};
    watched.program_id = info_of(watched.link).prog_id;
    watched.pin = link_name(watched_.size());
    for (const LoadedProgram& program : programs.all()) {
      if (watched.program_id != 0 && id_of(program) == watched.program_id) watched.program = &program;
    }
    for (const PlannedProgram& row : attach_plan()) {
      if (watched.program != nullptr && belongs(watched.program->name, row)) watched.row = &row;
    }
    watched_.push_back(std::move(watched));
  }
}

// BPF_LINK_DETACH leaves a cgroup's link behind that is of no cgroup; BPF_LINK_UPDATE one that runs another
// program. Links of tracing programs know neither: they last as long as our descriptor.
std::string Links::what_is_wrong(const WatchedLink& watched) {
  const bpf_link_info info = info_of(watched.link);
  if (info.id == 0) return std::string("its link cannot be looked at: ") + std::strerror(errno);
  if (info.prog_id != watched.program_id) return "another program was put in its place";
  if (info.type == BPF_LINK_TYPE_CGROUP && info.cgroup.cgroup_id == 0) return "somebody detached it";
  return {};
}

// Empty, or why not. The new link is there before the old one, which may run another's program, ends.
std::string Links::attach_again(WatchedLink& watched) const {
  if (watched.row->kind != AttachKind::cgroup2) return "only a restart of the agent attaches it again";
  if (pins_) {
    auto link = attach_pinned(watched, *pins_);
    if (!link) return "attaching it again failed: " + link.error().message;
    watched.link = std::move(*link);
    return {};
  }
  Link link(bpf_program__attach_cgroup(watched.program->program, cgroup_fd_.get()));
  if (!link) return std::string("attaching it again failed: ") + std::strerror(errno);
  watched.link = std::move(link);
  return {};
}

// By the descriptor: libbpf does not know that a program that was taken over is loaded.
Result<Link> Links::attach_pinned(const WatchedLink& watched, const Pins& pins) const {
  const auto type = bpf_program__expected_attach_type(watched.program->program);
  const Fd fd(bpf_link_create(watched.program->fd.get(), cgroup_fd_.get(), type, nullptr));
  if (!fd) return fail(std::strerror(errno));
  if (auto pinned = pins.pin(watched.pin, fd.get()); !pinned) return std::unexpected(pinned.error());
  Link link(bpf_link__open(pins.path(watched.pin).c_str()));
  if (!link) return fail(watched.pin + ": " + std::strerror(errno));
  return link;
}

std::vector<HookStatus> Links::verify() {
  std::vector<HookStatus> fresh;
  for (WatchedLink& watched : watched_) {
    if (watched.row == nullptr) continue;
    std::string wrong = what_is_wrong(watched);
    if (wrong.empty()) continue;
    const std::string still = attach_again(watched);
    wrong.append("; ").append(still);
    const bool was_broken = std::exchange(watched.broken, !still.empty());
    const MutexLock lock(mutex_);
    for (HookStatus& status : status_) {
      if (!serves(*watched.row, status)) continue;
      status.attached = still.empty();
      status.error = still.empty() ? "" : wrong;
      status.detached += was_broken ? 0 : 1;
      if (!was_broken || still.empty()) fresh.push_back(status);
    }
  }
  return fresh;
}

std::vector<HookStatus> Links::status() const {
  const MutexLock lock(mutex_);
  return status_;
}

}  // namespace plimsoll
