// A reload: whatever key of the table is changed, it takes effect or is reported as one that does not yet.
#include "agent/config/reload.h"

#include <gmock/gmock.h>

#include <set>

#include "agent/config/keys.h"

namespace plimsoll {
namespace {

using testing::ElementsAre;

/// The file that sets one key to its example.
std::string file_with(const ConfigKey& row) {
  return row.path() + " = " + std::string(row.key.example);
}

Config read(const std::string& text) {
  const auto config = parse_config(text, "p.toml");
  EXPECT_TRUE(config) << text << "\n" << config.error().message;
  return config.value_or(default_config());
}

TEST(EveryKey, IsReadWrittenAndFoundChanged) {
  const auto before = default_config();
  for (const auto& row : config_keys()) {
    SCOPED_TRACE(row.path());
    const auto after = read(file_with(row));
    const auto changed = changed_keys(before, after);
    ASSERT_EQ(changed.size(), 1U) << "its example must be accepted, and must not be the default";
    EXPECT_EQ(changed.front()->path(), row.path());
    EXPECT_TRUE(changed_keys(after, read(to_toml(after))).empty()) << to_toml(after);
    EXPECT_NE(to_toml(after), to_toml(before));
  }
}

TEST(EveryKey, TakesEffectAtAReloadOrIsReported) {
  const auto started = default_config();
  for (const auto& row : config_keys()) {
    SCOPED_TRACE(row.path());
    const auto after = read(file_with(row));
    auto running = started;
    take_reloaded(after, running);
    const bool in_effect = row.key.field->same(running, after);
    EXPECT_EQ(in_effect, row.takes_effect == TakesEffect::at_reload);
    EXPECT_EQ(changed_until_start(started, after), in_effect ? "" : row.path());
  }
}

TEST(EveryKey, IsDescribed) {
  for (const auto& row : config_keys()) {
    SCOPED_TRACE(row.path());
    EXPECT_TRUE(row.key.help.ends_with(".")) << "a sentence";
    EXPECT_FALSE(row.key.field->accepted().empty());
    EXPECT_FALSE(row.key.field->type().empty());
  }
}

/// Whether every member of a table within the configuration is compared, too.
template <typename Owner>
void expect_members_are_compared(const std::vector<KeyOf<Owner>>& keys) {
  for (const auto& changed : keys) {
    const auto file = read_toml("x = " + std::string(changed.example));
    ASSERT_TRUE(file) << changed.name;
    Problems problems("p.toml");
    Owner owner;
    changed.field->read({file->find("x")->value, "x", problems}, owner);
    EXPECT_FALSE(problems.first()) << problems.first()->message;
    for (const auto& key : keys) {
      EXPECT_EQ(key.field->same(Owner(), owner), key.name != changed.name) << changed.name;
    }
    EXPECT_FALSE(same_members(keys, Owner(), owner)) << changed.name;
  }
}

TEST(Reload, ComparesEveryMemberOfTheTablesWithin) {
  expect_members_are_compared(rule_keys());
  expect_members_are_compared(runtime_record().keys);
  expect_members_are_compared(exclusion_record().keys);
}

TEST(Reload, ReportsRuntimesThatAreAsManyButOthersAndAnotherHostRoot) {
  const auto running = read("identity.runtimes = [{ kind = \"docker\", state = \"/run/docker\" }]");
  const auto other = read("identity.runtimes = [{ kind = \"docker\", state = \"/run/rootless\" }]");
  EXPECT_EQ(changed_until_start(running, other), "identity.runtimes");
  EXPECT_EQ(changed_until_start(read(""), read("identity.host_root = \"/host\"")), "identity.host_root");
  EXPECT_EQ(changed_until_start(running, running), "");
}

TEST(Reload, KeepsWhetherLearningIsPausedWhichIsNoKey) {
  auto running = default_config();
  running.learning.paused = true;
  take_reloaded(default_config(), running);
  EXPECT_TRUE(running.learning.paused);
}

TEST(Reload, ReportsKeysInTheOrderOfTheTable) {
  std::vector<std::string> paths;
  for (const auto* row :
       changed_keys(default_config(), read("sensor.ring_kib = 64\nagent.cluster = \"a\""))) {
    paths.push_back(row->path());
  }
  EXPECT_THAT(paths, ElementsAre("agent.cluster", "sensor.ring_kib"));
}

TEST(EveryKey, HasAPathOfItsOwnAndStandsWithItsSection) {
  std::set<std::string> paths;
  std::set<std::string_view> sections;
  std::string_view section;
  for (const auto& row : config_keys()) {
    EXPECT_TRUE(paths.insert(row.path()).second) << row.path();
    EXPECT_TRUE(row.section == section || sections.insert(row.section).second) << row.path();
    section = row.section;
  }
}

}  // namespace
}  // namespace plimsoll
