// The demo's own container: a small image of busybox, started by runc, with a way in for the attacks.
#pragma once

#include <string>

#include "agent/core/result.h"

namespace plimsoll {

class DemoContainer {
 public:
  static constexpr const char* kImage = "plimsoll.example/demo/shop:1.0";

  /// Everything is made below `directory`, which is the caller's to remove after this has been destroyed.
  DemoContainer(std::string directory, std::string id);
  DemoContainer(const DemoContainer&) = delete;
  DemoContainer& operator=(const DemoContainer&) = delete;
  /// Ends the container, unmounts its root and removes its cgroups.
  ~DemoContainer();

  /// Builds the image and the bundle, and starts the container.
  Result<void> start();
  /// Has the container's own shell run a script, as a hole in the service would.
  Result<void> intrude(const std::string& script) const;
  /// An error with what it said when the container has ended.
  [[nodiscard]] Result<void> alive() const;

  /// Where runc keeps its state, for [identity] runtimes.
  [[nodiscard]] std::string runtime_state() const { return directory_ + "/runc"; }
  /// Without overlay, the image's files can't be told from those that were added.
  [[nodiscard]] bool overlay() const { return overlay_; }
  [[nodiscard]] const std::string& id() const { return id_; }

 private:
  [[nodiscard]] Result<void> build_image() const;
  void mount_root();
  [[nodiscard]] Result<void> write_bundle() const;

  std::string directory_, id_;
  std::string image_, bundle_, rootfs_, log_;
  bool overlay_ = false, started_ = false;
};

}  // namespace plimsoll
