// containerd's content store. https://github.com/opencontainers/image-spec/blob/v1.1.0/image-index.md
#include "agent/identity/content_store.h"

#include <sys/utsname.h>

#include "agent/identity/image_name.h"
#include "agent/identity/json.h"

namespace plimsoll {
namespace {

/// This host's architecture as images name it.
std::string architecture() {
  utsname host{};
  if (uname(&host) != 0) return {};
  std::string machine(host.machine);
  if (machine == "x86_64") return "amd64";
  if (machine == "aarch64") return "arm64";
  return machine;
}

Result<Json> read_blob(const HostFiles& files, const std::string& root, const std::string& digest) {
  if (!is_digest(digest)) return fail("'" + digest + "' is not a digest");
  const auto colon = digest.find(':');
  const auto text = files.read(root + "/io.containerd.content.v1.content/blobs/" + digest.substr(0, colon) +
                               "/" + digest.substr(colon + 1));
  if (!text) return std::unexpected(text.error());
  return Json::parse(*text);
}

}  // namespace

ImageDigests read_image_digests(const HostFiles& files, const std::string& root, const std::string& digest) {
  ImageDigests result{.manifest = digest, .config = {}};
  constexpr int kDepth = 3;  // an index may name an index
  for (int depth = 0; depth < kDepth; ++depth) {
    const auto blob = read_blob(files, root, result.manifest);
    if (!blob) return result;
    if (const auto config = blob->text({"config", "digest"}); is_digest(config)) {
      result.config = config;
      return result;
    }
    std::string chosen;
    for (const auto& manifest : blob->items({"manifests"})) {
      const bool fits = manifest.text({"platform", "os"}) == "linux" &&
                        manifest.text({"platform", "architecture"}) == architecture();
      if (fits || (chosen.empty() && !manifest.has({"platform"}))) chosen = manifest.text({"digest"});
      if (fits) break;
    }
    if (!is_digest(chosen)) return result;
    result.manifest = chosen;
  }
  return result;
}

}  // namespace plimsoll
