#include "agent/sensor/seed/proc_task.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace plimsoll {
namespace {

using std::string_literals::operator""s;

TEST(ActorOf, APlainProgram) {
  EXPECT_EQ(actor_of("/usr/sbin/nginx", "nginx", "nginx: worker process\0"s), "/usr/sbin/nginx");
}

TEST(ActorOf, AnApplet) {
  EXPECT_EQ(actor_of("/bin/busybox", "sh", "/bin/sh\0-c\0true\0"s), "/bin/busybox:sh");
}

TEST(ActorOf, AnInterpreterByAnotherName) {
  EXPECT_EQ(actor_of("/usr/bin/python3.11", "python3", "python3\0-m\0http.server\0"s),
            "/usr/bin/python3.11:python3");
}

TEST(ActorOf, AScriptIsFoundByTheTasksName) {
  EXPECT_EQ(actor_of("/bin/busybox", "docker-entrypoi", "/bin/sh\0/docker-entrypoint.sh\0nginx\0"s),
            "/docker-entrypoint.sh");
  EXPECT_EQ(actor_of("/usr/bin/python3.11", "tool", "/usr/bin/python3\0-u\0/usr/bin/tool\0"s),
            "/usr/bin/tool");
}

TEST(ActorOf, ANameTheTaskGaveItself) {
  EXPECT_EQ(actor_of("/usr/bin/app", "io-worker", "app\0"s), "/usr/bin/app:io-worker");
}

TEST(ReadProcTask, AProcessThatHasGoneIsAnError) {
  EXPECT_FALSE(read_proc_task("/nonexistent", 1));
}

// As when it ends while it is read: the file opens, and a read of it fails.
TEST(ReadProcTask, WhatCannotBeReadIsEmpty) {
  const auto directory = std::filesystem::path(testing::TempDir()) / "plimsoll-proc-task-dir" / "7";
  std::filesystem::create_directories(directory / "status");
  std::filesystem::create_directories(directory / "stat");
  std::error_code ignored;
  std::filesystem::create_symlink("/bin/app", directory / "exe", ignored);
  const auto task = read_proc_task(directory.parent_path(), 7);
  std::filesystem::remove_all(directory.parent_path());
  ASSERT_TRUE(task) << task.error().message;
  EXPECT_EQ(task->start_tick, 0U);  // matches no process
}

TEST(ReadProcTask, WhenItStarted) {
  const auto directory = std::filesystem::path(testing::TempDir()) / "plimsoll-proc-task" / "7";
  std::filesystem::create_directories(directory);
  std::ofstream(directory / "stat") << "7 (a) name) S 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 4242 9 9\n";
  std::error_code ignored;
  std::filesystem::create_symlink("/bin/app", directory / "exe", ignored);
  const auto task = read_proc_task(directory.parent_path(), 7);
  std::filesystem::remove_all(directory.parent_path());
  ASSERT_TRUE(task) << task.error().message;
  EXPECT_EQ(task->start_tick, 4242U);
}

}  // namespace
}  // namespace plimsoll
