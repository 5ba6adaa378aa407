// Which container or profile an operator means.
#include "agent/pipeline/find.h"

#include <algorithm>

#include "agent/core/text.h"

namespace plimsoll {
namespace {

constexpr std::size_t kShortestId = 6;
constexpr std::size_t kMostNamed = 10;  // candidates in an error
constexpr std::size_t kShownId = 12;

/// "a, b and 3 more"
std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t i = 0; i < std::min(names.size(), kMostNamed); ++i) {
    out += (i == 0 ? "" : ", ") + names[i];
  }
  return names.size() > kMostNamed ? out + " and " + std::to_string(names.size() - kMostNamed) + " more"
                                   : out;
}

bool is_profile(const Profile& profile, const std::string& wanted, const std::string& role) {
  return (role.empty() || profile.lineage.role == role) &&
         (profile.lineage.repository == wanted || !image_named(profile, wanted).empty());
}

}  // namespace

Result<std::vector<ContainerReport>> find_containers(const std::vector<ContainerReport>& all,
                                                     const std::string& wanted) {
  std::vector<ContainerReport> exact, begun;
  for (const auto& report : all) {
    if (report.container->id == wanted || report.container->name == wanted) {
      exact.push_back(report);
    } else if (report.container->id.starts_with(wanted)) {
      begun.push_back(report);
    }
  }
  auto& found = exact.empty() ? begun : exact;
  if (found.empty() && !wanted.empty()) {
    return fail("no container \"" + escape(wanted) +
                "\" is watched; accepted: an id, its beginning, or a name, as `status` lists them");
  }
  return std::move(found);
}

Result<ContainerPtr> find_container(const std::vector<ContainerReport>& all, const std::string& wanted) {
  const auto found = find_containers(all, wanted);
  if (!found) {
    return fail(found.error());
  }
  if (found->size() == 1) {
    return found->front().container;
  }
  // One that has ended is still known for a while: it does not stand in the way of the one that took its
  // name.
  const auto runs = [](const ContainerReport& one) { return one.running; };
  if (std::ranges::count_if(*found, runs) == 1) {
    return std::ranges::find_if(*found, runs)->container;
  }
  std::vector<std::string> names;
  names.reserve(found->size());
  for (const auto& one : *found) {
    names.push_back(escape(one.container->name) + " (" + escape(one.container->id.substr(0, kShownId)) + ")");
  }
  return fail("\"" + escape(wanted) + "\" fits more than one container: " + listed(names) +
              "; give the whole id, or more of it");
}

std::string image_named(const Profile& profile, const std::string& wanted) {
  const std::pair<const std::string, Generation>* found = nullptr;
  for (const auto& one : profile.generations) {
    const auto& [id, image] = one;
    const bool named =
        id == wanted ||
        (wanted.size() >= kShortestId && (id.starts_with(wanted) || id.starts_with("sha256:" + wanted))) ||
        std::ranges::any_of(image.tags, [&](const std::string& tag) {
          return profile.lineage.repository + ":" + tag == wanted;
        });
    if (named && (found == nullptr || found->second.began <= image.began)) {
      found = &one;
    }
  }
  return found == nullptr ? "" : found->first;
}

Result<const ProfileRecord*> find_profile(const ProfileRecords& all, const std::string& wanted,
                                          const std::string& role) {
  std::vector<const ProfileRecord*> found;
  for (const auto& [lineage, record] : all) {
    if (record->kept && is_profile(record->profile, wanted, role)) {
      found.push_back(record.get());
    }
  }
  if (found.empty()) {
    return fail("no profile \"" + escape(wanted) +
                "\"; accepted: an image's repository, repository:tag or id, as `profile list` shows them");
  }
  if (found.size() == 1) {
    return found.front();
  }
  std::vector<std::string> names;
  names.reserve(found.size());
  for (const auto* one : found) {
    names.push_back(escape(one->profile.lineage.repository) + " role " + escape(one->profile.lineage.role));
  }
  return fail("\"" + escape(wanted) + "\" fits more than one profile: " + listed(names) +
              "; give the whole repository, or the role");
}

}  // namespace plimsoll
