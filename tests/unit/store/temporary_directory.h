// A directory of the test's own, removed at the end.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

namespace plimsoll {

class TemporaryDirectory : public testing::Test {
 protected:
  TemporaryDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "plimsoll-store-XXXXXX").string();
    path = mkdtemp(pattern.data()) == nullptr ? "" : pattern;
    EXPECT_FALSE(path.empty());
  }
  ~TemporaryDirectory() override { std::filesystem::remove_all(path); }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  [[nodiscard]] std::string at(const std::string& name) const { return path + "/" + name; }
  void write(const std::string& name, const std::string& text) const { std::ofstream(at(name)) << text; }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ifstream file(at(name));
    return {std::istreambuf_iterator<char>(file), {}};
  }
  [[nodiscard]] bool exists(const std::string& name) const {
    return std::filesystem::symlink_status(at(name)).type() != std::filesystem::file_type::not_found;
  }
  [[nodiscard]] std::set<std::string> names() const {
    std::set<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(path))
      found.insert(entry.path().filename().string());
    return found;
  }

  std::string path;
};

}  // namespace plimsoll
