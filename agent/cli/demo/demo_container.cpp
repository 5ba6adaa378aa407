// The demo's own container.
#include "agent/cli/demo/demo_container.h"

#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <vector>

#include "agent/cli/demo/child.h"

namespace plimsoll {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// What the image does all day: a web server, and somebody who asks it. Whole paths, because Debian's busybox
// starts its applets through /proc/self/exe when it is given their bare names.
constexpr std::string_view kService = R"(#!/bin/sh
/bin/httpd -p 127.0.0.1:8080 -h /www
while :; do
  /bin/wget -q -O /dev/null http://127.0.0.1:8080/index.html
  /bin/date > /tmp/last
  /bin/cat /tmp/last > /dev/null
  # The hole in this service: whatever appears here is run.
  if [ -s /run/intruder ]; then . /run/intruder; : > /run/intruder; fi
  /bin/sleep 0.5
done
)";

// root without a password is what official Alpine images shipped with for years (CVE-2019-5021).
constexpr std::string_view kPasswd = "root::0:0:root:/root:/bin/sh\nshop:x:1000:1000:shop:/tmp:/bin/sh\n";

void write(const fs::path& path, std::string_view text, mode_t mode = 0644) {
  std::ofstream(path) << text;
  if (chmod(path.c_str(), mode) != 0)
    throw fs::filesystem_error("chmod", path, std::error_code(errno, std::generic_category()));
}

