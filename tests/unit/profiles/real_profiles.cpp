#include "tests/unit/profiles/real_profiles.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <array>
#include <filesystem>
#include <set>

#include "profiles/toml_codec.h"

namespace plimsoll {
namespace {

std::string unpacked(const std::filesystem::path& path) {
  std::string text;
  std::array<char, 65536> part{};
  const gzFile file = gzopen(path.c_str(), "rb");
  int read = file == nullptr ? -1 : 0;
  while (read >= 0 && (read = gzread(file, part.data(), part.size())) > 0) {
    text.append(part.data(), static_cast<std::size_t>(read));
  }
  EXPECT_EQ(read, 0) << path << " cannot be read";
  if (file != nullptr) gzclose(file);
  return text;
}

}  // namespace

std::map<Lineage, std::vector<RealProfile>> real_profiles() {
  std::set<std::filesystem::path> files;
  for (const auto& one : std::filesystem::directory_iterator(PLIMSOLL_FIXTURES "/profiles"))
    files.insert(one.path());
  std::map<Lineage, std::vector<RealProfile>> out;
  for (const auto& path : files) {
    std::string text = unpacked(path);
    auto profile = profile_from_toml(text, path.string());
    EXPECT_TRUE(profile) << (profile ? "" : profile.error().message);
    if (!profile) continue;
    auto& shares = out[profile->lineage];
    shares.push_back({path.filename().string(), std::move(text), std::move(*profile)});
  }
  return out;
}

}  // namespace plimsoll
