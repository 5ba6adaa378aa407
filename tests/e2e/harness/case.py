"""What every end-to-end test case has: a workspace of its own, the workload image and assertions on alerts."""

import pathlib
import re
import time
import types
import unittest

from . import rootfs
from .agent import MARKER, Agent
from .host import MountNamespace, Workspace, wait_for
from .runtimes import Containerd, Docker, Podman, Runc

options = types.SimpleNamespace(fast=False, long=False)

# The workload: a few programs and a connect over and over. Whatever is put into /tmp/order is run by the container's own
# shell, once: so an attack comes from within, as one through a vulnerable service does.
MAIN = """#!/bin/sh
while :; do
  /bin/date >/dev/null
  /bin/nc -z 127.0.0.1 8080
  if [ -f /tmp/order ]; then
    . /tmp/order
    /bin/rm -f /tmp/order
  fi
  /bin/rm -f /tmp/none
  /bin/sleep 0.2
done
"""
MAIN_ARGV = ("/bin/sh", "/app/main")
RUNTIMES = {"runc": Runc, "docker": Docker, "containerd": Containerd, "podman": Podman}


class Case(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.space = Workspace()
        self.addCleanup(self.space.close)
        self.addCleanup(self._show_log)
        self.agents = []

    def _show_log(self):
        """On a failure the end of the agents' logs says more than the assertion."""
        outcome = getattr(self._outcome, "success", True)
        if not outcome:
            for agent in self.agents:
                print(f"   agent's log, last lines:\n{agent.log[-4000:]}")

    def watch(self, agent):
        self.agents.append(agent)
        return agent

    def cgroup2_only(self):
        return MountNamespace(self.space).prefix

    def web_image(self, reference="docker.io/test/web:1"):
        """The busybox image with the workload."""
        root = rootfs.busybox(self.space.directory("web-root"), {"/app/main": MAIN})
        return rootfs.Image(reference, root, self.space.path / "web.tar", command=MAIN_ARGV)

    def set_up_web(self):
        """runc, the image with the workload, and an agent that is not started yet."""
        self.runtime, self.image = Runc(self.space), self.web_image()
        self.runtime.load(self.image)
        self.agent = self.watch(Agent(self.space, [self.runtime]))

    def order(self, container, script):
        """Has the container's own shell run `script`, and waits until it has."""
        new = container.root / "tmp" / "order.new"
        new.write_text(script + "\n")
        new.chmod(0o755)
        new.rename(container.root / "tmp" / "order")
        wait_for("the order to be run", lambda: not (container.root / "tmp" / "order").exists(), 20)

    def go_round(self, container):
        """Waits until it has gone through its whole loop once, an order included."""
        for _ in range(2):  # after the first one, the rest of that round is still to be done
            self.order(container, "")

    def alerts_so_far(self, agent, container):
        """The alerts about everything that happened until now, for checks that something raises none. `container` runs a marker, a
        program that is in no image, whose alert is written after those."""
        for _ in range(2):  # rings are read in turn: the second is raised only after all that was in any of them before the first
            marker = f"{MARKER}{time.monotonic_ns()}"
            container.put("/bin/busybox", marker)
            container.exec(marker, "true")
            wait_for("the marker's alert", lambda path=marker: any(path in line for line in agent.alert_lines()))
        return agent.alerts()

    def wait_until_steady(self, agent, *containers):
        """Waits until each has done something after its startup phase. Before they start: agent.follow("phases")."""
        for container in containers:
            wait_for(f"{container.name} to be steady", lambda id_=container.id: any(
                e["container_id"] == id_ and e["phase"] == "steady" for e in agent.events_of("phases")))

    def assert_rules(self, alerts, expected, container=None):
        """Exactly these rules, each at least once; all of that container."""
        self.assertEqual(sorted({a["rule"] for a in alerts}), sorted(expected),
                         [(a["rule"], a["message"]) for a in alerts])
        for alert in alerts if container else ():
            self.assertEqual(alert["container"]["id"], container.id, alert["message"])

    def assert_identity(self, found, container):
        """The `container` object of an alert, or a row of `status`, names the container correctly."""
        self.assertEqual(found["id"], container.id)
        self.assertEqual(found["name"], container.name)
        self.assertEqual(found["runtime"], container.runtime.kind)
        self.assertEqual(found["image"], container.image.reference)
        if container.runtime.kind != "runc":  # a bare bundle has no image id
            self.assertEqual(found["image_id"], container.image.id)

    def assert_clean_text(self, text):
        """Nothing in the output can harm a terminal."""
        self.assertIsNone(re.search(r"[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f]", text))


def profiles_in(state):
    return sorted(pathlib.Path(state).rglob("*.toml"))
