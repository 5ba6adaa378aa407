// Acts and profiles for the detectors' tests.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "detectors/detector.h"

namespace plimsoll::test {

/// A profile that knows what it is given.
class Learned final : public Baseline {
 public:
  std::set<Behaviour> behaviours;
  std::set<std::string, std::less<>> paths;
  std::set<Action> unseen;  ///< classes that its learners could not see

  [[nodiscard]] bool contains(const Behaviour& b) const override { return behaviours.contains(b); }
  [[nodiscard]] bool executes(std::string_view path) const override { return paths.contains(path); }
  [[nodiscard]] bool covers(Action action) const override { return !unseen.contains(action); }
};

/// nginx, uid 101 without capabilities, does this in steady state.
inline Activity act(Object object, Outcome outcome = Outcome::ok) {
  Activity a;
  a.behaviour = {Phase::steady, "/usr/sbin/nginx", std::move(object), outcome};
  Credentials& c = a.process.before;
  c.uid = c.euid = c.suid = c.fsuid = 101;
  c.gid = c.egid = c.sgid = c.fsgid = 101;
  a.process.creds = c;
  return a;
}

inline Activity exec(std::string path, Origin origin = Origin::image, std::vector<std::string> argv = {}) {
  std::string as = path.substr(path.rfind('/') + 1);
  Activity a = act(ExecObject{std::move(path), std::move(as), "", origin, ""});
  a.process.argv = std::move(argv);
  return a;
}

/// The act gave all four user ids the value 0, and with it the default capabilities.
inline Activity as_root(Activity a) {
  Credentials& c = a.process.creds;
  c.uid = c.euid = c.suid = c.fsuid = 0;
  c.effective = c.permitted = 0xa80425fb;
  return a;
}

inline Activity setid(std::string from, std::string to, Outcome outcome = Outcome::ok) {
  return act(SetidObject{"uid", std::move(from), std::move(to)}, outcome);
}

inline Activity mount(std::string op, std::string fs, std::string source = "", std::string target = "/mnt",
                      Outcome outcome = Outcome::ok) {
  return act(MountObject{std::move(op), std::move(fs), std::move(source), std::move(target)}, outcome);
}

inline Activity connect(std::string proto, std::string dest, std::uint16_t port = 0) {
  return act(ConnectObject{std::move(proto), std::move(dest), port}, Outcome::attempt);
}

inline Activity in_phase(Phase phase, Activity a) {
  a.behaviour.phase = phase;
  return a;
}

/// What the rule finds in it. Fails the test by its emptiness when there is no such rule.
inline std::vector<Finding> findings(std::string_view rule, const Activity& a,
                                     const Baseline& baseline = Learned{}) {
  const Container container;
  for (const Detector& d : all_detectors()) {
    if (d.rule.id == rule) return d.detect({a, container, baseline, baseline.contains(a.behaviour)});
  }
  return {};
}

/// The first finding's message; "" for none.
inline std::string message(std::string_view rule, const Activity& a, const Baseline& baseline = Learned{}) {
  const auto all = findings(rule, a, baseline);
  return all.empty() ? "" : all.front().message;
}

/// Every rule that finds something.
inline std::set<std::string> rules_of(const Activity& a, const Baseline& baseline = Learned{}) {
  std::set<std::string> rules;
  for (const Detector& d : all_detectors()) {
    for (const Finding& f : findings(d.rule.id, a, baseline)) rules.emplace(f.rule);
  }
  return rules;
}

/// A profile that has learned exactly this.
inline Learned knowing(const Activity& a) {
  Learned profile;
  profile.behaviours.insert(a.behaviour);
  return profile;
}

}  // namespace plimsoll::test
