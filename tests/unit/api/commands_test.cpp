// The table of commands and its contract, agent/api/api.md.
#include "agent/api/commands.h"

#include <gmock/gmock.h>

#include <fstream>
#include <set>
#include <string>

namespace plimsoll::api {
namespace {

/// The first column of the table of commands.
std::set<std::string> documented() {
  std::ifstream file(PLIMSOLL_FIXTURES "/../../agent/api/api.md");
  std::set<std::string> out;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("| `")) {
      out.insert(line.substr(3, line.find('`', 3) - 3));
    }
  }
  return out;
}

TEST(ApiCommands, EachIsDocumentedAndNothingElseIs) {
  std::set<std::string> registered;
  for (const auto& command : commands()) {
    EXPECT_TRUE(registered.insert(command.name).second) << command.name << " stands twice";
  }
  EXPECT_EQ(documented(), registered);
}

}  // namespace
}  // namespace plimsoll::api
