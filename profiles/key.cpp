// Keys of profiles and the file names made of them.
#include "profiles/key.h"

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

ProfileKey key_of(const Profile& profile) {
  return {profile.lineage, profile.image_id};
}

ProfileKey key_of(const Container& container) {
  return {{container.repository, container.role.empty() ? "default" : container.role},
          container.image_id.empty() ? container.image : container.image_id};
}

Profile profile_for(const Container& container) {
  Profile profile;
  ProfileKey key = key_of(container);
  profile.lineage = std::move(key.lineage);
  profile.image_id = std::move(key.image);
  note_image(profile, container);
  return profile;
}

void note_image(Profile& profile, const Container& container) {
  if (!container.manifest.empty()) profile.manifests.insert(container.manifest);
  // An image known only by its id ("sha256:...") has no tag.
  if (container.image.starts_with("sha256:")) return;
  if (std::string tag = tag_of(container.image); !tag.empty()) profile.tags.insert(std::move(tag));
}

std::string file_name(const ProfileKey& key) {
  // NUL stands in none of the three, so different keys make different texts.
  std::string text = key.lineage.repository;
  text += '\0';
  text += key.lineage.role;
  text += '\0';
  text += key.image;
  return hex(stable_hash(text)) + ".toml";
}

std::string file_name(const Profile& profile) {
  return file_name(key_of(profile));
}

}  // namespace plimsoll
