// Names of addresses: whose answers count, how long they hold, and what they make of connects.
#include "agent/engine/dns_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/engine/fakes.h"

namespace plimsoll {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace plimsoll::testing;

constexpr WallNs kMinute = 60 * kNsPerSecond, kHour = 60 * kMinute;
const Address kResolver = *address_from("10.0.0.2"), kOther = *address_from("10.0.0.3");
const Address kDocker = *address_from("127.0.0.11");

Container configured(const std::vector<Address>& resolvers = {kResolver}) {
  Container out = *container("a");
  out.resolvers = resolvers;
  return out;
}

DnsAnswer answer(const std::string& name, const std::vector<std::string>& addresses, WallNs time = kNow,
                 std::uint32_t ttl = 30) {
  DnsAnswer out{.time = time, .slot = 1, .from = kResolver, .loopback = false, .reply = {name, {}, ttl}};
  for (const auto& address : addresses) out.reply.addresses.push_back(*address_from(address));
  return out;
}

Activity connect(const std::string& address, WallNs time = kNow, std::uint32_t number = 1) {
  Activity out = exec(1, "/bin/a", number);
  out.time = time;
  out.evidence.address = address_from(address);
  out.behaviour.object = ConnectObject{"tcp", std::string(destination_class(*out.evidence.address)), 443};
  return out;
}

class DnsCacheTest : public ::testing::Test {
 protected:
  std::string dest(const std::string& address, WallNs time = kNow, std::uint32_t number = 1) {
    auto activity = connect(address, time, number);
    names.apply(activity, who);
    return std::get<ConnectObject>(activity.behaviour.object).dest;
  }
  std::vector<Key> learn(const DnsAnswer& a) { return names.learn(a, &who); }

