// An alert for the tests: nginx started /tmp/x.
#pragma once

#include <memory>
#include <string>

#include "agent/core/alert.h"

namespace plimsoll::test {

inline Alert sample_alert(std::string container = "c1", std::string path = "/tmp/x") {
  Alert a;
  a.time = 1'772'356'447'123'456'789;
  a.severity = Severity::high;
  a.finding = {"drift.not_from_image",
               "nginx started " + path + ", which is not in the image",
               {{"called_as", "./x"}},
               {}};
  a.rule.id = "drift.not_from_image";
  a.rule.kind = RuleKind::profile;
  a.rule.severity = Severity::high;
  a.rule.confidence = 0.97;
  a.rule.next_step = "Find out who wrote the file.";
  a.rule.tactics = {"TA0002"};
  a.rule.techniques = {"T1059"};
  a.host = {"ip-10-0-1-7", "prod", {{"zone", "a"}}};
  auto c = std::make_shared<Container>();
  c->id = std::move(container);
  c->name = c->role = "web";
  c->runtime = "containerd";
  c->image = "registry.example/shop/web:1.42.0";
  c->repository = "registry.example/shop/web";
  c->image_id = "sha256:3f1c";
  c->pod = "web-7d9";
  c->pod_namespace = "shop";
  a.container = c;
  a.process.pid = 4711;
  a.process.exe = "/usr/sbin/nginx";
  a.process.argv = {"./x"};
  a.process.creds.uid = 101;
  a.process.ancestors = {{4000, "/usr/sbin/nginx"}};
  a.behaviour = {Phase::steady, "/usr/sbin/nginx",
                 ExecObject{std::move(path), "x", "", Origin::upper_new, ""}, Outcome::ok};
  a.baseline = {"stable", 0.4, {}, {}};
  return a;
}

}  // namespace plimsoll::test
