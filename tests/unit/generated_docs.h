// Pages that are made from a registry: a test compares what is in the tree with what the registry says, and
// writes it instead when PLIMSOLL_REWRITE_DOCS is set.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

namespace plimsoll::test {

inline std::string file_text(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// The whole file is `expected`, or becomes it.
inline void expect_generated_file(const std::string& path, const std::string& expected) {
  if (std::getenv("PLIMSOLL_REWRITE_DOCS") != nullptr) std::ofstream(path) << expected;
  EXPECT_EQ(file_text(path), expected) << path
                                       << " is out of date; run this test with PLIMSOLL_REWRITE_DOCS=1 to "
                                          "rewrite it";
}

/// What stands between "<!-- generated: NAME -->" and "<!-- end -->" is `expected`, or becomes it.
inline void expect_generated_part(const std::string& path, const std::string& name,
                                  const std::string& expected) {
  const std::string text = file_text(path);
  const std::string begin = "<!-- generated: " + name + " -->\n";
  const std::size_t start = text.find(begin);
  ASSERT_NE(start, std::string::npos) << path << " has no line " << begin;
  const std::size_t end = text.find("<!-- end -->", start);
  ASSERT_NE(end, std::string::npos) << path << ": no <!-- end --> after " << begin;
  expect_generated_file(path, text.substr(0, start + begin.size()) + expected + text.substr(end));
}

}  // namespace plimsoll::test
