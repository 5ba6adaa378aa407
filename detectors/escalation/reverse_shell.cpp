// escalation.reverse_shell: a shell takes its commands from a socket.
#include <algorithm>
#include <array>

#include "detectors/facts.h"

namespace plimsoll::detectors {
namespace {

constexpr std::string_view kId = "escalation.reverse_shell";

bool is_shell(std::string_view name) {
  constexpr std::array<std::string_view, 19> kShells = {
      "ash",  "bash", "bash-static", "csh",  "dash",  "fish", "hush", "ksh",  "ksh93", "lksh",
      "mksh", "oksh", "posh",        "pwsh", "rbash", "sh",   "tcsh", "yash", "zsh"};
  return std::ranges::find(kShells, name) != kShells.end();
}

bool is_shell(const ExecObject& exec) {
  return is_shell(exec.as) || is_shell(std::string_view{exec.path}.substr(exec.path.rfind('/') + 1));
}

std::vector<Finding> detect(const Input& input) {
  const auto* exec = object<ExecObject>(input);
  // A script gets its commands from its file, whatever its input is: CGI programs often have a socket there.
  if (exec == nullptr || !exec->script.empty() || !is_shell(*exec) ||
      input.activity.evidence.stdin_kind != StdinKind::socket || !in_container(input) ||
      !took_effect(input)) {
    return {};
  }
  return found(input, kId,
               subject(input) + " started the shell " + shown(exec->path) +
                   " with a network socket as its standard input",
               {{"stdin", "socket"}, {"output", input.activity.evidence.stdout_socket ? "socket" : ""}});
}

}  // namespace

Detector reverse_shell() {
  return {
      .rule = {.id = kId,
               .kind = RuleKind::hard,
               .severity = Severity::critical,
               .confidence = 0.9,
               .title = "Shell on a socket",
               .description =
                   "A shell started with a socket as its standard input: a reverse or bind shell, through "
                   "which somebody elsewhere types commands. The rule does not see a shell behind a pipe "
                   "or a pseudo-terminal that another program relays, nor interpreters other than shells.",
               .next_step = "Isolate the container's network at once. The acting program is the likely entry "
                            "point; connections made just before name the other end.",
               .tactics = {"TA0002", "TA0011"},
               .techniques = {"T1059.004"}},
      .detect = detect};
}

}  // namespace plimsoll::detectors
