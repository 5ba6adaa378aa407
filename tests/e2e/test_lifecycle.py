"""Containers that ran before the agent did, signals, and a second agent."""

import json
import pathlib
import signal
import time
import tomllib

from harness.agent import Agent
from harness.case import MAIN_ARGV, Case, profiles_in
from harness.cri import Cri
from harness.host import remove_cgroups, run, wait_for
from harness.runtimes import Containerd, Docker


class Lifecycle(Case):
    def setUp(self):
        super().setUp()
        self.set_up_web()

    def test_already_running(self):
        container = self.runtime.start("early", self.image, MAIN_ARGV)
        container.wait_until_older_than(2.5)  # its startup phase is over before the agent is there
        self.agent.start("learn")
        self.assert_identity(self.agent.wait_for_row(container, "its row in status"), container)
        self.agent.wait_for_row(container, "something learned", lambda row: row["behaviours"] > 2)
        self.agent.stop()
        phases = {b["phase"] for b in tomllib.loads(profiles_in(self.agent.state)[0].read_text())["behaviour"]}
        self.assertEqual(phases, {"steady"})  # no startup or setup was seen, and none is claimed

    def test_a_container_whose_event_was_lost(self):
        """Its cgroup was made while the ring was full: the agent knows that something is missing, and looks for it."""
        self.agent.start("learn")
        top = pathlib.Path(self.agent.json("status")["cgroups"]["mount_point"]) / self.runtime.cgroup / "many"
        self.agent.process.send_signal(signal.SIGSTOP)
        try:
            for number in range(2000):  # more than the ring of a mebibyte has room for
                (top / str(number)).mkdir(parents=True)
            container = self.runtime.start("unheard", self.image, MAIN_ARGV)
        finally:
            self.agent.process.send_signal(signal.SIGCONT)
        self.assert_identity(self.agent.wait_for_row(container, "its row in status", timeout=30), container)
        self.assertRegex(self.agent.log, "containers were found ")
        lost = self.agent.metrics()['plimsoll_events_lost_total{hook="cgroup",reason="ring_full"}']
        self.assertGreater(lost, 0)
        self.agent.wait_for_row(container, "something learned", lambda row: row["behaviours"] > 2)
        container.put("/bin/busybox", "/tmp/busybox-x")
        self.order(container, "/tmp/busybox-x true")
        self.assert_identity(self.agent.wait_for_alert("drift.not_from_image")["container"], container)
        self.agent.stop()

    def test_sigterm_flushes(self):
        self.agent.start("learn")
        container = self.runtime.start("web", self.image, MAIN_ARGV)
        self.agent.wait_for_row(container, "something learned", lambda row: row["behaviours"] > 3)
        container.put("/bin/busybox", "/tmp/busybox-last")
        self.order(container, "/tmp/busybox-last true")
        before = time.monotonic()
        self.agent.stop()
        self.assertLess(time.monotonic() - before, 10)
        text = profiles_in(self.agent.state)[0].read_text()
        self.assertIn("/tmp/busybox-last", text)
        tomllib.loads(text)
        self.assertFalse(self.agent.socket.exists())
        self.assertEqual(list(self.agent.state.rglob("*.tmp*")), [])

    def test_sighup_takes_a_good_configuration(self):
        self.agent.start("learn")
        self.agent.configure("learn", extra='[rules."drift.new_executable"]\nseverity = "low"\n')
        self.agent.reload()
        wait_for("the new severity", lambda: self.severity() == "low", 10)
        self.agent.stop()

    def test_sighup_keeps_the_old_configuration_and_says_why(self):
        self.agent.start("learn")
        before = self.severity()
        self.agent.configure("learn", extra='[rules."drift.new_executable"]\nseverity = "loud"\n')
        self.agent.reload()
        wait_for("the log to say why", lambda: "loud" in self.agent.log, 10)
        self.assertEqual(self.severity(), before)
        self.agent.stop()

    def severity(self):
        # The running agent is asked by its socket: its configuration file may be a bad one by now.
        answer = json.loads(run(Agent.binary, "rules", "-o", "json", "--socket", self.agent.socket).stdout)
        rows = answer.get("rules", answer) if isinstance(answer, dict) else answer
        return next(r["severity"] for r in rows if r["id"] == "drift.new_executable")

    def test_second_agent_is_refused(self):
        self.agent.start("learn")
        self.assertIn(str(self.agent.socket), self.refusal(self.agent.config))
        other = self.space.path / "other.toml"
        other.write_text(self.agent.config.read_text().replace(str(self.agent.socket), f"{self.agent.socket}-2"))
        self.assertIn(str(self.agent.state), self.refusal(other))
        self.assertEqual(self.agent.http("/readyz")[0], 200)
        self.agent.stop()

    @staticmethod
    def refusal(config):
        """The error of a second agent, which must end by itself."""
        second = run(Agent.binary, "run", "--config", config, check=False, timeout=30)
        return second.stderr if second.returncode == 1 else f"exit {second.returncode}"


class Orchestrators(Case):
    """What only an orchestrator's own files say: pods and ECS tasks."""

    def test_kubernetes_pod(self):
        image = self.web_image()
        runtime = Containerd(self.space, cri=True, sandbox_image=image.reference)
        runtime.namespace = "k8s.io"
        runtime.load(image)
        agent = self.watch(Agent(self.space, [runtime]))
        agent.start("learn")
        uid = "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed"
        self.space.on_close(remove_cgroups, "kubepods", False)
        cri = Cri(runtime)
        pod, sandbox = cri.run_pod("web-7d9", "shop", uid, f"/kubepods/burstable/pod{uid}")
        self.addCleanup(cri.remove_pod, sandbox)
        container_id = cri.run_container(pod, sandbox, "web", image, MAIN_ARGV)
        row = wait_for("the pod's container in status", lambda: agent.row(container_id), 15)
        self.assertEqual((row["name"], row["role"], row["pod"], row["namespace"], row["image"], row["image_id"]),
                         ("web", "web", "web-7d9", "shop", image.reference, image.id))
        self.assertTrue(agent.row(sandbox)["sandbox"])
        agent.stop()

    def test_ecs_task(self):
        image, runtime = self.web_image(), Docker(self.space)
        runtime.load(image)
        agent = self.watch(Agent(self.space, [runtime]))
        agent.start("learn")
        task = "0123456789abcdef0123456789abcdef"
        self.space.on_close(remove_cgroups, "ecs", False)
        arn = f"arn:aws:ecs:eu-west-1:123456789012:task/shop/{task}"
        container = runtime.start(
            "ecs-web-1", image, MAIN_ARGV, options=[f"--cgroup-parent=/ecs/{task}"] + [
                f"--label=com.amazonaws.ecs.{label}" for label in (
                    f"task-arn={arn}", "cluster=shop", "container-name=web", "task-definition-family=web",
                    "task-definition-version=7")])
        row = agent.wait_for_row(container, "its row in status")
        self.assert_identity(row, container)
        self.assertEqual(row["role"], "web")
        self.assertIn(task, row["task"])
        agent.stop()
