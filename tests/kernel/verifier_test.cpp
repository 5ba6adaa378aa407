// How much the verifier had to look at, for each program of this kernel's ways: printed, so that
// tests/vm/run.sh can hold it against its table.
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>

#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <string>

#include "tests/kernel/arena.h"

namespace plimsoll::kernel_test {
namespace {

/// The program's whole name: the kernel's own is cut off after fifteen bytes, its function's in BTF is not.
std::string name_of(int fd, const bpf_prog_info& info) {
  bpf_func_info function{};
  bpf_prog_info asked{};
  asked.nr_func_info = 1;
  asked.func_info_rec_size = sizeof(function);
  asked.func_info = reinterpret_cast<std::uintptr_t>(&function);
  std::uint32_t size = sizeof(asked);
  if (bpf_obj_get_info_by_fd(fd, &asked, &size) != 0) return info.name;
  const std::unique_ptr<btf, decltype(&btf__free)> types(btf__load_from_kernel_by_id(info.btf_id),
                                                         &btf__free);
  const btf_type* type = types ? btf__type_by_id(types.get(), function.type_id) : nullptr;
  const char* name = type != nullptr ? btf__name_by_offset(types.get(), type->name_off) : nullptr;
  return name != nullptr ? name : info.name;
}

TEST(Verifier, SaysHowMuchItLookedAt) {
  sensor();
  std::map<std::string, std::uint32_t> programs;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const int fd = std::stoi(entry.path().filename().string());
    std::error_code gone;  // the directory's own descriptor
    if (std::filesystem::read_symlink(entry.path(), gone) != "anon_inode:bpf-prog") continue;
    bpf_prog_info info{};
    std::uint32_t size = sizeof(info);
    ASSERT_EQ(bpf_obj_get_info_by_fd(fd, &info, &size), 0);
    programs[name_of(fd, info)] = info.verified_insns;
  }
  EXPECT_TRUE(programs.contains("on_exec"));
  for (const auto& [name, looked_at] : programs) {
    EXPECT_GT(looked_at, 0U) << name;
    std::cout << "verified " << name << " " << looked_at << "\n";
  }
}

}  // namespace
}  // namespace plimsoll::kernel_test
