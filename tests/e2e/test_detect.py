"""Learn, detect, alert: on every runtime, on cgroup v1/hybrid and on v2 alone."""

import tomllib

from harness import rootfs
from harness.agent import Agent, build_attack
from harness.case import MAIN_ARGV, RUNTIMES, Case, profiles_in
from harness.host import wait_for

# What running a dropped program must raise, and nothing else.
DROPPED = {"drift.not_from_image"}


class Detect(Case):
    def learn_then_detect(self, kind, prefix=()):
        runtime = RUNTIMES[kind](self.space, prefix)
        image = self.web_image()
        runtime.load(image)
        agent = self.watch(Agent(self.space, [runtime], prefix=prefix))

        agent.start("learn")
        container = runtime.start("web", image, MAIN_ARGV)
        wait_for("steady behaviour to be learned", lambda: self.learned(agent, "steady", "date"), 30, 0.5)
        self.go_round(container)  # what it takes to follow an order is normal as well
        container.stop()
        agent.stop()
        self.assertEqual([a["rule"] for a in agent.alerts() if a["mode"] != "shadow"], [])
        agent.forget_alerts()
        profile = tomllib.loads(profiles_in(agent.state)[0].read_text())
        self.assertEqual(profile["image"]["repository"], "docker.io/test/web")
        if kind != "runc":
            self.assertEqual(profile["image"]["id"], image.id)

        agent.start("detect")
        agent.follow("phases")
        container = runtime.start("web", image, MAIN_ARGV)
        self.wait_until_steady(agent, container)
        self.go_round(container)
        self.assertEqual(self.alerts_so_far(agent, container), [])
        container.put("/bin/busybox", "/tmp/busybox-x")
        self.order(container, "/tmp/busybox-x echo dropped")
        alert = agent.wait_for_alert("drift.not_from_image")
        self.check(alert, container)
        agent.stop()
        self.assert_rules(agent.alerts(), DROPPED, container)

    @staticmethod
    def learned(agent, phase, called_as, repository=""):
        rows = agent.json("profile", "list")
        rows = rows.get("profiles", rows) if isinstance(rows, dict) else rows
        rows = [r for r in rows if r["repository"].endswith(repository)]
        if not rows:
            return False
        text = agent.json("profile", "show", rows[0]["repository"])["toml"]
        return any(b["phase"] == phase and b["object"].get("as") == called_as
                   for b in tomllib.loads(text).get("behaviour", []))

    def check(self, alert, container):
        self.assertEqual(alert["schema"], "1.0")
        self.assertRegex(alert["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$")
        self.assertEqual(alert["mode"], "active")
        self.assertEqual(alert["host"]["cluster"], "e2e")
        self.assert_identity(alert["container"], container)
        self.assertEqual(alert["process"]["exe"], "/tmp/busybox-x")
        self.assertEqual(alert["process"]["argv"], ["/tmp/busybox-x", "echo", "dropped"])
        self.assertEqual(alert["process"]["uid"], 0)
        self.assertIn("/bin/busybox", alert["process"]["ancestors"][0]["exe"])
        behaviour = alert["behaviour"]
        self.assertEqual(behaviour["phase"], "steady")
        self.assertIn("/bin/busybox", behaviour["actor"])
        self.assertEqual(behaviour["action"], "exec")
        self.assertEqual(behaviour["object"]["path"], "/tmp/busybox-x")
        self.assertEqual(behaviour["object"]["as"], "busybox-x")
        self.assertEqual(behaviour["object"]["origin"], "upper_new")
        self.assertEqual(alert["lost_events"], 0)
        self.assertEqual(alert["count"], 1)

    def test_known_in_one_image_is_new_in_another(self):
        """The same file, the same program, the same arguments: what is known of one image says nothing about another."""
        runtime, image = RUNTIMES["runc"](self.space), self.web_image()
        other = rootfs.Image("docker.io/test/other:1", image.rootfs, self.space.path / "other.tar", command=MAIN_ARGV)
        for each in (image, other):
            runtime.load(each)
        agent = self.watch(Agent(self.space, [runtime]))
        agent.start("learn")
        pair = [runtime.start(f"learning-{n}", each, MAIN_ARGV) for n, each in enumerate((image, other))]
        for repository in ("test/web", "test/other"):
            wait_for("steady behaviour", lambda name=repository: self.learned(agent, "steady", "date", name), 30, 0.5)
        self.order(pair[0], "/bin/hostname >/dev/null")
        self.order(pair[1], "")
        wait_for("it to be learned", lambda: self.learned(agent, "steady", "hostname", "test/web"), 30, 0.5)
        self.assertFalse(self.learned(agent, "steady", "hostname", "test/other"))
        for container in pair:
            container.stop()
        agent.stop()
        agent.forget_alerts()

        agent.start("detect")
        agent.follow("phases")
        pair = [runtime.start(f"detecting-{n}", each, MAIN_ARGV) for n, each in enumerate((image, other))]
        for container in pair:
            self.wait_until_steady(agent, container)
            self.order(container, "/bin/hostname >/dev/null")
        agent.wait_for_alert("drift.new_executable")
        self.alerts_so_far(agent, pair[0])
        agent.stop()
        self.assert_rules(agent.alerts(), {"drift.new_executable"}, pair[1])


def add(kind, cgroups):
    def test(self):
        self.learn_then_detect(kind, self.cgroup2_only() if cgroups == "v2" else ())

    setattr(Detect, f"test_{kind}_{cgroups}", test)


for _kind in RUNTIMES:
    for _cgroups in ("hybrid", "v2"):
        add(_kind, _cgroups)


class HardRules(Case):
    """Behaviour that is an attack in itself is reported while learning as well, and is never learned."""

    def test_fileless_and_control_socket_while_learning(self):
        runtime = RUNTIMES["runc"](self.space)
        image = self.web_image()
        runtime.load(image)
        agent = self.watch(Agent(self.space, [runtime]))
        agent.start("learn")
        container = runtime.start("web", image, MAIN_ARGV)
        container.put(build_attack(self.space, "memfd_exec"), "/tmp/m")
        container.put(build_attack(self.space, "unix_connect"), "/tmp/u")
        self.order(container, "/tmp/m /bin/busybox true; /tmp/u /var/run/docker.sock")
        fileless = agent.wait_for_alert("drift.fileless")
        control = agent.wait_for_alert("escalation.control_socket")
        agent.stop()
        for alert in (fileless, control):
            self.assertEqual(alert["mode"], "active")
            self.assert_identity(alert["container"], container)
        for profile in profiles_in(agent.state):
            self.assertNotIn("memfd", profile.read_text())
            self.assertNotIn("docker.sock", profile.read_text())
