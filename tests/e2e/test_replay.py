"""A recording replays to the same alerts, byte for byte, and shows which alerts another profile would have raised."""

import gzip
import json
import re
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
        """Starts a recording; (file, process)."""
        file, log = self.space.path / name, f"{name}.log"
        process = self.space.spawn([Agent.binary, "record", file, "--config", self.agent.config], log)
        wait_for("the recording to begin", lambda: "Recording" in self.space.log(log), 20)
        return file, process

    def end(self, process):
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(15), 0)

    def shown(self):
        return self.agent.command("profile", "show", "docker.io/test/web", check=False).stdout

    def wait_until_steady(self, container):
        """Waits until it has gone round in steady state, and the events of that have been evaluated."""
        wait_for("steady behaviour", lambda: "\nsteady" in self.shown(), 30, 0.5)
        self.go_round(container)
        self.agent.wait_until_balanced()

    def replay(self, file, *options, check=True):
        return self.agent.command("replay", file, *options, check=check)

    def test_the_same_alerts(self):
        self.agent.start("learn")
        before = self.start("before")
        self.wait_until_steady(before)
        self.agent.forget_alerts()
        file, process = self.record()
        after = self.start("after")
        for container in (before, after):
            self.order(container, ATTACK)
        self.agent.wait_until_balanced()
        after.stop()
        live = self.agent.alert_lines()
        self.end(process)
        self.assertGreater(len(live), 3)
        played = self.replay(file)
        self.assertEqual(self.agent.own_lines(played.stdout), live)
        self.assertEqual(self.replay(file).stdout, played.stdout)
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        with gzip.open(file, "rt") as lines:
            recorded = lines.read()
        self.assertEqual(re.search(r"from (\d+) containers", played.stderr)[1], str(len(self.containers_of(recorded))))
        self.assertEqual({id_ for id_ in self.containers_of(recorded) if self.agent.owns(id_)}, {before.id, after.id})
        self.assertNotIn("hunter2", recorded)
        self.assertIn("[redacted]", recorded)

    @staticmethod
    def containers_of(recorded):
        """The ids of the containers in a recording."""
        records = [json.loads(line) for line in recorded.splitlines()]
        return {r["appeared"]["container"]["id"] for r in records if "appeared" in r}

    def test_with_another_profile(self):
        """What a changed profile would have alerted on, and what it would have missed."""
        self.agent.start("learn")
        container = self.start("web")
        self.wait_until_steady(container)
        learned = self.space.path / "learned.toml"
        learned.write_text(self.agent.command("profile", "show", "docker.io/test/web", "-o", "toml").stdout)
        file, process = self.record()
        self.order(container, HOSTNAME)
        self.order(container, "")
        self.agent.wait_until_balanced()
        self.end(process)
        wider = self.space.path / "wider.toml"
        wider.write_text(self.agent.command("profile", "show", "docker.io/test/web", "-o", "toml").stdout)

        def changes(new, old):
            played = self.replay(file, "--profile", new, "--against", old, "-o", "json", check=False)
            rows = json.loads(played.stdout)
            self.assertEqual(played.returncode, 3 if rows else 0, played.stderr)
            rows = [row for row in rows if self.agent.owns(row["alert"]["container"]["id"])]
            return {(row["change"], row["alert"]["rule"], row["alert"]["behaviour"]["object"]["as"]) for row in rows}

        self.assertEqual(changes(learned, learned), set())
        self.assertEqual(changes(learned, wider), {("new", "drift.new_executable", "hostname")})
        self.assertEqual(changes(wider, learned), {("missed", "drift.new_executable", "hostname")})
        active = self.agent.own_lines(self.replay(file, "--profile", learned).stdout)
        self.assertEqual([json.loads(line)["mode"] for line in active], ["active"])

    def test_bad_input(self):
        rubbish = self.space.path / "rubbish"
        rubbish.write_text("[image]\n")
        zipped = self.space.path / "zipped"
        zipped.write_bytes(gzip.compress(b"[image]\n"))
        self.agent.start("learn")
        for argv, code, message in (
                (["replay", rubbish], 1, "rubbish: not compressed; accepted: "),
                (["replay", zipped], 1, "zipped:1: no JSON; accepted: "),
                (["replay", "/nonexistent"], 1, "accepted: a capture"),
                (["replay", rubbish, "--against", rubbish], 2, "together with --profile"),
                (["record", rubbish], 1, "accepted: a file that is not there yet"),
                (["record", self.space.path / "new", "--for", "soon"], 2, "accepted: ")):
            done = self.agent.command(*argv, check=False)
            self.assertEqual(done.returncode, code, done.stderr)
            self.assertIn(message, done.stderr)
        self.assertEqual(rubbish.read_text(), "[image]\n")
        file, process = self.record()
        second = self.agent.command("record", self.space.path / "second", check=False)
        self.assertEqual(second.returncode, 1)
        self.assertIn("one recording at a time", second.stderr)
        self.assertFalse((self.space.path / "second").exists())
        self.agent.reload()
        self.assertEqual(process.wait(15), 1)
        self.assertIn("the profiles were read again from the disk", self.space.log("capture.log"))
        self.assertIn("The recording ended early", self.replay(file).stderr)
