#include "agent/sensor/attach/load.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>
#include <set>
#include <sstream>
#include <utility>

#include "agent/core/fd.h"
#include "agent/sensor/attach/attach_plan.h"
#include "agent/sensor/maps/sizes.h"
#include "plimsoll.skel.h"

namespace plimsoll {
namespace {

constexpr std::string_view kKernelBtf = "/sys/kernel/btf/vmlinux";

// Drops the messages of libbpf: our errors say what matters, and a verifier log has thousands of lines.
int silence(libbpf_print_level /*level*/, const char* /*format*/, va_list /*args*/) {
  return 0;
}

std::string why_refused(int error) {
  if (error == -EPERM)
    return "refused by the kernel (EPERM): needs CAP_BPF and CAP_PERFMON and CAP_NET_ADMIN, or CAP_SYS_ADMIN";
  if (error == -EACCES) return "refused by the verifier (EACCES)";
  return error_text(error);
}

// The programs that the agent runs itself; the others are in the attach plan.
constexpr std::string_view kOwn[] = {"find_host_root", "adopt_cgroup", "name_slot",
                                     "set_startup",    "forget_slot",  "set_known",
                                     "forget_key",     "read_ticks",   "join_slot"};

constexpr auto kUnixConnect = static_cast<bpf_attach_type>(49);  // BPF_CGROUP_UNIX_CONNECT, since 6.7

bool is_own(std::string_view program) {
  return std::ranges::find(kOwn, program) != std::end(kOwn);
}

using Wanted = std::function<bool(std::string_view program)>;

Result<Skeleton> open_skeleton(const SensorOptions& options, const pl_config& config, const Wanted& wanted) {
  bpf_object_open_opts open_options{};
  open_options.sz = sizeof(open_options);
  if (!options.btf_path.empty()) open_options.btf_custom_path = options.btf_path.c_str();
  Skeleton skeleton(plimsoll_bpf__open_opts(&open_options));
  if (!skeleton) return fail("cannot open the BPF object: " + error_text(errno));
  std::memcpy(const_cast<pl_config*>(&skeleton->rodata->config), &config, sizeof(config));
  set_sizes(*skeleton, sizes_here(options), config);
  // This libbpf does not know the section's name, as kernels before 6.7 do not know the place.
  bpf_program__set_type(skeleton->progs.on_connect_unix, BPF_PROG_TYPE_CGROUP_SOCK_ADDR);
  bpf_program__set_expected_attach_type(skeleton->progs.on_connect_unix, kUnixConnect);
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, skeleton->obj)
      bpf_program__set_autoload(program, wanted(bpf_program__name(program)));
  return skeleton;
}

// 0, or the error with which these programs alone do not load.
int trial_load(const SensorOptions& options, const pl_config& config, const Wanted& programs) {
  auto skeleton = open_skeleton(options, config, programs);
  return skeleton ? plimsoll_bpf__load(skeleton->get()) : -EINVAL;
}
int trial_load(const SensorOptions& options, const pl_config& config, std::string_view name) {
  return trial_load(options, config, [&](std::string_view program) { return program == name; });
}

// Why the kernel does not take that alternative; empty if it does.
std::string trial_attach(const SensorOptions& options, const pl_config& config, const PlannedProgram& row) {
  auto skeleton = open_skeleton(options, config, [&](std::string_view p) { return p == row.probe; });
  if (!skeleton) return skeleton.error().message;
  if (const int error = plimsoll_bpf__load(skeleton->get()))
    return "refused by the kernel (" + error_text(error) + ")";
  return try_attaching(find_program(**skeleton, row.probe), row);
}

// Programs at functions that this kernel does not have: there is nothing to watch for them.
std::set<std::string> without_target(const plimsoll_bpf& skeleton) {
  std::set<std::string> result;
  const std::unique_ptr<btf, decltype(&btf__free)> kernel(btf__load_vmlinux_btf(), &btf__free);
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, skeleton.obj) {
    const std::string section = bpf_program__section_name(program);
    const bool module_hook = section.starts_with("lsm/");
    const bool at_function = section.starts_with("fexit/") || section.starts_with("fentry/") || module_hook;
    const std::string function = (module_hook ? "bpf_lsm_" : "") + section.substr(section.find('/') + 1);
    if (kernel && at_function && btf__find_by_name_kind(kernel.get(), function.c_str(), BTF_KIND_FUNC) < 0)
      result.emplace(bpf_program__name(program));
  }
  return result;
}

void add_status(std::vector<HookStatus>& status, const ChosenRow& row, const std::string& error) {
  std::istringstream hooks{std::string(row.plan->hooks)};
  for (std::string hook; hooks >> hook;) {
    status.push_back(
        {hook, std::string(row.plan->way), error.empty(), error, blind_to(*row.plan, hook), row.passed_over});
  }
}

// Why the kernel does not take the row's programs; empty when it does.
std::string trial_row(const SensorOptions& options, const pl_config& config, const PlannedProgram& row,
                      const std::set<std::string>& nothing_to_watch) {
  const int error = trial_load(options, config, [&](std::string_view program) {
    return belongs(program, row) && !nothing_to_watch.contains(std::string(program));
  });
  return error == 0 ? "" : why_refused(error);
}

