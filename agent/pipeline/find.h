// Which container or profile an operator means.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/core/result.h"
#include "agent/engine/profile_registry.h"
#include "agent/engine/report.h"

namespace plimsoll {

/// Those whose name or id it is, else those whose id begins with it; an empty one selects all. An error when
/// it names none.
Result<std::vector<ContainerReport>> find_containers(const std::vector<ContainerReport>&,
                                                     const std::string& wanted);
/// The only one of them. An error when several fit, which names them, up to a bound.
Result<ContainerPtr> find_container(const std::vector<ContainerReport>&, const std::string& wanted);

using ProfileRecords = std::map<Lineage, std::unique_ptr<ProfileRecord>>;

/// By repository, repository:tag, image id or the beginning of that, and role, if there is one. An error when
/// it is none or several; that names them, up to a bound.
Result<const ProfileRecord*> find_profile(const ProfileRecords&, const std::string& wanted,
                                          const std::string& role);

/// The image that is named by its repository and tag, or its id; of several the newest. Empty when none is.
std::string image_named(const Profile&, const std::string& wanted);

}  // namespace plimsoll
