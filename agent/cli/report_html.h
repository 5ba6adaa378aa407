// A profile as one page for a browser: what the image does, how well that is known, and who vouches for it.
#pragma once

#include <string>

#include "agent/core/clock.h"
#include "profiles/assess.h"
#include "profiles/profile.h"

namespace plimsoll {

/// Self-contained: no script, nothing from elsewhere, and a policy in it that forbids both. Everything that a
/// container chose is escaped for HTML. `limit`: learning.max_new_behaviours_per_day. `startup`: where it
/// ends, and why, as describe(Startup) says. The same values are the same
/// bytes.
std::string report_html(const Profile&, const Assessment&, const std::string& startup, double limit,
                        WallNs made);

/// escape() of core/text.h, and harmless inside HTML, attributes included.
std::string html(std::string_view bytes);

/// The action's name, in its colour.
std::string action_html(Action);

/// The part of the page that shows what the image does: phase, actor, action, object. Groups that are long
/// are folded.
std::string behaviour_tree(const Profile&);

}  // namespace plimsoll
