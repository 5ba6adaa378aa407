#include "agent/sensor/pinned/retired_programs.h"

#include <sys/stat.h>

#include <filesystem>
#include <system_error>
#include <utility>
#include <variant>

#include "agent/sensor/decode/decode.h"
#include "agent/sensor/wire.h"

namespace plimsoll {
namespace {

namespace fs = std::filesystem;

// Programs end a moment after their links are unpinned.
constexpr auto kQuiet = std::chrono::seconds(2);

std::unordered_set<std::uint64_t> cgroups_below(const std::string& mount_point) {
  std::unordered_set<std::uint64_t> ids;
  const auto add = [&](const fs::path& directory) {
    struct stat st{};
    if (stat(directory.c_str(), &st) == 0) ids.insert(st.st_ino);
  };
  add(mount_point);
  std::error_code error;
  for (fs::recursive_directory_iterator at(mount_point, fs::directory_options::skip_permission_denied, error),
       end;
       !error && at != end; at.increment(error)) {
    std::error_code gone;
    if (at->is_directory(gone)) add(at->path());
  }
  return ids;
}

}  // namespace

RetiredPrograms::RetiredPrograms(RetiredState state, const std::string& mount_point, Tally& tally)
    : rings_(std::move(state.rings)),
      self_test_(state.self_test),
      tally_(&tally),
      alive_(cgroups_below(mount_point)),
      last_(std::chrono::steady_clock::now()) {}

std::size_t RetiredPrograms::read(const SlotOf& slot_of, std::int64_t wall_offset, const Sensor::Sink& sink) {
  std::size_t records = 0;
  const auto found = rings_->consume([&](std::span<const std::byte> record) {
    ++records;
    pass_on(record, slot_of, wall_offset, sink);
  });
  if (found && found->any) last_ = std::chrono::steady_clock::now();
  return records;
}

bool RetiredPrograms::done() const {
  return std::chrono::steady_clock::now() - last_ > kQuiet;
}

void RetiredPrograms::pass_on(std::span<const std::byte> record, const SlotOf& slot_of,
                              std::int64_t wall_offset, const Sensor::Sink& sink) {
  const std::uint32_t hook = hook_of_record(record);
  auto event = decode(record, wall_offset);
  if (!event) return tally_->left_unread(hook);
  if (std::holds_alternative<CgroupMoved>(*event)) return tally_->left_unread(hook);
  auto* activity = std::get_if<Activity>(&*event);  // running containers have been found by a scan
  if (activity == nullptr || (self_test_ != 0 && activity->slot == self_test_)) return;
  activity->slot = slot_of(activity->cgroup);
  if (activity->slot == 0 && alive_.contains(activity->cgroup.id)) return;
  tally_->left_unread(hook);
  if (activity->slot == 0) return;
  activity->key = activity->kind = Key{};
  tally_->recovered(hook);
  sink(std::move(*event));
}

}  // namespace plimsoll
