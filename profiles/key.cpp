// Lineages, their images, and the file names made of them.
#include "profiles/key.h"

#include <algorithm>

#include "agent/core/hash.h"

namespace plimsoll {
namespace {

/// "1.42.0" of "registry.example:5000/shop/web:1.42.0@sha256:...": what follows the last colon behind the
/// last slash.
std::string tag_of(const std::string& image) {
  const std::string named = image.substr(0, image.find('@'));
  const std::size_t slash = named.rfind('/');
  const std::size_t colon = named.rfind(':');
  if (colon == std::string::npos || (slash != std::string::npos && colon < slash)) return {};
  return named.substr(colon + 1);
}

}  // namespace

Lineage lineage_of(const Container& container) {
  return {container.repository, container.role.empty() ? "default" : container.role};
}

const std::string& image_of(const Container& container) {
  return container.image_id.empty() ? container.image : container.image_id;
}

Profile profile_for(const Container& container) {
  Profile profile;
  profile.lineage = lineage_of(container);
  return profile;
}

void note_image(Profile& profile, const Container& container, WallNs now) {
  const std::string parent = profile.generations.empty() ? std::string{} : newest(profile)->first;
  const auto [at, added] = profile.generations.try_emplace(image_of(container));
  Generation& image = at->second;
  if (added) {
    image.parent = parent;
    image.began = whole_seconds(now);
  }
  image.last_seen = std::max(image.last_seen, whole_seconds(now));
  if (!container.manifest.empty()) image.manifests.insert(container.manifest);
  // An image known only by its id ("sha256:...") has no tag.
  if (container.image.starts_with("sha256:")) return;
  if (std::string tag = tag_of(container.image); !tag.empty()) image.tags.insert(std::move(tag));
}

namespace {

std::string hash_of(const Lineage& lineage) {
  // NUL stands in neither, so different lineages make different texts.
  std::string text = lineage.repository;
  text += '\0';
  text += lineage.role;
  return hex(stable_hash(text));
}

}  // namespace

std::string file_name(const Lineage& lineage) {
  return hash_of(lineage) + ".toml";
}

std::string decisions_file_name(const Lineage& lineage) {
  return hash_of(lineage) + ".operator.toml";
}

}  // namespace plimsoll
