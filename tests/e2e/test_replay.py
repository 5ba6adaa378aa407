"""A recording replays to the same alerts, byte for byte, and shows what another profile would have said."""

import gzip
import signal

from harness.agent import Agent
from harness.case import MAIN_ARGV, Case
from harness.host import wait_for

HOSTNAME = "/bin/hostname >/dev/null"
ATTACK = "cp /bin/busybox /tmp/miner; /tmp/miner date --password hunter2 >/dev/null; " + HOSTNAME


class Replay(Case):
    def setUp(self):
        super().setUp()
        self.set_up_web()

    def start(self, name):
        return self.runtime.start(name, self.image, MAIN_ARGV)

    def record(self, name="capture"):
        """Begins to record; (file, process)."""
        file, log = self.space.path / name, f"{name}.log"
        process = self.space.spawn([Agent.binary, "record", file, "--config", self.agent.config], log)
        wait_for("the recording to begin", lambda: "Recording" in self.space.log(log), 20)
        return file, process

    def end(self, process):
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(15), 0)

    def shown(self):
        return self.agent.command("profile", "show", "docker.io/test/web", check=False).stdout

    def replay(self, file, *options, check=True):
        return self.agent.command("replay", file, *options, check=check)

    def test_the_same_alerts(self):
        self.agent.start("learn")
        before = self.start("before")
        wait_for("steady behaviour", lambda: "\nsteady" in self.shown(), 30, 0.5)
        self.agent.forget_alerts()
        file, process = self.record()
        after = self.start("after")
        for container in (before, after):
            self.order(container, ATTACK)
        self.agent.wait_until_balanced()
        after.stop()
        before_end = self.agent.alerts_file.read_text()
        self.end(process)
        self.assertGreater(len(before_end.splitlines()), 3)
        played = self.replay(file)
        self.assertEqual(played.stdout, before_end)
        self.assertEqual(self.replay(file).stdout, before_end)
        self.assertIn("of 2 containers", played.stderr)
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        with gzip.open(file, "rt") as lines:
            recorded = lines.read()
        self.assertNotIn("hunter2", recorded)
        self.assertIn("[redacted]", recorded)
