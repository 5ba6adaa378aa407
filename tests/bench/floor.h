// Programs that do nothing, attached where the sensor's are.
#pragma once

#include <memory>
#include <string>

namespace plimsoll::bench {

class Floor {
 public:
  /// Attaches those of the way (fexit, kprobe, raw). Throws std::runtime_error when one cannot be.
  Floor(const std::string& way, const std::string& cgroup2_path);
  Floor(const Floor&) = delete;
  Floor& operator=(const Floor&) = delete;
  ~Floor();

 private:
  struct Attached;
  std::unique_ptr<Attached> attached_;
};

}  // namespace plimsoll::bench
