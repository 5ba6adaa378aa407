"""Where startup ends is learned: the kernel side uses it for each container of the image, instead of a minute."""

import re
import time

from harness.case import MAIN_ARGV, Case
from harness.host import wait_for

WEB = "docker.io/test/web"
ENDS = 10  # seconds: the result of the evidence below


class Startup(Case):
    def setUp(self):
        super().setUp()
        self.set_up_web()
        self.agent.start("learn")
        container = self.runtime.start("web", self.image, MAIN_ARGV)
        wait_for("steady behaviour", lambda: "steady" in self.shown(), 30, 0.5)
        self.order(container, "")
        container.stop()
        self.agent.stop()
        self.known = self.space.path / "known.toml"
        self.known.write_text(self.with_evidence(self.agent.state))
        for path in (self.agent.state / "profiles").rglob("*"):
            if path.is_file():
                path.unlink()
        self.agent.forget_alerts()

    def shown(self):
        return self.agent.command("profile", "show", WEB, check=False).stdout

    @staticmethod
    def with_evidence(state):
        """The profile as if five containers had been watched for a day each, and had behaved the same all the time."""
        text = next(path for path in state.rglob("*.toml") if "[[behaviour]]" in path.read_text()).read_text()
        text = re.sub(r'seen_by = "\w+"', 'seen_by = "' + " ".join(f"{n:016x}" for n in range(1, 6)) + '"', text)
        text = re.sub(r"minutes = \d+, five_minutes = \d+, lifetimes = \d+",
                      "minutes = 7200, five_minutes = 1440, lifetimes = 5", text)
        head, *behaviours = text.split("[[behaviour]]")
        for n, block in enumerate(behaviours):
            since = {"steady": "[2, 86000]", "startup": "[1, 2]"}.get(re.search(r'phase = "(\w+)"', block)[1])
            if since:
                behaviours[n] = re.sub(r"since_start = \[.*\]", f"since_start = {since}", block)
        return "[[behaviour]]".join([head, *behaviours])

    def phase_of(self, container, program):
        """Has the container run a program that is new to it; the phase in the alert."""
        self.order(container, f"/bin/{program} >/dev/null")
        name = f"/bin/{program}"
        alert = wait_for(f"an alert for {program}", lambda: next(
            (a for a in self.agent.alerts() if name in a["process"]["argv"] or program in a["message"]), None), 20)
        self.assertEqual(alert["rule"], "drift.new_executable")
        return alert["behaviour"]["phase"]

    def test_learned_end(self):
        self.agent.start("detect", startup="")
        self.assertIn('startup_phase = ""', self.agent.command("config", "show", "--running").stdout)
        self.agent.command("profile", "import", str(self.known))
        learned = self.agent.json("profile", "show", WEB)["profile"]["startup"]
        self.assertEqual((learned["seconds"], learned["by"], learned["containers"]), (ENDS, "profile", 5), learned)
        self.assertIn(f"Startup   ends after {ENDS} s (learned: ", self.shown())
        page = self.space.path / "web.html"
        self.agent.command("profile", "report", WEB, str(page))
        self.assertIn(f"Startup ends after {ENDS} s (learned: ", page.read_text())

        container = self.runtime.start("web", self.image, MAIN_ARGV)
        began = time.monotonic()
        self.assertEqual(self.phase_of(container, "uname"), "startup")
        container.wait_until_older_than(ENDS + 1)
        self.assertEqual(self.phase_of(container, "hostname"), "steady")
        self.agent.stop()
        self.agent.start("detect", startup="")
        self.assertEqual(self.phase_of(container, "id"), "steady")
        self.assertLess(time.monotonic() - began, 55, "a minute would have passed anyway")
        self.assertEqual({a["rule"] for a in self.agent.alerts()}, {"drift.new_executable"})
        self.assertEqual(len(self.agent.alerts()), 3, [a["message"] for a in self.agent.alerts()])