  DnsCache names{{}};
  Container who = configured();
};

TEST_F(DnsCacheTest, AConnectGoesToTheNameThatWasAskedFor) {
  learn(answer("db.test", {"10.9.8.7", "1.2.3.4"}));
  EXPECT_EQ(dest("10.9.8.7"), "dns:db.test");
  EXPECT_EQ(dest("1.2.3.4"), "dns:db.test");
  EXPECT_EQ(dest("1.2.3.5"), "public");
}

TEST_F(DnsCacheTest, SlotsAreApart) {
  learn(answer("db.test", {"1.2.3.4"}));
  auto others = connect("1.2.3.4");
  others.slot = 2;
  names.apply(others, who);
  EXPECT_EQ(std::get<ConnectObject>(others.behaviour.object).dest, "public");
}

TEST_F(DnsCacheTest, OnlyConfiguredResolversAreBelieved) {
  auto forged = answer("db.test", {"1.2.3.4"});
  forged.from = kOther;
  learn(forged);
  EXPECT_EQ(dest("1.2.3.4"), "public");
  // Nobody knew whose it was when it came.
  names.learn(forged, nullptr);
  EXPECT_EQ(dest("1.2.3.4"), "public");
  learn(answer("db.test", {"1.2.3.5"}));
  EXPECT_EQ(names.counts().not_believed, 1U);
  EXPECT_EQ(names.counts().used, 2U);
}

TEST_F(DnsCacheTest, WhatCameOverLoopbackMayBeTheContainersOwn) {
  auto spoofed = answer("db.test", {"1.2.3.4"});
  spoofed.loopback = true;
  learn(spoofed);
  who.resolvers = {kDocker};
  auto own = answer("db.test", {"1.2.3.4"});
  own.from = kDocker;
  learn(own);
  EXPECT_EQ(dest("1.2.3.4"), "public");

  names = DnsCache({kDocker});
  own.loopback = true;
  learn(own);
  EXPECT_EQ(dest("1.2.3.4"), "dns:db.test") << "the configuration vouches for it";
}

TEST_F(DnsCacheTest, CredentialsAndLoopbackKeepTheirClass) {
  learn(answer("db.test", {"169.254.169.254", "127.0.0.1", "169.254.170.2"}));
  EXPECT_EQ(dest("169.254.169.254"), "imds");
  EXPECT_EQ(dest("127.0.0.1"), "loopback");
  EXPECT_EQ(dest("169.254.170.2"), "ecs-credentials");
  EXPECT_EQ(names.size(), 0U);
}

TEST_F(DnsCacheTest, ANameEndsAnHourAfterItsLastUse) {
  learn(answer("db.test", {"1.2.3.4"}));
  EXPECT_THAT(names.expire(kNow + 59 * kMinute), IsEmpty());
  EXPECT_EQ(dest("1.2.3.4", kNow + 59 * kMinute), "dns:db.test");
  EXPECT_THAT(names.expire(kNow + 90 * kMinute), IsEmpty());
  KeyCount count{.kind = key_of_number(1),
                 .slot = 1,
                 .more = 5,
                 .last_seen = kNow + 100 * kMinute,
                 .address = address_from("1.2.3.4")};
  names.apply(count, who);
  EXPECT_NE(count.kind, key_of_number(1));
  EXPECT_THAT(names.expire(kNow + 155 * kMinute), IsEmpty());
  // The kernel side must tell of the next one: it is not known by that name any more.
  EXPECT_THAT(names.expire(kNow + 161 * kMinute), ElementsAre(key_of_number(1)));
  EXPECT_EQ(dest("1.2.3.4", kNow + 162 * kMinute), "public");
}

TEST_F(DnsCacheTest, ALongTtlHoldsForADayAtMost) {
  learn(answer("db.test", {"1.2.3.4"}, kNow, UINT32_MAX));
  names.expire(kNow + 23 * kHour);
  EXPECT_EQ(names.size(), 1U);
  names.expire(kNow + 25 * kHour);
  EXPECT_EQ(names.size(), 0U);
}

TEST_F(DnsCacheTest, AnotherNameOfAnAddressIsJudgedOnce) {
  learn(answer("a.test", {"1.2.3.4"}));
  EXPECT_EQ(dest("1.2.3.4", kNow, 1), "dns:a.test");
  EXPECT_EQ(dest("1.2.3.4", kNow, 2), "dns:a.test");
  EXPECT_THAT(learn(answer("b.test", {"1.2.3.4"})), ElementsAre(key_of_number(1), key_of_number(2)));
  EXPECT_EQ(dest("1.2.3.4", kNow, 1), "dns:b.test");
  EXPECT_THAT(learn(answer("a.test", {"1.2.3.4"})), IsEmpty()) << "both are known to be its names";
  EXPECT_THAT(learn(answer("b.test", {"1.2.3.4"})), IsEmpty());
}

TEST_F(DnsCacheTest, KindsAreOfTheirName) {
  learn(answer("a.test", {"1.2.3.4", "1.2.3.5"}));
  learn(answer("b.test", {"1.2.3.6"}));
  auto one = connect("1.2.3.4"), same = connect("1.2.3.5"), other = connect("1.2.3.6");
  for (auto* activity : {&one, &same, &other}) names.apply(*activity, who);
  EXPECT_EQ(one.kind, same.kind);
  EXPECT_NE(one.kind, other.kind);
  EXPECT_NE(one.kind, key_of_number(1));
  EXPECT_EQ(one.key, key_of_number(1)) << "the kernel's own";
}

TEST_F(DnsCacheTest, AFloodPushesOutItsOwn) {
  names = DnsCache({}, {.of_slot = 3, .in_all = 5});
  learn(answer("mine.test", {"1.2.3.4"}));
  dest("1.2.3.4");
  auto flood = answer("x.test", {"2.0.0.1", "2.0.0.2", "2.0.0.3", "2.0.0.4"});
  flood.slot = 2;
  EXPECT_THAT(names.learn(flood, &who), IsEmpty());
  EXPECT_EQ(names.size(), 4U);
  EXPECT_EQ(dest("1.2.3.4"), "dns:mine.test");
  EXPECT_THAT(learn(answer("x.test", {"3.0.0.1", "3.0.0.2", "3.0.0.3"})), ElementsAre(key_of_number(1)))
      << "what was judged by a name that is gone is evaluated again";
  EXPECT_EQ(dest("1.2.3.4"), "public");
  EXPECT_EQ(names.counts().displaced, 1U + 2U) << "of the flood, and of the slot that came after it";
  names.forget({2});
  names.forget({1});
  EXPECT_EQ(names.size(), 0U);
}

TEST_F(DnsCacheTest, WhatIsKeptIsWhatTheNextAgentKnows) {
  learn(answer("a.test", {"1.2.3.4", "10.9.8.7"}));
  learn(answer("b.test", {"1.2.3.4"}));
  const auto text = to_text({{"a", names.kept(1)}});
  const auto kept = saved_dns_names_from(text);
  ASSERT_TRUE(kept) << kept.error().message;
  EXPECT_EQ(*kept, (SavedDnsNames{{"a", names.kept(1)}}));

  names = DnsCache({});
  names.restore(7, kept->at("a"), kNow + kMinute);
  auto later = connect("1.2.3.4");
  later.slot = 7;
  names.apply(later, who);
  EXPECT_EQ(std::get<ConnectObject>(later.behaviour.object).dest, "dns:b.test");
  names = DnsCache({});
  names.restore(7, kept->at("a"), kNow + 2 * kHour);
  EXPECT_EQ(names.size(), 0U) << "it has ended";
}

TEST(SavedDnsNamesText, WhatIsWrongIsNamed) {
  EXPECT_TRUE(saved_dns_names_from("")->empty());
  for (const char* line :
       {"x", "a\t1.2.3.4\t10.0.0.2\tnetwork\t5", "a\tx\t10.0.0.2\tnetwork\t5\tdb.test",
        "a\t1.2.3.4\t10.0.0.2\tair\t5\tdb.test", "a\t1.2.3.4\t10.0.0.2\tnetwork\tsoon\tdb.test",
        "a\t1.2.3.4\t10.0.0.2\tnetwork\t5\t"}) {
    const auto kept = saved_dns_names_from("a\t1.2.3.4\t10.0.0.2\tnetwork\t5\tdb.test\n" + std::string(line));
    ASSERT_FALSE(kept) << line;
    EXPECT_THAT(kept.error().message, HasSubstr("line 2: not a kept name; accepted: ")) << line;
  }
}

// From here on as the engine uses them.
class NamedDestinations : public ::testing::Test {
 protected:
  NamedDestinations() {
    config.learning.mode = LearningMode::learn;
    engine = std::move(
        *Engine::make(sensor, config, {"host", "", {}}, test_detectors(),
                      {.resolve = [](Containers::ResolveRequest) {},
                       .alert = [this](const Alert& alert) { alerts.push_back(alert); },
                       .save = [](Profile) {},
                       .save_names = [this](SavedDnsNames names) { kept = std::move(names); },
                       .log = [this](LogLevel, std::string_view line) { log += std::string(line) + "\n"; }}));
    engine->tick(kNow);
    auto who = std::make_shared<Container>(*container("a"));
    who->resolvers = {kResolver};
    client = who;
  }
  void detect() {
    config.learning.mode = LearningMode::detect;
    ASSERT_TRUE(engine->configure(config));
    engine->tick(kNow + kMinute);
    alerts.clear();
  }
  std::vector<std::string> learned() const {
    std::vector<std::string> out;
    const auto profiles = engine->profiles();
    for (const auto& [behaviour, entry] : profiles.at(0).profile.behaviours)
      out.push_back(std::get<ConnectObject>(behaviour.object).dest);
    return out;
  }

