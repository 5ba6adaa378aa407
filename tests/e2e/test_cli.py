"""Every command runs, prints JSON that parses, and its table harms no terminal."""

import json
import os

from harness.agent import Agent
from harness.case import MAIN_ARGV, Case
from harness.host import PROJECT, run, wait_for


class CommandLine(Case):
    def setUp(self):
        super().setUp()
        self.set_up_web()
        self.agent.start("learn")
        self.container = self.runtime.start("web", self.image, MAIN_ARGV)
        self.agent.wait_for_row(self.container, "something learned", lambda row: row["behaviours"] > 2)

    def test_every_command_in_both_forms(self):
        # An argument vector with what a container would like to do to a terminal and to a log.
        self.container.put("/bin/busybox", "/tmp/busybox-e")
        self.order(self.container, "/tmp/busybox-e echo \"$(/bin/printf '\\033]0;owned\\007\\nforged line\\342\\200\\256')\"")
        hostile = wait_for("the alert", lambda: next((a for a in self.agent.json("alerts") if
                                                      a["process"]["exe"] == "/tmp/busybox-e"), None), 15, 0.5)
        commands = [("status",), ("status", "web"), ("alerts",), ("alerts", hostile["id"]), ("profile", "list"),
                    ("profile", "show", "docker.io/test/web"), ("profile", "lock", "docker.io/test/web"),
                    ("profile", "unlock", "docker.io/test/web"), ("rules",), ("config", "check"), ("config", "show"),
                    ("doctor",), ("version",)]
        for command in commands:
            with self.subTest(command=command):
                table = self.agent.command(*command)
                self.assertTrue(table.stdout.strip())
                self.assert_clean_text(table.stdout)
                self.assertNotIn("\nforged line", table.stdout)
                json.loads(self.agent.command(*command, "-o", "json").stdout)

    def test_status_names_the_container(self):
        status = self.agent.json("status")
        self.assertEqual(status["mode"], "learn")
        self.assertEqual(status["alerts_file"], str(self.agent.alerts_file))
        self.assertEqual(status["problems"], [])
        self.assert_identity(self.agent.row(self.container.id), self.container)
        self.assertIn("docker.io/test/web", self.agent.command("status").stdout)
        self.assertEqual(self.agent.command("status", "no-such-container", check=False).returncode, 1)

    def test_events_follow(self):
        self.agent.follow("events")
        self.agent.follow("events2")
        wait_for("both followers", self.trigger, 20, 0.5)
        event = next(e for e in self.agent.events_of("events") if e["container_id"] == self.container.id)
        self.assertEqual((event["container"], event["image"]), (self.container.name, self.image.reference))

    def trigger(self):
        self.order(self.container, "/bin/echo once >/dev/null; /bin/rm -f /tmp/once")
        return self.agent.events_of("events") and self.agent.events_of("events2")

    def test_doctor_says_what_is_seen(self):
        text = self.agent.command("doctor", check=False).stdout
        for hook in ("exec", "setid", "capset", "mount", "connect"):
            self.assertIn(hook, text)

    def test_no_colour_when_not_a_terminal(self):
        self.assertNotIn("\x1b", self.agent.command("status").stdout)
        self.assertNotIn("\x1b", run(Agent.binary, "status", "--config", self.agent.config,
                                     env={**os.environ, "NO_COLOR": "1"}).stdout)

    def test_config_show_is_a_configuration(self):
        shown = self.space.path / "shown.toml"
        shown.write_text(self.agent.command("config", "show").stdout)
        run(Agent.binary, "config", "check", "--config", shown)

    def test_shipped_configuration_is_valid(self):
        run(Agent.binary, "config", "check", "--config", PROJECT / "deploy" / "kubernetes" / "plimsoll.toml")

    def test_help_of_every_command(self):
        text = run(Agent.binary, "--help").stdout
        for command in ("run", "doctor", "demo", "status", "events", "alerts", "profile", "rules", "config", "version"):
            self.assertIn(command, text)
            self.assertTrue(run(Agent.binary, command, "--help").stdout.strip())
