// drift.new_executable: a program of the image runs that the profile does not know, or not from this parent.
#include "agent/core/behaviour.h"
#include "detectors/facts.h"
#include "detectors/kinds.h"

namespace plimsoll::detectors {
namespace {

constexpr std::string_view kId = "drift.new_executable";

/// ld-linux-x86-64.so.2, ld-musl-aarch64.so.1, ld-2.31.so, ld.so: run by hand, it runs any file as its own.
bool is_loader(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return (name.starts_with("ld-") || name.starts_with("ld.so")) && name.find(".so") != std::string_view::npos;
}

std::string what(const ExecObject& exec) {
  if (!exec.script.empty()) return "the script " + shown(exec.script) + " (run by " + shown(exec.path) + ")";
  const std::string name = short_name(exec.path);
  const bool applet = !exec.as.empty() && exec.as != name;
  return shown(exec.path) + (applet ? " as " + shown(exec.as) : "");
}

std::vector<Finding> detect(const Input& input) {
  const auto* exec = object<ExecObject>(input);
  if (exec == nullptr || kind_of(*exec) != ExecKind::ordinary || !is_new(input) || !took_effect(input))
    return {};
  const bool loader = is_loader(exec->path);
  const std::string phase = other_phase(input);
  std::string_view fresh = ", which this image has never run";
  if (loader) {
    fresh = ", the dynamic loader, which runs any file given to it";
  } else if (!phase.empty()) {
    fresh = phase;
  } else if (input.baseline.executes(exec->path)) {
    fresh = " for the first time";
  }
  const Behaviour& b = input.activity.behaviour;
  const bool by_hand = b.phase == Phase::entered && b.actor == kRuntimeActor;
  return found(
      input, kId, subject(input) + " started " + what(*exec) + std::string{fresh},
      {{"called_as", input.activity.evidence.filename},
       {"loader", loader ? "started directly; argv names the program it runs" : ""},
       {"loader_variables",
        input.activity.evidence.loader_variables ? "LD_PRELOAD, LD_AUDIT or LD_LIBRARY_PATH is set" : ""}},
      by_hand ? std::optional(Severity::medium) : std::nullopt);
}

}  // namespace

Detector new_executable() {
  return {.rule = {.id = kId,
                   .kind = RuleKind::profile,
                   .severity = Severity::high,
                   .of_release = true,
                   .confidence = 0.7,
                   .title = "New executable",
                   .description =
                       "A program started that this image has never run, or that this program has never "
                       "started, or not in this phase of the container's life: nginx starting a shell, for "
                       "example. Files that did not come with the image belong to drift.not_from_image and "
                       "drift.fileless. What a known interpreter does with its arguments is not seen. A "
                       "command from outside, such as kubectl exec, has medium severity.",
                   .next_step =
                       "Read argv and the ancestors: is this what the service should do? If so, allow it in "
                       "the profile; if not, treat the acting program as compromised.",
                   .tactics = {"TA0002"},
                   .techniques = {"T1059"}},
          .detect = detect};
}

}  // namespace plimsoll::detectors
