// One of each record, with nothing left at its default.
#pragma once

#include <string>
#include <vector>

#include "agent/capture/records.h"

namespace plimsoll::capture {

inline Activity sample_activity() {
  Activity a;
  a.time = 1'800'000'000'123'456'789;
  a.slot = 4'000'000'000;
  a.cgroup = {1, ~std::uint64_t{0}};
  a.since_start_ns = 5;
  a.hook = "exec";
  a.behaviour.phase = Phase::setup;
  a.behaviour.actor = "/bin/\xff\x80\x1b[2J";
  a.behaviour.object = ExecObject{"/tmp/\n\"x\\", "x", "/a.sh", Origin::modified, "uid 0"};
  a.behaviour.outcome = Outcome::failed;
  a.process = {.pid = 1,
               .tid = 2,
               .ppid = 3,
               .start_ns = 4,
               .comm = "c",
               .exe = "/e",
               .argv = {"a", "", std::string("z\0z", 3)},
               .argv_truncated = true,
               .cwd = "/w",
               .before = {.uid = 1, .euid = 2, .effective = ~std::uint64_t{0}},
               .creds = {.gid = 5, .ambient = 7, .user_ns = 9},
               .mnt_ns = 10,
               .pid_ns = 11,
               .net_ns = 12,
               .ancestors = {{1, "/init"}, {2, ""}}};
  a.evidence = {.filename = "x",
                .stdin_kind = StdinKind::null,
                .stdout_socket = true,
                .secure_exec = true,
                .loader_variables = true,
                .actor_not_from_image = true,
                .address = Address{1, 2, 255},
                .flags = 1,
                .result = -13,
                .syscall = "setuid",
                .compat = true,
                .truncated = true};
  a.lost_before = 3;
  return a;
}

inline Container sample_container() {
  Container c;
  c.id = "1f2e";
  c.name = "web \xe2\x82\xac";
  c.role = "default";
  c.repository = "shop/web";
  c.image = "shop/web:1";
  c.pod = "p";
  c.sandbox = c.unnamed = true;
  return c;
}

inline std::vector<Record> samples() {
  Begin begin{.version = kVersion,
              .time = 5,
              .host = {"h", "c", {{"zone", "a"}}},
              .config = "[agent]\n",
              .paused = true};
  begin.classes = {Action::exec, Action::ns};
  auto other = sample_activity();
  other.behaviour.object = ConnectObject{"tcp", "public", 443};
  other.evidence.address.reset();
  return {begin,
          Baseline{"x = 1\n"},
          Decided{"y = 2\n"},
          Appeared{1, -5, 7, true, 9, sample_container()},
          Removed{1, 2},
          Departed{3},
          Acted{sample_activity(), ~Kind{0}},
          Acted{other, 0},
          Acted{},
          Tick{1},
          Drain{2},
          Finish{3},
          Flushed{},
          Counts{{{1, 2, 3, 4}, {5, 6, 7, 8}}},
          Counts{},
          Lost{"1f2e", {{"ring_full", 3}}},
          Configured{"z"},
          Paused{true},
          Paused{false},
          Ended{},
          Broken{"why"},
          Joined{"x = 2\n"}};
}

}  // namespace plimsoll::capture
