"""The agent stops and starts again: with pinned programs it misses nothing, without them it reports for how long it was away."""

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
        # Room for events that are not read for some seconds: half of a ring is left to containers that emit few.
        self.kept = bpf / "kept"
        self.settings = f'[sensor]\npin_path = "{self.kept}"\nring_kib = 16384\nevents_per_second = 100000\n'

    def unwatched(self):
        return self.agent.metrics()["plimsoll_unwatched_seconds"]

    def act_while_down(self, end):
        """A flood of new behaviour goes on while end() stops the agent and while it is away, and so does an attack."""
        flood = f"/app/hammer new {DOWN_SECONDS + 8} {NEW_PER_SECOND} >/dev/null; : >/tmp/flooded"
        container = self.runtime.start("web", self.image, MAIN_ARGV)
        container.put(build_attack(self.space, "hammer"), "/app/hammer")
        before = self.agent.wait_for_row(container, "events", lambda row: row["events"] > 5)["events"]
        self.order(container, f"({flood}) &")
        self.agent.wait_for_row(container, "a flood", lambda row: row["events"] > before + NEW_PER_SECOND / 2)
        end()
        self.order(container, f"({{ /bin/sleep {DOWN_SECONDS}; : >/tmp/away; }}) &")  # the workload's own clock
        container.put("/bin/busybox", "/tmp/dropped")
        self.order(container, "/tmp/dropped true")
        self.wait_for_file(container, "away")
        self.assertFalse((container.root / "tmp" / "flooded").exists(), "the flood goes on")
        self.agent.start("learn", extra=self.settings)
        return container

    @staticmethod
    def wait_for_file(container, name):
        wait_for(f"/tmp/{name} in {container.name}", (container.root / "tmp" / name).exists)

    def assert_nothing_lost(self, container):
        """The flood is over, and all of it was seen."""
        self.wait_for_file(container, "flooded")
        # What the earlier agent left in its rings is not counted until it is read, and the container has to be there for that.
        self.agent.wait_for_row(container, "the flood", lambda row: row["events"] >= DOWN_SECONDS * NEW_PER_SECOND, 60)
        self.agent.wait_until_balanced()
        self.assertEqual(self.agent.row(container.id)["lost"], {})

    def assert_attack_reported(self, container):
        alert = wait_for("the alert", lambda: next((a for a in self.agent.alerts() if a["process"]["exe"] == "/tmp/dropped"), None))
        self.assertEqual(alert["rule"], "drift.not_from_image")
        self.assertEqual(alert["container"]["id"], container.id)

    def test_kept_programs_miss_nothing(self):
        self.agent.start("learn", extra=self.settings)
        container = self.act_while_down(self.agent.stop)
        wait_for("its first log lines", lambda: "nothing was missed" in self.agent.log)
        self.assertEqual(self.unwatched(), 0)
        self.assert_attack_reported(container)
        self.assert_nothing_lost(container)

    def test_an_upgrade_misses_nothing(self):
        self.agent.start("learn", extra=self.settings)

        def end():
            self.agent.stop()
            self.settings = self.settings.replace("100000", "100001")  # other settings need other programs, as another version does

        container = self.act_while_down(end)
        wait_for("its first log lines", lambda: "nothing was missed" in self.agent.log)
        self.assertIn("replaced the programs", self.agent.log)
        self.assert_attack_reported(container)
        self.assert_nothing_lost(container)

    def test_a_killed_agent_s_programs_go_on(self):
        self.agent.start("learn", extra=self.settings)

        def kill():
            self.agent.process.kill()
            self.agent.process.wait()

        container = self.act_while_down(kill)
        wait_for("its first log lines", lambda: "nothing was missed" in self.agent.log)
        self.assert_attack_reported(container)
        self.assertEqual(self.agent.lost(), {})

    def test_a_container_that_ended_meanwhile(self):
        self.agent.start("learn", extra=self.settings)
        container = self.runtime.start("web", self.image, MAIN_ARGV)
        self.agent.wait_for_row(container, "events", lambda row: row["events"] > 5)
        self.agent.stop()
        container.stop()
        short = self.runtime.start("short", self.image, ("/bin/true",))
        short.stop()
        self.agent.start("learn", extra=self.settings)
        wait_for("all cgroups to be resolved", lambda: self.agent.json("status")["pending"] == 0, 20)
        self.assertEqual([row for row in self.agent.rows() if row["running"]], [])

    def test_without_them_the_gap_is_reported(self):
        self.agent.start("learn")
        self.assertEqual(self.unwatched(), 0)
        self.agent.stop()
        unseen = self.runtime.start("unseen", self.image, ("/bin/sh", "-c", "/bin/sleep 3; : >/tmp/over; exec /bin/sleep 60"))
        self.wait_for_file(unseen, "over")
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
