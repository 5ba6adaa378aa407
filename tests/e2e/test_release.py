"""A new release of a known image: everything it does that earlier images did not is one alert, and is allowed as one."""

import time

from harness import rootfs
from harness.agent import Agent
from harness.case import MAIN, MAIN_ARGV, Case
from harness.host import wait_for
from harness.runtimes import Docker

WEB = "docker.io/test/web"
CONNECT = "/bin/nc -w 1 127.0.0.1 9090 </dev/null 2>/dev/null"
# Once a container has started, and in each round. Neither was in the first release.
NEW_MAIN = MAIN.replace("while :; do", f"/bin/hostname >/dev/null\nwhile :; do\n  {CONNECT}", 1)


class Release(Case):
    def setUp(self):
        super().setUp()
        self.docker = Docker(self.space)
        for tag, main in (("1", MAIN), ("2", NEW_MAIN.replace("/bin/date >/dev/null\n", ""))):
            root = rootfs.busybox(self.space.directory(f"root-{tag}"), {"/app/main": main})
            image = rootfs.Image(f"{WEB}:{tag}", root, self.space.path / f"{tag}.tar", command=MAIN_ARGV)
            self.docker.load(image)
            setattr(self, f"image{tag}", image)
        self.agent = self.watch(Agent(self.space, [self.docker]))
        self.agent.start("auto", learning='stable_after = "8s"\n')
        self.old = self.docker.start("old", self.image1, MAIN_ARGV)
        wait_for("a stable profile", lambda: self.state() == "stable", 40, 0.5)
        second = int(time.time())
        wait_for("the next second", lambda: int(time.time()) > second)  # a release begins after it, by whole seconds
        self.agent.forget_alerts()

    def state(self):
        rows = self.agent.json("profile", "list")
        return rows[0]["state"] if rows else ""

    def alerts(self):
        """Active ones, as (rule, container)."""
        return {(a["rule"], a["container"]["id"]) for a in self.agent.alerts() if a["mode"] == "active"}

    def diff(self, before, after):
        done = self.agent.command("profile", "diff", f"{WEB}:{before}", f"{WEB}:{after}", check=False)
        return done.returncode, done.stdout

    def test_one_alert_a_release(self):
        releases = [self.docker.start(f"new-{n}", self.image2, MAIN_ARGV) for n in range(3)]
        alert = self.agent.wait_for_alert("drift.release")
        wait_for("steady behaviour of the release", lambda: "port=9090" in self.shown(), 30, 0.5)
        for container in releases:
            self.go_round(container)
        self.alerts_so_far(self.agent, self.old)
        alerts = self.alerts()
        self.assertEqual({rule for rule, _ in alerts}, {"drift.release"}, alerts)
        self.assertEqual(len(alerts), 1, "one for all containers of the release")
        self.assertIn(f"release {WEB}:2 does something that earlier images did not", alert["message"])

        code, text = self.diff("1", "2")
        self.assertEqual(code, 3, "a rollout can be made to stop there")
        self.assertRegex(text, r"\+ .*hostname")
        self.assertRegex(text, r"\+ .*9090")
        self.assertRegex(text, r"- .*date")
        self.assertNotRegex(text, r"[+-] .*sleep", "both do")
        self.assertEqual(self.diff("2", "2"), (0, ""))

        # The same in a container of the old image is not the release's, and a dropped file is no release's.
        self.order(self.old, CONNECT)
        self.agent.wait_for_alert("drift.new_destination")
        self.order(releases[0], "/bin/cp /bin/busybox /tmp/date; /tmp/date >/dev/null")
        self.assertEqual(self.agent.wait_for_alert("drift.not_from_image")["container"]["id"], releases[0].id)

        self.agent.forget_alerts()
        self.agent.command("profile", "allow", "--from-alert", alert["id"])
        self.assertNotIn("on trial", self.agent.command("profile", "show", WEB).stdout)
        late = self.docker.start("late", self.image2, MAIN_ARGV)
        self.go_round(late)
        self.order(self.old, CONNECT)
        self.alerts_so_far(self.agent, self.old)
        self.assertEqual(self.alerts(), set())

    def shown(self):
        """The steady part of `profile show`."""
        return self.agent.command("profile", "show", WEB).stdout.partition("\nsteady\n")[2]
