// What a profile belongs to: a lineage, and in it one image.
#pragma once

#include <string>

#include "agent/core/container.h"
#include "profiles/profile.h"

namespace plimsoll {

struct ProfileKey {
  Lineage lineage;
  std::string image;  ///< config digest; where the runtime does not tell, the image as it is named
  auto operator<=>(const ProfileKey&) const = default;
};

ProfileKey key_of(const Profile&);
ProfileKey key_of(const Container&);

/// A profile of that container's image with nothing in it yet but its names.
Profile profile_for(const Container&);
/// Adds the container's tag and manifest digest to the image's attributes.
void note_image(Profile&, const Container&);

/// "<16 hex digits>.toml", from the key alone: nothing that an image's author chose stands in a file name.
std::string file_name(const ProfileKey&);
std::string file_name(const Profile&);

}  // namespace plimsoll