// True where cgroup programs may not read task storage (before 6.18): the state of threads is then stored
// elsewhere.
bool keeps_by_address(const SensorOptions& options, pl_config config) {
  config.tasks_by_address = 0;
  return trial_load(options, config, "on_connect4") != 0;
}

// Leaves out the rows that the chosen alternative does not need, and sets what depends on it: whether unseen
// changes of ids are looked for, and where the state of threads is stored.
void finish_config(const SensorOptions& options, pl_config& config, std::vector<ChosenRow>& rows) {
  config.notices = in_use(rows, "capable") ? 1 : 0;
  std::vector<ChosenRow> needed;
  std::ranges::copy_if(rows, std::back_inserter(needed),
                       [&](const ChosenRow& row) { return is_needed(*row.plan, rows); });
  rows = std::move(needed);
  const bool by_cgroup =
      std::ranges::any_of(rows, [](const ChosenRow& row) { return row.plan->kind == AttachKind::cgroup2; });
  config.tasks_by_address = by_cgroup && keeps_by_address(options, config) ? 1 : 0;
}

bool wanted(const std::vector<ChosenRow>& rows, std::string_view program) {
  return is_own(program) ||
         std::ranges::any_of(rows, [&](const ChosenRow& row) { return belongs(program, *row.plan); });
}

}  // namespace

void SkeletonDeleter::operator()(plimsoll_bpf* s) const {
  plimsoll_bpf__destroy(s);
}
Result<void> check_btf(const std::string& path) {
  const std::string file = path.empty() ? std::string(kKernelBtf) : path;
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    return fail(
        "kernel BTF " + file + " cannot be read (" + error_text(errno) +
        "): the kernel must be built with CONFIG_DEBUG_INFO_BTF, as those of distributions usually are");
  }
  unsigned char magic[2] = {};
  in.read(reinterpret_cast<char*>(magic), sizeof(magic));
  if (!in || magic[0] != 0x9f || magic[1] != 0xeb) {
    return fail("kernel BTF " + file +
                " is empty or is no BTF: expected the types of the running kernel (CONFIG_DEBUG_INFO_BTF)");
  }
  return {};
}

bpf_program* find_program(plimsoll_bpf& skeleton, std::string_view name) {
  return bpf_object__find_program_by_name(skeleton.obj, std::string(name).c_str());
}

Result<Skeleton> load_programs(const SensorOptions& options, pl_config& config, std::vector<ChosenRow>& rows,
                               std::vector<HookStatus>& refused) {
  libbpf_set_print(silence);
  auto chosen = choose_rows(options.alternative,
                            [&](const PlannedProgram& row) { return trial_attach(options, config, row); });
  if (!chosen) return std::unexpected(chosen.error());
  rows = *chosen;
  finish_config(options, config, rows);
  auto none = open_skeleton(options, config, [](std::string_view) { return false; });
  if (!none) return none;
  const auto nothing_to_watch = without_target(**none);
  const auto load = [&]() -> Result<Skeleton> {
    auto skeleton = open_skeleton(options, config, [&](std::string_view program) {
      return wanted(rows, program) && !nothing_to_watch.contains(std::string(program));
    });
    if (!skeleton) return skeleton;
    if (const int error = plimsoll_bpf__load(skeleton->get())) return fail(why_refused(error));
    return skeleton;
  };
  if (auto all = load()) return all;

  for (const std::string_view own : kOwn) {
    if (const int error = trial_load(options, config, own))
      return fail("cannot load the BPF program " + std::string(own) + ": " + why_refused(error));
  }
  // Row by row; where one of an alternative's programs is refused, the next alternative stands in.
  std::string last_error;
  std::vector<ChosenRow> taken;
  std::vector<std::pair<ChosenRow, std::string>> left_out;
  rows = std::move(*chosen);
  config.tasks_by_address = keeps_by_address(options, config) ? 1 : 0;
  while (!rows.empty()) {
    const ChosenRow row = rows.front();
    rows.erase(rows.begin());
    const std::string error = trial_row(options, config, *row.plan, nothing_to_watch);
    if (error.empty()) {
      taken.push_back(row);
    } else if (const auto next = next_alternative(row, error);
               next.plan != nullptr && options.alternative.empty()) {
      rows.push_back(next);
    } else {
      left_out.emplace_back(row, error + last_resort(*row.plan));
      last_error = error;
    }
  }
  for (const auto& [row, error] : left_out)
    if (is_needed(*row.plan, taken)) add_status(refused, row, error);
  rows = std::move(taken);
  finish_config(options, config, rows);
  if (rows.empty()) return fail("the kernel takes none of the BPF programs: " + last_error);
  auto some = load();
  if (!some) return fail("cannot load the BPF programs together: " + some.error().message);
  return some;
}

Attached attach_programs(plimsoll_bpf& skeleton, const std::vector<ChosenRow>& rows,
                         const std::string& cgroup2_path, std::vector<HookStatus> refused) {
  Attached result{{}, std::move(refused)};
  const Fd cgroup(open(cgroup2_path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  for (const ChosenRow& row : rows) {
    std::string error = attach_row(skeleton, *row.plan, cgroup.get(), result.links);
    if (!error.empty()) error += last_resort(*row.plan);
    add_status(result.status, row, error);
  }
  return result;
}

}  // namespace plimsoll
