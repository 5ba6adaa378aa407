"""Nothing vanishes: events of a flood that are not read are counted exactly, in the container's row and in its profile."""

import signal
import tomllib

from harness.agent import build_attack
from harness.case import MAIN_ARGV, Case, profiles_in
from harness.host import wait_for


class Accounting(Case):
    def setUp(self):
        super().setUp()
        self.set_up_web()
        self.agent.start("learn")
        self.container = self.runtime.start("flooding", self.image, MAIN_ARGV)
        self.container.put(build_attack(self.space, "hammer"), "/app/hammer")
        self.quiet = self.runtime.start("quiet", self.image, MAIN_ARGV)
        for container in (self.container, self.quiet):
            self.agent.wait_for_row(container, "events", lambda row: row["events"] > 5)

    def losses(self):
        """{container: events lost}; nothing while the agent is too busy to answer."""
        return {row["name"]: row["lost_events"] for row in self.agent.rows()}

    def test_a_stopped_agent(self):
        self.agent.process.send_signal(signal.SIGSTOP)
        try:
            rate = float(self.container.exec("/app/hammer", "new", "3").stdout)
            self.go_round(self.quiet)  # with the flood's rings full
        finally:
            self.agent.process.send_signal(signal.SIGCONT)
        self.container.put("/bin/busybox", "/tmp/busybox-x")
        self.order(self.container, "/tmp/busybox-x true")
        alert = self.agent.wait_for_alert("drift.not_from_image", 60)
        lost = wait_for("the agent to have caught up", self.losses, 60, 0.5)
        self.assertGreater(lost["flooding"], 0)
        self.assertEqual(lost["quiet"], 0)  # the flood costs the other container nothing
        row = self.agent.json("status", "flooding")["containers"][0]
        self.assertEqual(sum(row["lost"].values()), row["lost_events"])
        self.assertLessEqual(set(row["lost"]), {"quota", "ring_full"})
        self.assertRegex(self.agent.command("status", "flooding").stdout, r"\d+ lost \((quota|ring_full) \d+")
        self.assertGreater(alert["lost_events"], 0)
        self.assertRegex(alert["evidence"]["lost"], r"^(quota|ring_full) \d+")
        self.container.stop()
        self.quiet.stop()
        sums = self.agent.wait_until_balanced()
        self.assertGreaterEqual(sums["connect"]["seen"], rate * 3 * 0.9)
        self.assertGreaterEqual(sum(c["lost"] for c in sums.values()), lost["flooding"])
        self.agent.stop()
        profile = tomllib.loads(profiles_in(self.agent.state)[0].read_text())
        self.assertGreaterEqual(sum(profile["evidence"]["lost_events"].values()), row["lost_events"])
