#include "agent/sensor/pinned/pinned_state.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <sstream>
#include <system_error>
#include <utility>
#include <vector>

#include "agent/core/hash.h"
#include "agent/core/text.h"
#include "agent/sensor/attach/links.h"
#include "agent/sensor/decode/decode.h"
#include "agent/sensor/maps/sizes.h"
#include "agent/sensor/self_test/self_test_monitor.h"
#include "plimsoll.skel.h"

namespace plimsoll {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRetired = "retired";  // the folder of retired state

constexpr std::uint32_t kDescriptionBytes = 16384;
constexpr const char* kDescription = "description";  // pinned last: without it, the rest is incomplete

constexpr const char* kUnknownForm = "the description of the pinned state has an unknown form";

using Words = std::array<std::uint64_t, sizeof(pl_config) / sizeof(std::uint64_t)>;
static_assert(sizeof(Words) == sizeof(pl_config));

std::string ring_name(std::size_t cpu) {
  return "ring_" + std::to_string(cpu);
}
std::string map_name(const bpf_map* map) {
  return std::string("map_") + bpf_map__name(map);
}
std::string program_name(const std::string& program) {
  return "program_" + program;
}

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream in(line);
  for (std::string field; std::getline(in, field, '\t');) fields.push_back(unescape(field));
  return fields;
}

Result<void> pin_description(const Pins& pins, const PinnedDescription& description) {
  std::string text = to_text(description);
  if (text.size() > kDescriptionBytes) {
    return fail("the description of the pinned state is longer than " + std::to_string(kDescriptionBytes) +
                " bytes");
  }
  text.resize(kDescriptionBytes);
  const Fd map(bpf_map_create(BPF_MAP_TYPE_ARRAY, "plimsoll_pinned", sizeof(std::uint32_t), kDescriptionBytes,
                              1, nullptr));
  if (!map) return fail(std::string("cannot make a map: ") + std::strerror(errno));
  const std::uint32_t first = 0;
  const bool written = bpf_map_update_elem(map.get(), &first, text.data(), BPF_ANY) == 0;
  return written ? pins.pin(kDescription, map.get())
                 : fail(std::string("cannot write a map: ") + std::strerror(errno));
}

Result<PinnedDescription> read_description(const Pins& pins) {
  const Fd map = pins.open(kDescription);
  if (!map)
    return fail(std::string("the description of the pinned state is missing: ") + std::strerror(errno));
  bpf_map_info info{};
  std::uint32_t size = sizeof(info);
  const std::uint32_t first = 0;
  std::string text(kDescriptionBytes, '\0');
  const bool read = bpf_obj_get_info_by_fd(map.get(), &info, &size) == 0 &&
                    info.value_size == kDescriptionBytes &&
                    bpf_map_lookup_elem(map.get(), &first, text.data()) == 0;
  if (!read) return fail(kUnknownForm);
  text.resize(std::strlen(text.c_str()));
  return description_from(text);
}

Result<void> take_maps(const Pins& pins, const plimsoll_bpf& skeleton) {
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, skeleton.obj) {
    const std::string name = map_name(map);
    const Fd fd = pins.open(name);
    if (!fd || bpf_map__reuse_fd(map, fd.get()) != 0)
      return fail(name + " is missing: " + std::strerror(errno));
  }
  return {};
}

Result<std::shared_ptr<Shared>> take_shared(int map) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const std::size_t bytes = (sizeof(Shared) + page - 1) / page * page;
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
  if (memory == MAP_FAILED)
    return fail(std::string("the shared variables cannot be mapped: ") + std::strerror(errno));
  return std::shared_ptr<Shared>(static_cast<Shared*>(memory),
                                 [bytes](Shared* shared) { munmap(shared, bytes); });
}

Result<std::vector<Link>> take_links(const Pins& pins) {
  std::vector<Link> links;
  for (const std::string& name : pins.names("link_")) {
    links.emplace_back(bpf_link__open(pins.path(name).c_str()));
    if (!links.back()) return fail(name + " cannot be opened: " + std::strerror(errno));
  }
  return links;
}

Result<std::unique_ptr<Rings>> take_rings(const Pins& pins, int urgent_fd, int answers_fd) {
  std::vector<Fd> rings;
  for (std::size_t cpu = 0; cpu < pins.names("ring_").size(); cpu++) {
    rings.push_back(pins.open(ring_name(cpu)));
    if (!rings.back()) return fail(ring_name(cpu) + " is missing: " + std::strerror(errno));
  }
  return Rings::over(std::move(rings), urgent_fd, answers_fd);
}

// Of another version's map: only one with the same layout can be read. None for any other.
Fd map_like(const Pins& pins, const char* name, std::size_t key_bytes, std::size_t value_bytes) {
  Fd map = pins.open(name);
  bpf_map_info info{};
  std::uint32_t size = sizeof(info);
  const bool alike = map && bpf_obj_get_info_by_fd(map.get(), &info, &size) == 0 &&
                     info.key_size == key_bytes && info.value_size == value_bytes;
  return alike ? std::move(map) : Fd();
}

