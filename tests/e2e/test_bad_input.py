"""Bad input ends with one clear message and the right exit code; nothing starts half-configured."""

import os
import tomllib

from harness.agent import Agent
from harness.case import MAIN_ARGV, Case, profiles_in
from harness.host import run
from harness.runtimes import Runc

ERROR, USAGE, CHECK_FAILED = 1, 2, 3
NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--")


class BadInput(Case):
    def setUp(self):
        super().setUp()
        self.runtime = Runc(self.space)
        self.agent = self.watch(Agent(self.space, [self.runtime]))
        self.agent.configure("learn")

    def refused(self, code, *mentions, command=("run",), prefix=(), config=None, extra=()):
        """The command ends by itself with that code, and with one message that mentions all of these."""
        done = run(Agent.binary, *command, *(("--config", config or self.agent.config) if config != "" else ()), *extra,
                   prefix=prefix, check=False, timeout=30)
        message = done.stderr.strip()
        self.assertEqual(done.returncode, code, message)
        for mention in mentions:
            self.assertIn(str(mention), message)
        errors = [line for line in message.splitlines() if "warn" not in line.lower()]
        self.assertEqual(len(errors), 1, message)
        return message

    def with_config(self, old, new):
        text = self.agent.config.read_text()
        self.assertIn(old, text)
        self.agent.config.write_text(text.replace(old, new))

    def test_unknown_key(self):
        self.with_config("state_dir", "stat_dir")
        self.refused(ERROR, self.agent.config, ":2", "stat_dir", "state_dir")
        self.refused(CHECK_FAILED, "stat_dir", command=("config", "check"))

    def test_wrong_type(self):
        self.with_config('mode = "learn"', "mode = 7")
        self.refused(ERROR, self.agent.config, "learning.mode", "detect")

    def test_bad_value(self):
        self.with_config('startup_phase = "2s"', 'startup_phase = "soon"')
        self.refused(ERROR, "startup_phase", "soon")

    def test_unknown_rule(self):
        with open(self.agent.config, "a", encoding="utf-8") as config:
            config.write('[rules."drift.no_such_rule"]\nenabled = false\n')
        self.refused(ERROR, "drift.no_such_rule")

    def test_not_toml(self):
        self.agent.config.write_text("[agent\n")
        self.refused(ERROR, self.agent.config)

    def test_missing_file(self):
        self.refused(ERROR, "/no/such.toml", config="/no/such.toml")

    def test_unreadable_file(self):
        os.chmod(self.space.path, 0o755)
        os.chmod(self.agent.config, 0o600)
        self.refused(ERROR, self.agent.config, prefix=NOBODY)

    def test_directory_as_file(self):
        self.refused(ERROR, self.agent.home, config=self.agent.home)

    def test_unknown_option(self):
        done = run(Agent.binary, "run", "--no-such-option", check=False)
        self.assertEqual(done.returncode, USAGE)
        self.assertIn("--no-such-option", done.stderr)

    def test_unknown_command(self):
        self.assertEqual(run(Agent.binary, "no-such-command", check=False).returncode, USAGE)

    def test_no_agent_running(self):
        self.refused(ERROR, self.agent.socket, command=("status",))

    def test_kernel_without_btf(self):
        empty = self.space.path / "empty-btf"
        empty.touch()
        self.refused(ERROR, empty, "BTF", extra=("--btf", empty))

    def test_missing_privilege(self):
        os.chmod(self.space.path, 0o755)
        os.chown(self.agent.home, 65534, 65534)
        message = self.refused(ERROR, prefix=NOBODY)
        self.assertRegex(message, "CAP_|root|privilege")

    def test_missing_capability(self):
        drop = ("capsh", "--drop=cap_sys_admin,cap_bpf,cap_perfmon", "--", "-c", 'exec "$@"', "sh")
        message = self.refused(ERROR, prefix=drop)
        self.assertRegex(message, "cap_bpf")

    def test_unwritable_alerts_file(self):
        self.with_config(str(self.agent.alerts_file), "/proc/no/alerts.jsonl")
        self.refused(ERROR, "/proc/no")

    def test_port_in_use(self):
        self.with_config(f"127.0.0.1:{self.agent.port}", "999.0.0.1:80")
        self.refused(ERROR, "999.0.0.1")

    def test_corrupt_profile(self):
        image = self.web_image()
        self.runtime.load(image)
        self.agent.start("learn")
        container = self.runtime.start("web", image, MAIN_ARGV)
        self.agent.wait_for_row(container, "something learned", lambda row: row["behaviours"] > 3)
        container.stop()
        self.agent.stop()
        profile = profiles_in(self.agent.state)[0]
        tomllib.loads(profile.read_text())
        broken = profile.read_text().replace("[[behaviour]]", "[[behaviour", 1)
        profile.write_text(broken)
        self.refused(ERROR, profile)
        self.assertEqual(profile.read_text(), broken)
