"""The agent goes and comes back: with programs that outlive it nothing is missed, without them it says for how long."""

import time

from harness.agent import build_attack
from harness.case import MAIN_ARGV, Case
from harness.host import run, wait_for

DOWN_SECONDS, NEW_PER_SECOND = 5, 1000


class Restart(Case):
    def setUp(self):
        super().setUp()
        self.set_up_web()
        bpf = self.space.directory("bpf")
        run("mount", "-t", "bpf", "bpf", bpf)
        self.space.on_close(lambda: run("umount", "-l", bpf, check=False))
        # Room for what nobody reads for some seconds: half of a ring is left to containers that say little.
        self.kept = bpf / "kept"
        self.settings = f'[sensor]\npin_path = "{self.kept}"\nring_kib = 16384\nevents_per_second = 100000\n'

    def lost(self):
        return {name: value for name, value in self.agent.metrics().items()
                if name.startswith("plimsoll_events_lost_total") and value > 0}

    def unwatched(self):
        return self.agent.metrics()["plimsoll_unwatched_seconds"]

    def act_while_down(self, end):
        """A flood of new behaviour goes on while the agent ends by `end`, stays away, and comes back. In between an attack."""
        container = self.runtime.start("web", self.image, MAIN_ARGV)
        container.put(build_attack(self.space, "hammer"), "/app/hammer")
        wait_for("events", lambda: self.agent.counts().get("exec", {}).get("emitted", 0) > 5, 15, 0.5)
        self.order(container, f"/app/hammer new {DOWN_SECONDS + 4} {NEW_PER_SECOND} &")
        time.sleep(1)
        end()
        went = time.monotonic()
        container.put("/bin/busybox", "/tmp/dropped")
        self.order(container, "/tmp/dropped true")
        time.sleep(max(0, DOWN_SECONDS - (time.monotonic() - went)))
        self.agent.start("learn", extra=self.settings)
        return container

    def assert_attack_told(self, container):
        alert = wait_for("the alert", lambda: next((a for a in self.agent.alerts() if a["process"]["exe"] == "/tmp/dropped"), None))
        self.assertEqual(alert["rule"], "drift.not_from_image")
        self.assertEqual(alert["container"]["id"], container.id)

    def test_kept_programs_miss_nothing(self):
        self.agent.start("learn", extra=self.settings)
        container = self.act_while_down(self.agent.stop)
        wait_for("its first words", lambda: "nothing was missed" in self.agent.log)
        self.assertEqual(self.unwatched(), 0)
        self.assert_attack_told(container)
        time.sleep(4)  # the rest of the flood
        container.stop()
        counts = self.agent.wait_until_balanced()
        self.assertEqual(self.lost(), {})
        self.assertGreaterEqual(counts["connect"]["emitted"], DOWN_SECONDS * NEW_PER_SECOND)

    def test_an_upgrade_misses_nothing(self):
        self.agent.start("learn", extra=self.settings)

        def end():
            self.agent.stop()
            self.settings = self.settings.replace("100000", "100001")  # other settings take other programs, as a version does

        container = self.act_while_down(end)
        wait_for("its first words", lambda: "nothing was missed" in self.agent.log)
        self.assertIn("replaced the programs", self.agent.log)
        self.assert_attack_told(container)
        time.sleep(4)
        container.stop()
        counts = self.agent.wait_until_balanced()
        self.assertEqual(self.lost(), {})
        self.assertGreaterEqual(counts["connect"]["emitted"], DOWN_SECONDS * NEW_PER_SECOND)

    def test_a_killed_agent_s_programs_go_on(self):
        self.agent.start("learn", extra=self.settings)

        def kill():
            self.agent.process.kill()
            self.agent.process.wait()

        container = self.act_while_down(kill)
        wait_for("its first words", lambda: "nothing was missed" in self.agent.log)
        self.assert_attack_told(container)
        self.assertEqual(self.lost(), {})

    def test_a_container_that_ended_meanwhile(self):
        self.agent.start("learn", extra=self.settings)
        container = self.runtime.start("web", self.image, MAIN_ARGV)
        wait_for("events", lambda: self.agent.counts().get("exec", {}).get("emitted", 0) > 5, 15, 0.5)
        self.agent.stop()
        container.stop()
        short = self.runtime.start("short", self.image, ("/bin/true",))
        short.stop()
        self.agent.start("learn", extra=self.settings)
        wait_for("both to be done with", lambda: self.agent.metrics()['plimsoll_containers{state="pending"}'] == 0, 20)
        self.assertNotIn(container.id, {c["id"] for c in self.agent.json("status")["containers"] if c["running"]})
        self.assertNotIn(short.id, {c["id"] for c in self.agent.json("status")["containers"] if c["running"]})

    def test_without_them_the_gap_is_told(self):
        self.agent.start("learn")
        self.assertEqual(self.unwatched(), 0)
        self.agent.stop()
        time.sleep(3)
        self.agent.start("learn")
        self.assertGreaterEqual(self.unwatched(), 3)
        self.assertLess(self.unwatched(), 30)
        self.assertRegex(self.agent.log, r"this host was unmonitored for \d+ s before this start")

    def test_unload(self):
        refused = self.agent_command("unload")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("sensor.pin_path is empty", refused.stderr)
        self.agent.start("learn", extra=self.settings)
        refused = self.agent_command("unload")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("an agent is running", refused.stderr)
        self.agent.stop()
        self.assertTrue(any(self.kept.iterdir()))
        self.assertEqual(self.agent_command("unload").returncode, 0)
        self.assertFalse(any(self.kept.iterdir()))
        again = self.agent_command("unload")
        self.assertEqual(again.returncode, 1)
        self.assertIn("nothing is pinned in", again.stderr)

    def agent_command(self, *argv):
        if not self.agent.config.exists():
            self.agent.configure("learn")
        return self.agent.command(*argv, check=False)
