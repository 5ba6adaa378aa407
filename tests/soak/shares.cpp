// Shares of real profiles, as hosts of a fleet would have learned them: tests/fixtures/profiles is made by
// this. Each host watches some replicas of every service for a part of a capture of tests/soak. What the
// runtime does in setup is left out: it names paths of the host. Usage: soak_shares CAPTURE DIRECTORY
#include <zlib.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "agent/engine/engine.h"
#include "agent/replay/replay.h"
#include "profiles/toml_codec.h"
#include "tests/soak/excerpt.h"

namespace {

using namespace plimsoll;

struct Wanted {
  const char* name;
  const char* host;
  std::string_view replicas;  ///< how its containers' names end: one digit each
  std::uint64_t seconds;      ///< from the beginning of the capture on; 0: all of it
};
/// Of one host at two times, too: its counts have only grown.
constexpr Wanted kShares[] = {
    {"a", "host-a", "12", 120}, {"a-later", "host-a", "12", 900}, {"b", "host-b", "345", 0}};

Result<std::map<Lineage, Profile>> learned(const std::string& capture) {
  auto reader = capture::Reader::open(capture);
  if (!reader) return std::unexpected(reader.error());
  std::map<Lineage, Profile> out;
  const auto watch = [&](const Engine& engine, WallNs) {
    for (auto& report : engine.profiles()) out[report.profile.lineage] = std::move(report.profile);
  };
  const auto done =
      replay(*reader, {.detectors = all_detectors(), .profile = {}, .watch = watch}, [](const Alert&) {});
  if (!done) return std::unexpected(done.error());
  return out;
}

Result<void> write(const Profile& profile, const std::string& path) {
  const std::string text = to_toml(profile);
  const gzFile file = gzopen(path.c_str(), "wb9");
  if (file == nullptr) return fail(path + ": cannot be made");
  const bool written = gzwrite(file, text.data(), static_cast<unsigned>(text.size())) > 0;
  return gzclose(file) == Z_OK && written ? Result<void>{} : fail(path + ": cannot be written");
}

Result<void> make(const Wanted& share, const std::string& capture, const std::string& part,
                  const std::string& to) {
  const auto made = testing::excerpt(
      capture, part,
      {.host = share.host, .seconds = share.seconds, .setup = false, .keep = [&](const Container& one) {
         return share.replicas.contains(one.name.back());
       }});
  if (!made) return made;
  const auto profiles = learned(part);
  if (!profiles) return std::unexpected(profiles.error());
  for (const auto& [lineage, profile] : *profiles) {
    const std::string name = lineage.repository.substr(lineage.repository.rfind('/') + 1);
    if (auto written = write(profile, to + "/" + name + "-" + share.name + ".toml.gz"); !written)
      return written;
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr,
                 "usage: soak_shares CAPTURE DIRECTORY; a capture of tests/soak/run.sh --capture CAPTURE\n");
    return 2;
  }
  std::string directory = std::filesystem::temp_directory_path() / "shares-XXXXXX";
  if (mkdtemp(directory.data()) == nullptr) return 1;
  int code = 0;
  for (const Wanted& share : kShares) {
    if (const auto made = make(share, argv[1], directory + "/" + share.name, argv[2]); !made) {
      std::fprintf(stderr, "%s\n", made.error().message.c_str());
      code = 1;
    }
  }
  std::filesystem::remove_all(directory);
  return code;
}