Slot self_test_of(const Pins& pins) {
  const auto description = read_description(pins);
  const Fd cgroups = map_like(pins, "map_cgroups", sizeof(pl_cgroup_key), sizeof(Slot));
  const pl_cgroup_key key = self_test_cgroup(description ? description->config.hierarchy : 0);
  Slot slot = 0;
  return cgroups && bpf_map_lookup_elem(cgroups.get(), &key, &slot) == 0 ? slot : 0;
}

std::map<std::string, Losses> lost_by(const Pins& pins) {
  std::map<std::string, Losses> lost;
  const Fd counters = map_like(pins, "map_counters", sizeof(__u32), sizeof(pl_counters));
  std::vector<pl_counters> of_cpus(static_cast<std::size_t>(libbpf_num_possible_cpus()));
  for (std::uint32_t hook = 0; counters && hook < PL_HOOKS; hook++) {
    if (bpf_map_lookup_elem(counters.get(), &hook, of_cpus.data()) != 0) continue;
    for (const pl_counters& of_cpu : of_cpus)
      add(lost[std::string(hook_name(hook))], losses_from(of_cpu.lost));
  }
  return lost;
}

}  // namespace

std::string to_text(const PinnedDescription& description) {
  Words words{};
  std::memcpy(words.data(), &description.config, sizeof(words));
  std::string text = "fingerprint\t" + escape(description.fingerprint) + "\nconfig\t";
  for (const std::uint64_t word : words) text += hex(word);
  text += "\n";
  for (const HookStatus& hook : description.hooks) {
    text += "hook\t" + escape(hook.hook) + "\t" + escape(hook.way) + "\t" + (hook.attached ? "1" : "0") +
            "\t" + escape(hook.error) + "\t" + escape(hook.blind_to) + "\t" + escape(hook.passed_over) + "\n";
  }
  return text;
}

Result<PinnedDescription> description_from(const std::string& text) {
  constexpr std::size_t kDigits = 16, kHookFields = 6;
  const auto unknown = [] { return fail(kUnknownForm); };
  PinnedDescription description;
  std::istringstream in(text);
  bool configured = false;
  for (std::string line; std::getline(in, line);) {
    auto fields = fields_of(line);
    if (fields.size() == 2 && fields[0] == "fingerprint") {
      description.fingerprint = fields[1];
    } else if (fields.size() == 2 && fields[0] == "config") {
      Words words{};
      if (fields[1].size() != words.size() * kDigits ||
          fields[1].find_first_not_of("0123456789abcdef") != std::string::npos)
        return unknown();
      for (std::size_t i = 0; i < words.size(); i++)
        words[i] = std::stoull(fields[1].substr(i * kDigits, kDigits), nullptr, 16);
      std::memcpy(&description.config, words.data(), sizeof(words));
      configured = true;
    } else if (!fields.empty() && fields[0] == "hook" && fields.size() <= kHookFields + 1) {
      fields.resize(kHookFields + 1);
      description.hooks.push_back({fields[1], fields[2], fields[3] == "1", fields[4], fields[5], fields[6]});
    } else {
      return unknown();
    }
  }
  if (!configured || description.fingerprint.empty()) return unknown();
  return description;
}

std::string fingerprint(const SensorOptions& options, const pl_config& config,
                        const std::string& cgroup2_path) {
  pl_config settings = config;
  settings.hash_key[0] = settings.hash_key[1] = settings.runtime_actor = 0;
  settings.tasks_by_address = 0;
  const Sizes sizes = sizes_here(options);
  std::size_t bytes = 0;
  const auto* object = static_cast<const char*>(plimsoll_bpf__elf_bytes(&bytes));
  std::string all(object, bytes);
  all.append(reinterpret_cast<const char*>(&settings), sizeof(settings));
  for (const std::uint32_t size :
       {sizes.cpus, sizes.ring_bytes, sizes.urgent_bytes, sizes.slots, sizes.verdicts})
    all += "\n" + std::to_string(size);
  all += "\n" + options.btf_path + "\n" + options.alternative + "\n" + cgroup2_path;
  return hex(stable_hash(all));
}

Result<void> pin_state(const Pins& pins, const LiveParts& parts, const PinnedDescription& description) {
  std::vector<std::pair<std::string, int>> all;
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, parts.skeleton->obj) all.emplace_back(map_name(map), bpf_map__fd(map));
  for (const LoadedProgram& program : parts.programs->all())
    all.emplace_back(program_name(program.name), program.fd.get());
  for (std::size_t cpu = 0; cpu < parts.rings->of_cpus().size(); cpu++)
    all.emplace_back(ring_name(cpu), parts.rings->of_cpus()[cpu].get());
  for (std::size_t i = 0; i < parts.attached.links.size(); i++)
    all.emplace_back(link_name(i), bpf_link__fd(parts.attached.links[i].get()));
  for (const auto& [name, fd] : all) {
    if (auto pinned = pins.pin(name, fd); !pinned) return pinned;
  }
  return pin_description(pins, description);
}

