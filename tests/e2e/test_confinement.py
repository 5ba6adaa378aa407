"""What a started agent may still do, and that this is enough for its work."""

import json
import pathlib
import re
import tomllib

from harness.case import MAIN_ARGV, Case, profiles_in
from harness.host import run, wait_for

DAC_READ_SEARCH = 1 << 2


def threads_of(pid):
    """/proc/PID/status of every thread: a list of {field: text}."""
    return [dict(line.split(":\t", 1) for line in (task / "status").read_text().splitlines() if ":\t" in line)
            for task in pathlib.Path(f"/proc/{pid}/task").iterdir()]


class Confinement(Case):
    def setUp(self):
        super().setUp()
        self.set_up_web()

    def check(self, name):
        """Doctor's row of that name."""
        rows = self.agent.command("doctor", "-o", "json", check=False).stdout
        return next(c for c in json.loads(rows)["checks"] if c["check"] == name)

    def test_every_thread_is_confined(self):
        self.agent.start("learn")
        wait_for("the privileged thread's end", lambda: "monitors the containers of this host" in self.agent.log, 10)
        threads = threads_of(self.agent.process.pid)
        self.assertGreater(len(threads), 5)
        for status in threads:
            for field, wanted in (("CapPrm", DAC_READ_SEARCH), ("CapEff", DAC_READ_SEARCH), ("CapBnd", DAC_READ_SEARCH),
                                  ("CapInh", 0), ("CapAmb", 0)):
                self.assertEqual(int(status[field], 16), wanted, (field, status["Name"]))
            self.assertEqual((status["NoNewPrivs"], status["Seccomp"]), ("1", "2"), status["Name"])
        self.assertNotIn("not confined", self.agent.log)
        self.assertEqual(self.check("confinement")["state"], "ok")
        self.assertIn("keeps cap_dac_read_search, cannot gain any", self.check("confinement")["detail"])

    def test_works_confined(self):
        self.agent.start("learn")
        late = self.runtime.start("late", self.image, MAIN_ARGV)
        self.agent.wait_for_row(late, "something learned", lambda row: row["behaviours"] > 2)
        self.agent.reload()
        wait_for("the reload", lambda: "reload: configuration and profiles were read from disk" in self.agent.log, 10)
        wait_for("profiles", lambda: len(profiles_in(self.agent.state)) > 0, 20, 0.5)
        self.agent.alerts_file.rename(f"{self.agent.alerts_file}.1")  # as logrotate does
        late.put("/bin/busybox", "/tmp/dropped")
        self.order(late, "/tmp/dropped true")
        self.agent.wait_for_alert("drift.not_from_image")
        self.assertEqual(self.agent.json("status")["problems"], [])
        self.agent.stop()

    def test_what_ran_before_as_another_user(self):
        early = self.runtime.start("early", self.image, MAIN_ARGV, user=1000)
        early.wait_until_older_than(2.5)  # its startup phase is over before the agent is there
        self.agent.prefix = ("setpriv", "--bounding-set=-kill", "--")  # as in Kubernetes
        self.agent.start("learn")
        self.agent.wait_for_row(early, "something learned", lambda row: row["behaviours"] > 2)
        self.agent.stop()
        learned = tomllib.loads(profiles_in(self.agent.state)[0].read_text())["behaviour"]
        actors = {b["actor"] for b in learned if b["action"] == "exec"}
        self.assertEqual(actors, {"/bin/busybox:sh"})  # the actor was read from /proc

    def test_a_detached_hook_is_attached_again(self):
        self.agent.start("learn")
        metric = '{hook="connect",way="cgroup/connect4"}'
        self.assertEqual(self.agent.metrics()[f"plimsoll_hook_detached_total{metric}"], 0)
        run("bpftool", "link", "detach", "id", self.connect4_link())
        wait_for("the agent to notice", lambda: self.agent.metrics()[f"plimsoll_hook_detached_total{metric}"] == 1, 15, 0.2)
        self.assertEqual(self.agent.metrics()[f"plimsoll_hook_attached{metric}"], 1)
        self.assertRegex(self.agent.log, r"hook connect \(cgroup/connect4\) .*detached.* attached again")
        self.assertIn("detached", self.check("hook connect")["detail"])
        container = self.runtime.start("web", self.image, MAIN_ARGV)
        self.order(container, "/bin/nc -w 1 127.0.0.1 9 </dev/null || true")
        wait_for("connects to be seen", lambda: any(
            'proto = "tcp"' in p.read_text() for p in profiles_in(self.agent.state)), 30, 0.5)

    def connect4_link(self):
        """The id of the agent's own link there, by its descriptors: others on this host have theirs."""
        for descriptor in pathlib.Path(f"/proc/{self.agent.process.pid}/fdinfo").iterdir():
            try:
                text = descriptor.read_text()
            except FileNotFoundError:
                continue  # a connection that has ended
            found = re.search(r"link_id:\s*(\d+)", text)
            if found and re.search("inet4_connect|connect4", run("bpftool", "link", "show", "id", found[1]).stdout):
                return found[1]
        raise AssertionError("the agent has no link at connect4")
