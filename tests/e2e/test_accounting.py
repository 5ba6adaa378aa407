"""Nothing vanishes: floods that nobody reads are counted to the event, and the container remembers."""

import json
import signal
import time
import tomllib

from harness.agent import build_attack
from harness.case import MAIN_ARGV, Case, profiles_in
from harness.host import wait_for

STOPPED_SECONDS = 10


class Accounting(Case):
    def setUp(self):
        super().setUp()
        self.set_up_web()
        self.agent.start("learn")
        self.container = self.runtime.start("flooding", self.image, MAIN_ARGV)
        self.container.put(build_attack(self.space, "hammer"), "/app/hammer")
        self.quiet = self.runtime.start("quiet", self.image, MAIN_ARGV)
        wait_for("events", lambda: self.agent.counts().get("exec", {}).get("emitted", 0) > 5, 15, 0.5)

    def losses(self):
        """{container: events lost}; nothing while the agent is too busy to answer."""
        answer = self.agent.command("status", "-o", "json", check=False)
        rows = json.loads(answer.stdout)["containers"] if answer.returncode == 0 else []
        return {row["name"]: row["lost_events"] for row in rows}

    def test_a_stopped_agent(self):
        self.agent.process.send_signal(signal.SIGSTOP)
        try:
            begun = time.monotonic()
            rate = float(self.container.exec("/app/hammer", "new", "3").stdout)
            time.sleep(max(0, STOPPED_SECONDS - (time.monotonic() - begun)))
        finally:
            self.agent.process.send_signal(signal.SIGCONT)
        self.container.put("/bin/busybox", "/tmp/busybox-x")
        self.order(self.container, "/tmp/busybox-x true")
        alert = self.agent.wait_for_alert("drift.not_from_image", 60)
        lost = wait_for("the agent to have caught up", self.losses, 60, 0.5)
        self.assertGreater(lost["flooding"], 0)
        self.assertEqual(lost["quiet"], 0)  # the flood was one container's: the other lost nothing by it
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
