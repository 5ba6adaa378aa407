#include "tests/kernel/arena.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace plimsoll::kernel_test {
namespace {

namespace fs = std::filesystem;

const std::string kCgroupName = "plimsoll-test-";

[[noreturn]] void give_up(const std::string& what) {
  std::perror(what.c_str());
  _exit(125);
}

void check(bool ok, const std::string& what) {
  if (!ok) throw std::runtime_error(what + ": " + std::strerror(errno));
}

}  // namespace

Sensor& sensor() {
  static const std::unique_ptr<Sensor> instance = [] {
    const char* alternative = std::getenv("PLIMSOLL_ALTERNATIVE");  // of the attach plan: fexit, kprobe, raw
    SensorOptions options;
    if (alternative != nullptr) options.alternative = alternative;
    auto opened = open_sensor(options);
    if (!opened) {
      std::fprintf(stderr, "cannot open the sensor: %s\n", opened.error().message.c_str());
      std::exit(1);
    }
    return std::move(*opened);
  }();
  return *instance;
}

bool attached_by(const std::string& hook, const std::string& way) {
  return std::ranges::any_of(sensor().hooks(), [&](const HookStatus& status) {
    return status.hook == hook && status.way == way && status.attached;
  });
}

void drain(const std::function<void(KernelEvent)>& each) {
  const auto ours_only = [&](KernelEvent e) {
    const auto* made = std::get_if<CgroupMade>(&e);
    if (!made || made->path.find(kCgroupName) != std::string::npos) {
      each(std::move(e));
    } else if (const auto let_go = sensor().dismiss(made->slot); !let_go) {  // somebody else's
      throw std::runtime_error(let_go.error().message);
    }
  };
  for (;;) {
    const auto n = sensor().poll(std::chrono::milliseconds(0), ours_only);
    if (!n || *n == 0) return;
  }
}

Arena::Arena() {
  char name[] = "/tmp/plimsoll-arena-XXXXXX";
  check(mkdtemp(name) != nullptr, "mkdtemp");
  directory_ = name;
  try {
    make_root();
    make_cgroup();
  } catch (...) {  // no destructor will run
    clean_up();
    throw;
  }
}

void Arena::make_root() {
  for (const char* d : {"lower", "upper", "work", "root"}) fs::create_directory(directory_ + "/" + d);
  const std::string lower = directory_ + "/lower";
  for (const char* d : {"mnt", "tmp", "run", "proc", "dev"}) fs::create_directory(lower + "/" + d);
  fs::permissions(lower + "/tmp", fs::perms::all);
  for (const char* f : {"trigger", "image-file", "setuid-root"})
    fs::copy_file(PLIMSOLL_TRIGGER, lower + "/" + f);
#if defined(PLIMSOLL_TRIGGER32)
  fs::copy_file(PLIMSOLL_TRIGGER32, lower + "/trigger32");
#endif
  check(chmod((lower + "/setuid-root").c_str(), 04755) == 0, "chmod setuid-root");
  fs::create_symlink("/trigger", lower + "/other-name");
  std::ofstream(lower + "/script.sh") << "#!/trigger nothing\n";
  fs::permissions(lower + "/script.sh", fs::perms(0755));
  root_ = directory_ + "/root";
  const std::string options =
      "lowerdir=" + lower + ",upperdir=" + directory_ + "/upper,workdir=" + directory_ + "/work";
  check(mount("overlay", root_.c_str(), "overlay", 0, options.c_str()) == 0, "mounting an overlay");
}

void Arena::make_cgroup() {
  cgroup_ = sensor().hierarchy().mount_point + "/" + kCgroupName + fs::path(directory_).filename().string();
  drain([](const KernelEvent&) {});
  check(mkdir(cgroup_.c_str(), 0755) == 0, "mkdir " + cgroup_);
  drain([&](const KernelEvent& e) {
    if (const auto* m = std::get_if<CgroupMade>(&e); m && cgroup_.ends_with(m->path)) made_ = *m;
  });
  slot_ = made_.slot;
  if (!slot_) throw std::runtime_error("the sensor did not see " + cgroup_ + " being made");
  if (auto named = sensor().name(slot_, 1); !named) throw std::runtime_error(named.error().message);
}

Arena::~Arena() {
  clean_up();
}

void Arena::clean_up() const {
  std::ifstream procs(cgroup_ + "/cgroup.procs");
  for (int pid = 0; procs >> pid;) kill(pid, SIGKILL);
  for (int i = 0; i < 200 && rmdir(cgroup_.c_str()) != 0 && errno == EBUSY; i++) usleep(10'000);
  umount2(root_.c_str(), MNT_DETACH);
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

void Arena::child(const std::vector<std::string>& argv) const {
  const int procs = open((cgroup_ + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC);
  if (procs < 0 || write(procs, "0", 1) != 1) give_up("joining the cgroup");
  if (unshare(CLONE_NEWNS | CLONE_NEWNET) != 0) give_up("unshare");
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) give_up("making mounts private");
  if (chdir(root_.c_str()) != 0 || mount("proc", "proc", "proc", 0, nullptr) != 0) give_up("mounting proc");
  if (mount(".", "/", nullptr, MS_MOVE, nullptr) != 0) give_up("moving the root");  // as switch_root(8) does
  if (chroot(".") != 0) give_up("chroot");
  std::vector<char*> args;
  for (const auto& a : argv) args.push_back(const_cast<char*>(a.c_str()));
  args.push_back(nullptr);
  char* const environment[] = {nullptr};
  execve(args[0], args.data(), environment);
  give_up("execve " + argv[0]);
}

int Arena::run_to_its_end(const std::vector<std::string>& argv) {
  const pid_t pid = fork();
  check(pid >= 0, "fork");
  if (pid == 0) child(argv);
  int status = -1;
  check(waitpid(pid, &status, 0) == pid, "waitpid");
  return status;
}

int Arena::leave(const std::string& what) {
  return run_to_its_end({"/trigger", what});
}

void Arena::rewrite(const std::string& path) const {
  const std::string file = root_ + path;
  fs::copy_file(file, file + ".new");
  fs::rename(file + ".new", file);
}

Recording Arena::trigger(const std::string& what) {
  return run({"/trigger", what});
}

Recording Arena::run(const std::vector<std::string>& argv) {
  Recording result;
  const auto keep = [&](KernelEvent e) {
    if (auto* a = std::get_if<Activity>(&e)) {
      if (a->slot == slot_) result.activities.push_back(std::move(*a));
    } else {
      result.others.push_back(std::move(e));
    }
  };
  result.status = run_to_its_end(argv);
  drain(keep);  // events are submitted by the task itself, before it ends
  return result;
}

}  // namespace plimsoll::kernel_test