namespace {

Result<LiveParts> take_over_described(const Pins& pins, const SensorOptions& options,
                                      PinnedDescription description) {
  LiveParts parts;
  parts.options = options;
  parts.config = description.config;
  parts.attached.status = std::move(description.hooks);
  parts.skeleton = Skeleton(plimsoll_bpf__open());
  if (!parts.skeleton) return fail("cannot open the BPF object: " + error_text(errno));
  const auto descriptor = [&](const std::string& program) { return pins.open(program_name(program)); };
  parts.programs = std::make_unique<Programs>(parts.skeleton->obj, descriptor);
  if (auto taken = take_maps(pins, *parts.skeleton); !taken) return std::unexpected(taken.error());
  auto shared = take_shared(bpf_map__fd(parts.skeleton->maps.bss));
  if (!shared) return std::unexpected(shared.error());
  parts.shared = std::move(*shared);
  auto links = take_links(pins);
  if (!links) return std::unexpected(links.error());
  parts.attached.links = std::move(*links);
  const auto& maps = parts.skeleton->maps;
  auto rings = take_rings(pins, bpf_map__fd(maps.urgent), bpf_map__fd(maps.answers));
  if (!rings) return std::unexpected(rings.error());
  parts.rings = std::move(*rings);
  auto slots = SlotTable::map(bpf_map__fd(parts.skeleton->maps.slots), parts.config.slots);
  if (!slots) return std::unexpected(slots.error());
  parts.slots = std::move(*slots);
  parts.pins = pins;
  parts.predecessor = Predecessor::taken_over;
  return parts;
}

}  // namespace

Result<std::optional<LiveParts>> take_over(const Pins& pins, const SensorOptions& options,
                                           const std::string& fingerprint) {
  if (pins.names("").empty()) return std::nullopt;
  auto description = read_description(pins);
  if (!description && description.error().message == kUnknownForm) return std::nullopt;  // another version's
  if (!description) return std::unexpected(description.error());
  if (description->fingerprint != fingerprint) return std::nullopt;
  auto parts = take_over_described(pins, options, std::move(*description));
  if (!parts) return std::unexpected(parts.error());
  return std::move(*parts);
}

namespace {

// Unpins what is pinned there.
Result<RetiredState> unpin(const Pins& pins) {
  const Fd urgent = pins.open("map_urgent");
  RetiredState state{
      .any = static_cast<bool>(urgent), .self_test = self_test_of(pins), .lost = lost_by(pins)};
  auto rings = urgent ? take_rings(pins, urgent.get(), -1) : fail("no rings are pinned there");
  if (auto cleared = pins.clear(); !cleared) return std::unexpected(cleared.error());
  if (rings) state.rings = std::move(*rings);
  return state;
}

Result<Pins> retired_folder(const Pins& pins) {
  return Pins::at(pins.path(kRetired));
}

}  // namespace

Result<bool> retire(const Pins& pins) {
  std::error_code error;
  const bool before = fs::exists(pins.path(kRetired), error);
  if (pins.names("").empty()) return before;
  const auto folder = retired_folder(pins);
  if (!folder) return std::unexpected(folder.error());
  if (!folder->names("").empty()) {
    if (const auto ended = unpin(pins); !ended) return std::unexpected(ended.error());
    return true;
  }
  if (const auto moved = pins.move_to(*folder); !moved) return std::unexpected(moved.error());
  return true;
}

Result<RetiredState> end_retired(const Pins& pins) {
  std::error_code error;
  if (!fs::exists(pins.path(kRetired), error)) return RetiredState{};
  const auto folder = retired_folder(pins);
  if (!folder) return std::unexpected(folder.error());
  auto ended = unpin(*folder);
  fs::remove(folder->folder(), error);
  return ended;
}

Result<std::uint64_t> end_pinned_sensor(const std::string& folder) {
  const auto pins = Pins::at(folder);
  if (!pins) return std::unexpected(pins.error());
  std::uint64_t unread = 0;
  const auto count = [&](const RetiredState& state) {
    const auto one = [&](std::span<const std::byte> /*record*/) { ++unread; };
    while (state.rings) {
      if (const auto found = state.rings->consume(one); !found || !found->any) break;
    }
  };
  const auto before = end_retired(*pins);
  if (!before) return std::unexpected(before.error());
  count(*before);
  const auto ended = unpin(*pins);
  if (!ended) return std::unexpected(ended.error());
  count(*ended);
  if (!ended->any && !before->any) return fail("nothing is pinned in " + folder);
  return unread;
}

}  // namespace plimsoll