json oci_config(const std::string& id) {
  // Docker's default set, and CAP_SYS_ADMIN: one capability too many, as is so often the case.
  const std::vector<std::string> capabilities{"CAP_CHOWN",      "CAP_DAC_OVERRIDE", "CAP_FOWNER",
                                              "CAP_FSETID",     "CAP_KILL",         "CAP_SETGID",
                                              "CAP_SETUID",     "CAP_SETPCAP",      "CAP_NET_BIND_SERVICE",
                                              "CAP_SYS_CHROOT", "CAP_AUDIT_WRITE",  "CAP_SYS_ADMIN"};
  json namespaces = json::array();
  for (const auto* type : {"pid", "network", "ipc", "uts", "mount", "cgroup"})
    namespaces.push_back({{"type", type}});
  return {{"ociVersion", "1.0.2"},
          {"hostname", "shop"},
          {"root", {{"path", "rootfs"}, {"readonly", false}}},
          {"annotations", {{"org.opencontainers.image.ref.name", DemoContainer::kImage}}},
          {"process",
           {{"terminal", false},
            {"user", {{"uid", 1000}, {"gid", 1000}}},
            {"args", {"/bin/sh", "/app/serve.sh"}},
            {"env", {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/tmp"}},
            {"cwd", "/"},
            {"noNewPrivileges", false},
            {"capabilities", {{"bounding", capabilities}, {"permitted", capabilities}}}}},
          {"mounts",
           {{{"destination", "/proc"}, {"type", "proc"}, {"source", "proc"}},
            {{"destination", "/dev"},
             {"type", "tmpfs"},
             {"source", "tmpfs"},
             {"options", {"nosuid", "strictatime", "mode=755", "size=65536k"}}}}},
          {"linux", {{"cgroupsPath", "/plimsoll-demo/" + id}, {"namespaces", namespaces}}}};
}

/// Removes the directory /plimsoll-demo/ID in every hierarchy: runc leaves the parent behind.
void remove_cgroups(const std::string& id) {
  std::ifstream mounts("/proc/self/mounts");
  for (std::string device, mount_point, type, rest;
       mounts >> device >> mount_point >> type && std::getline(mounts, rest);) {
    if (type != "cgroup" && type != "cgroup2") continue;
    const auto parent = mount_point.append("/plimsoll-demo");
    rmdir(std::string(parent).append("/").append(id).c_str());
    rmdir(parent.c_str());  // refused while another demo runs
  }
}

}  // namespace

DemoContainer::DemoContainer(std::string directory, std::string id)
    : directory_(std::move(directory)),
      id_(std::move(id)),
      image_(directory_ + "/image"),
      bundle_(directory_ + "/bundle"),
      rootfs_(bundle_ + "/rootfs"),
      log_(directory_ + "/container.log") {}

DemoContainer::~DemoContainer() {
  if (started_) {
    const auto removed = run_program({"runc", "--root", runtime_state(), "delete", "--force", id_},
                                     directory_ + "/delete.log");
    if (!removed) std::cerr << "plimsoll: the demo's container is left: " << removed.error().message << '\n';
  }
  if (overlay_) umount2(rootfs_.c_str(), MNT_DETACH);
  remove_cgroups(id_);
}

Result<void> DemoContainer::start() {
  if (auto built = build_image(); !built) return built;
  mount_root();
  if (auto written = write_bundle(); !written) return written;
  started_ = true;
  return run_program({"runc", "--root", runtime_state(), "run", "--detach", "--bundle", bundle_, id_}, log_,
                     bundle_);
}

Result<void> DemoContainer::build_image() const try {
  const auto busybox = find_program("busybox");
  for (const auto* directory :
       {"/bin", "/app", "/www", "/etc", "/root", "/proc", "/dev", "/mnt", "/run", "/tmp"}) {
    fs::create_directories(image_ + directory);
  }
  for (const auto* directory : {"/run", "/tmp"}) {
    fs::permissions(image_ + directory, fs::perms::all | fs::perms::sticky_bit);
  }
  fs::copy_file(busybox, image_ + "/bin/busybox", fs::copy_options::overwrite_existing);
  for (const auto* applet : {"sh", "httpd", "wget", "date", "cat", "sleep", "cp", "mount", "nc"}) {
    fs::create_symlink("busybox", image_ + "/bin/" + applet);
  }
  // su has to be a file of its own: it is set-uid, and the others must not be.
  fs::copy_file(busybox, image_ + "/bin/su");
  if (chmod((image_ + "/bin/su").c_str(), 04755) != 0)
    return fail(std::string("chmod: ") + std::strerror(errno));
  write(image_ + "/app/serve.sh", kService, 0755);
  write(image_ + "/www/index.html", "<h1>A shop</h1>\n");
  write(image_ + "/etc/passwd", kPasswd);
  write(image_ + "/etc/group", "root:x:0:\nshop:x:1000:\n");
  return {};
} catch (const fs::filesystem_error& problem) {
  return fail(std::string("the demo's image cannot be built: ") + problem.what());
}

void DemoContainer::mount_root() {
  for (const auto* part : {"/upper", "/work", "/bundle/rootfs"}) fs::create_directories(directory_ + part);
  const std::string options =
      "lowerdir=" + image_ + ",upperdir=" + directory_ + "/upper,workdir=" + directory_ + "/work";
  overlay_ = ::mount("overlay", rootfs_.c_str(), "overlay", 0, options.c_str()) == 0;
  // A copy of the image does as well, only that no file can be told to be the image's.
  if (!overlay_) fs::copy(image_, rootfs_, fs::copy_options::recursive | fs::copy_options::copy_symlinks);
}

Result<void> DemoContainer::write_bundle() const {
  std::ofstream file(bundle_ + "/config.json");
  file << oci_config(id_).dump(2);
  return file.flush() ? Result<void>() : fail(bundle_ + "/config.json: cannot be written");
}

Result<void> DemoContainer::intrude(const std::string& script) const {
  const auto aside = rootfs_ + "/run/.intruder", target = rootfs_ + "/run/intruder";
  std::ofstream file(aside);
  file << script << '\n';
  if (!file.flush() || chown(aside.c_str(), 1000, 1000) != 0 ||
      std::rename(aside.c_str(), target.c_str()) != 0) {
    return fail(target + ": cannot be written: " + std::strerror(errno));
  }
  return {};
}

Result<void> DemoContainer::alive() const {
  const auto state = directory_ + "/state.log";
  const auto asked = run_program({"runc", "--root", runtime_state(), "state", id_}, state);
  if (asked && tail_of(state).find("\"running\"") != std::string::npos) return {};
  return fail("the demo's container has ended: " + tail_of(log_));
}

}  // namespace plimsoll
