// The reference page in deploy/ is what the table of keys makes.
#include "agent/config/reference.h"

#include <gtest/gtest.h>

#include "tests/unit/generated_docs.h"

namespace plimsoll {
namespace {

TEST(ReferencePage, IsWhatTheTableMakes) {
  test::expect_generated_file(PLIMSOLL_FIXTURES "/../../deploy/configuration.md", configuration_page());
}

}  // namespace
}  // namespace plimsoll