  FakeSensor sensor;
  Config config = default_config();
  std::vector<Alert> alerts;
  SavedDnsNames kept;
  std::string log;
  ContainerPtr client;
  std::unique_ptr<Engine> engine;
};

TEST_F(NamedDestinations, AnAnswerCountsEvenBeforeItsContainerIsKnown) {
  engine->on_event(made(1, "/a"));
  engine->on_event(answer("db.test", {"1.2.3.4"}));
  engine->on_event(connect("1.2.3.4"));
  engine->on_resolved(1, client, kNow);
  EXPECT_THAT(learned(), ElementsAre("dns:db.test"));
}

TEST_F(NamedDestinations, WhoseAnswersAreNotBelievedIsSaidOnce) {
  engine->on_event(made(1, "/a"));
  engine->on_resolved(1, client, kNow);
  for (const auto* name : {"a.test", "b.test"}) {
    auto other = answer(name, {"1.2.3.4"});
    other.from = kOther;
    engine->on_event(other);
  }
  EXPECT_THAT(log, HasSubstr("gets DNS answers from 10.0.0.3, which is not one of its configured resolvers"));
  EXPECT_EQ(log.find("is answered by"), log.rfind("is answered by"));
  EXPECT_EQ(engine->report().names.not_believed, 2U);
}

TEST_F(NamedDestinations, AnotherAddressOfAKnownNameIsNothingNewAndAnotherNameIs) {
  engine->on_event(made(1, "/a"));
  engine->on_resolved(1, client, kNow);
  engine->on_event(answer("db.test", {"1.2.3.4"}));
  engine->on_event(connect("1.2.3.4"));
  detect();
  engine->on_event(answer("db.test", {"1.2.3.99"}));
  engine->on_event(connect("1.2.3.99", kNow, 2));
  EXPECT_THAT(alerts, IsEmpty());
  engine->on_event(answer("evil.test", {"6.6.6.6"}));
  engine->on_event(connect("6.6.6.6", kNow, 3));
  ASSERT_THAT(alerts, SizeIs(1));
  EXPECT_EQ(std::get<ConnectObject>(alerts[0].behaviour.object).dest, "dns:evil.test");
  engine->on_event(connect("6.6.6.7", kNow, 4));
  EXPECT_THAT(alerts, SizeIs(2)) << "an address without a name";
}

TEST_F(NamedDestinations, CountsGoToTheNameTheyWereJudgedBy) {
  engine->on_event(made(1, "/a"));
  engine->on_resolved(1, client, kNow);
  engine->on_event(answer("db.test", {"1.2.3.4"}));
  engine->on_event(connect("1.2.3.4"));
  sensor.next_counts = {{.kind = key_of_number(1),
                         .slot = 1,
                         .more = 7,
                         .last_seen = kNow + kMinute,
                         .address = address_from("1.2.3.4")}};
  engine->drain_counts(kNow + kMinute);
  EXPECT_EQ(engine->report().totals.unknown_counts, 0U);
  const auto profile = engine->profiles().at(0).profile;
  EXPECT_EQ(profile.behaviours.begin()->second.shares.at("host").count, 8U);
}

TEST_F(NamedDestinations, WhatWasJudgedByAnotherNameIsToldAnew) {
  engine->on_event(made(1, "/a"));
  engine->on_resolved(1, client, kNow);
  engine->on_event(answer("db.test", {"1.2.3.4"}));
  engine->on_event(connect("1.2.3.4"));
  engine->on_event(answer("cdn.test", {"1.2.3.4"}));
  EXPECT_THAT(sensor.forgotten_keys, ElementsAre(key_of_number(1)));
  engine->on_event(connect("1.2.3.4"));
  EXPECT_THAT(learned(), ElementsAre("dns:cdn.test", "dns:db.test"));
}

TEST_F(NamedDestinations, AreKeptForTheNextAgent) {
  engine->on_event(made(1, "/a"));
  engine->on_resolved(1, client, kNow);
  engine->on_event(answer("db.test", {"1.2.3.4"}));
  engine->tick(kNow + 61 * kNsPerSecond);
  ASSERT_THAT(kept, SizeIs(1));
  const auto before = std::exchange(kept, {});
  engine->tick(kNow + 130 * kNsPerSecond);
  EXPECT_THAT(kept, IsEmpty()) << "nothing has changed";

  engine->on_event(made(2, "/b"));
  engine->load_names(before);
  engine->on_event([] {
    auto early = connect("1.2.3.4");
    early.slot = 2;
    return early;
  }());
  engine->on_resolved(2, client, kNow);
  EXPECT_THAT(learned(), ElementsAre("dns:db.test"));
}

// As those that were learned before there were names.
TEST_F(NamedDestinations, AProfileWithoutNamesGoesByTheClass) {
  engine->on_event(made(1, "/a"));
  engine->on_resolved(1, client, kNow);
  engine->on_event(connect("1.2.3.4"));
  EXPECT_THAT(learned(), ElementsAre("public"));
  detect();
  engine->on_event(answer("new.test", {"1.2.3.5", "10.0.0.9"}));
  engine->on_event(connect("1.2.3.5", kNow, 2));
  EXPECT_THAT(alerts, IsEmpty());
  engine->on_event(connect("10.0.0.9", kNow, 3));
  ASSERT_THAT(alerts, SizeIs(1));
  EXPECT_EQ(std::get<ConnectObject>(alerts[0].behaviour.object).dest, "dns:new.test") << "the alert names it";
}

}  // namespace
}  // namespace plimsoll
