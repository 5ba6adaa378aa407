// A BPF file system of a test's own.
#pragma once

#include <sys/mount.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace plimsoll::kernel_test {

class BpfFolder {
 public:
  BpfFolder() {
    char name[] = "/tmp/plimsoll-bpf-XXXXXX";
    if (mkdtemp(name) == nullptr) throw std::runtime_error(std::string("mkdtemp: ") + std::strerror(errno));
    path_ = name;
    if (mount("bpf", name, "bpf", 0, "mode=0700") != 0)
      throw std::runtime_error(std::string("mounting a BPF file system: ") + std::strerror(errno));
  }
  BpfFolder(const BpfFolder&) = delete;
  BpfFolder& operator=(const BpfFolder&) = delete;
  ~BpfFolder() {
    umount2(path_.c_str(), MNT_DETACH);
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace plimsoll::kernel_test
