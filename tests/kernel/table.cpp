#include "tests/kernel/table.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <vector>

namespace plimsoll::kernel_test {
namespace {

struct Row {
  std::string hook, trigger, asserted;
  bool passed;
};

class Table : public testing::Environment {
 public:
  std::vector<Row> rows;
  void TearDown() override {
    if (rows.empty()) return;
    std::printf("\n%-8s %-20s %-6s %s\n", "HOOK", "TRIGGER", "RIGHT", "ASSERTED");
    for (const Row& r : rows)
      std::printf("%-8s %-20s %-6s %s\n", r.hook.c_str(), r.trigger.c_str(), r.passed ? "yes" : "NO",
                  r.asserted.c_str());
  }
};

Table* const table = static_cast<Table*>(testing::AddGlobalTestEnvironment(new Table));

}  // namespace

void add_row(const std::string& hook, const std::string& trigger, const std::string& asserted, bool passed) {
  table->rows.push_back({hook, trigger, asserted, passed});
}

}  // namespace plimsoll::kernel_test
