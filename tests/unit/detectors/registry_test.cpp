// Every rule's declaration is whole, and every detector's file is listed and tested.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/unit/detectors/acts.h"
#include "tests/unit/generated_docs.h"

namespace plimsoll::test {
namespace {

TEST(Registry, DeclarationsAreWhole) {
  const std::set<std::string_view> families = {"escalation", "cryptojacking", "drift", "integrity"};
  std::set<std::string_view> ids;
  for (const Detector& d : all_detectors()) {
    const Rule& r = d.rule;
    EXPECT_TRUE(ids.insert(r.id).second) << r.id << " twice";
    EXPECT_TRUE(families.contains(r.id.substr(0, r.id.find('.')))) << r.id;
    EXPECT_EQ(r.id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_."), std::string_view::npos)
        << r.id;
    EXPECT_GT(r.confidence, 0.0) << r.id;
    EXPECT_LT(r.confidence, 1.0) << r.id;
    for (const std::string_view text : {r.title, r.description, r.next_step})
      EXPECT_FALSE(text.empty()) << r.id;
    EXPECT_FALSE(r.tactics.empty()) << r.id;
    for (const std::string_view t : r.tactics) EXPECT_TRUE(t.starts_with("TA0") && t.size() == 6) << r.id;
    EXPECT_FALSE(r.techniques.empty()) << r.id;
    for (const std::string_view t : r.techniques) EXPECT_TRUE(t.starts_with("T1") && t.size() >= 5) << r.id;
    EXPECT_NE(d.detect, nullptr) << r.id;
  }
  EXPECT_FALSE(ids.empty());
}

// Files are compiled by being there; one that the registry does not list would never run.
TEST(Registry, EveryFileOfADetectorIsListedAndHasATest) {
  const std::filesystem::path root = PLIMSOLL_ROOT;
  std::set<std::string> from_files, listed;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root / "detectors")) {
    const std::filesystem::path& file = entry.path();
    if (file.extension() != ".cpp" || !file_text(file.string()).contains("string_view kId = ")) continue;
    const std::string family = file.parent_path().filename().string();
    from_files.insert(family + "." + file.stem().string());
    const auto test = root / "tests/unit/detectors" / family / (file.stem().string() + "_test.cpp");
    EXPECT_TRUE(std::filesystem::exists(test)) << "no " << test;
  }
  for (const Detector& d : all_detectors()) listed.emplace(d.rule.id);
  EXPECT_EQ(from_files, listed);
}

TEST(Registry, FindRule) {
  ASSERT_NE(find_rule("drift.fileless"), nullptr);
  EXPECT_EQ(find_rule("drift.fileless")->kind, RuleKind::hard);
  EXPECT_EQ(find_rule("drift.file"), nullptr);
  EXPECT_EQ(find_rule(""), nullptr);
}

}  // namespace
}  // namespace plimsoll::test
