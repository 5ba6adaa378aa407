// The contract's schema, byte for byte, and hostile bytes in every place.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "agent/alerts/alerts.h"
#include "tests/unit/alerts/sample.h"

namespace plimsoll::test {
namespace {

using Json = nlohmann::json;

TEST(ToJson, IsTheContractsSchema) {
  Alert a = sample_alert();
  a.id = "9c41";
  a.fingerprint = "07be";
  EXPECT_EQ(
      to_json(a),
      R"({"schema":"1.0","time":"2026-03-01T09:14:07.123456789Z","id":"9c41","fingerprint":"07be","incident":null,)"
      R"("update":false,"rule":"drift.not_from_image","severity":"high","mode":"active",)"
      R"("message":"nginx started /tmp/x, which is not in the image",)"
      R"("host":{"name":"ip-10-0-1-7","cluster":"prod","labels":{"zone":"a"}},)"
      R"("container":{"id":"c1","name":"web","role":"web","runtime":"containerd",)"
      R"("image":"registry.example/shop/web:1.42.0","image_id":"sha256:3f1c","pod":"web-7d9","namespace":"shop",)"
      R"("task":null},)"
      R"("process":{"pid":4711,"exe":"/tmp/x","argv":["./x"],"uid":101,)"
      R"("ancestors":[{"pid":4000,"exe":"/usr/sbin/nginx"}]},)"
      R"("behaviour":{"phase":"steady","actor":"/usr/sbin/nginx","action":"exec",)"
      R"("object":{"path":"/tmp/x","as":"x","origin":"upper_new"}},)"
      R"("baseline":{"state":"stable","predicted_new_behaviours_per_day":0.4,"nearest":null,"differs":[]},)"
      R"("evidence":{"called_as":"./x"},"lost_events":0,)"
      R"("attack":{"tactics":["TA0002"],"techniques":["T1059"]},"confidence":0.97,"count":1,)"
      R"("runbook":"Find out who wrote the file."})");
}

TEST(ToJson, WhatDiffersFromTheUsual) {
  Alert a = sample_alert();
  a.mode = AlertMode::shadow;
  a.incomplete = a.update = true;
  a.stands_for = StandsFor::many;
  a.count = 12;
  a.lost_events = 3;
  a.process.argv_truncated = true;
  a.behaviour.object = MountObject{"mount", "proc", "proc", "/mnt"};
  a.behaviour.outcome = Outcome::failed;
  a.baseline.nearest =
      Behaviour{Phase::startup, "/usr/sbin/nginx", ConnectObject{"tcp", "private", 5432}, Outcome::attempt};
  a.baseline.nearest->pattern = true;
  a.baseline.differs = {"phase", "dest"};
  a.baseline.predicted_new_behaviours_per_day = {};
  const Json j = Json::parse(to_json(a));
  EXPECT_EQ(j["mode"], "shadow");
  EXPECT_EQ(j["incomplete"], true);
  EXPECT_EQ(j["folded"], true);
  EXPECT_EQ(j["update"], true);
  EXPECT_EQ(j["count"], 12);
  EXPECT_EQ(j["lost_events"], 3);
  EXPECT_EQ(j["process"]["exe"], "/usr/sbin/nginx");
  EXPECT_EQ(j["process"]["argv_truncated"], true);
  EXPECT_EQ(j["behaviour"]["outcome"], "failed");
  EXPECT_EQ(j["behaviour"]["object"],
            Json::parse(R"({"op":"mount","fs":"proc","source":"proc","target":"/mnt"})"));
  EXPECT_EQ(j["baseline"]["nearest"],
            Json::parse(R"({"phase":"startup","actor":"/usr/sbin/nginx","action":"connect",
      "object":{"proto":"tcp","dest":"private","port":5432},"pattern":true})"));
  EXPECT_EQ(j["baseline"]["differs"], Json::parse(R"(["phase","dest"])"));
  EXPECT_EQ(j["baseline"]["predicted_new_behaviours_per_day"], nullptr);
}

TEST(ToJson, WithoutAContainer) {
  Alert a = sample_alert();
  a.container = nullptr;
  EXPECT_EQ(Json::parse(to_json(a))["container"], nullptr);
}

TEST(ToJson, HostileBytesAreEscapedEverywhere) {
  const std::string evil = "a\n\x1b\xff\xe2\x80\xae\"\\b";
  const std::string safe = "a\\x0a\\x1b\\xff\\xe2\\x80\\xae\"\\x5cb";
  Alert a = sample_alert();
  auto c = std::make_shared<Container>();
  c->id = c->name = c->role = c->runtime = c->image = c->image_id = c->pod = c->pod_namespace = c->ecs_task =
      evil;
  a.container = c;
  a.host = {evil, evil, {{evil, evil}}};
  a.process.argv = {evil};
  a.process.ancestors = {{1, evil}};
  a.behaviour.actor = evil;
  a.behaviour.object = ExecObject{evil, evil, evil, Origin::image, evil};
  a.baseline.nearest = a.behaviour;
  const std::string line = to_json(a);
  EXPECT_EQ(line.find_first_of("\n\x1b\xff\xe2"), std::string::npos);
  const Json j = Json::parse(line);
  for (const char* key : {"id", "name", "role", "runtime", "image", "image_id", "pod", "namespace", "task"}) {
    EXPECT_EQ(j["container"][key], safe) << key;
  }
  EXPECT_EQ(j["host"]["labels"][safe], safe);
  EXPECT_EQ(j["process"]["argv"][0], safe);
  EXPECT_EQ(j["process"]["exe"], safe);
  EXPECT_EQ(j["process"]["ancestors"][0]["exe"], safe);
  EXPECT_EQ(j["behaviour"]["actor"], safe);
  EXPECT_EQ(j["behaviour"]["object"]["script"], safe);
  EXPECT_EQ(j["baseline"]["nearest"], j["behaviour"]);
}

}  // namespace
}  // namespace plimsoll::test
