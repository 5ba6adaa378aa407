// What a profile belongs to: a lineage; and which of its images a container runs.
#pragma once

#include <string>

#include "agent/core/clock.h"
#include "agent/core/container.h"
#include "profiles/profile.h"

namespace plimsoll {

Lineage lineage_of(const Container&);
/// The config digest; where the runtime does not tell, the image as it is named.
const std::string& image_of(const Container&);

/// An empty profile of that container's lineage.
Profile profile_for(const Container&);
/// A container of the lineage was seen at `now`: its image is one of the lineage's generations, and its tag
/// and manifest digest are that image's attributes. An image that was not there before descends from the
/// newest.
void note_image(Profile&, const Container&, WallNs now);

/// "<16 hex digits>.toml", from the lineage alone: nothing that an image's author chose stands in a file
/// name.
std::string file_name(const Lineage&);
/// Likewise, "<16 hex digits>.operator.toml": what was decided about it.
std::string decisions_file_name(const Lineage&);

}  // namespace plimsoll
