"""What a host process does leaves no trace in anything that the agent writes."""

import subprocess
import uuid

from harness.agent import Agent, build_attack
from harness.case import MAIN_ARGV, Case
from harness.host import run, wait_for
from harness.runtimes import Runc


class HostSilence(Case):
    def test_token_appears_nowhere(self):
        runtime, image = Runc(self.space), self.web_image()
        runtime.load(image)
        agent = self.watch(Agent(self.space, [runtime]))
        agent.start("learn", "--log-level", "trace")
        agent.follow("agent/events")
        container = runtime.start("web", image, MAIN_ARGV)
        host_token, inside_token = f"host{uuid.uuid4().hex[:8]}", f"inside{uuid.uuid4().hex[:8]}"
        target = self.space.directory("noise")
        run(build_attack(self.space, "host_noise"), host_token, target)
        # A token that a container uses must be found: the search itself works, and everything before it has been evaluated.
        self.order(container, f"/bin/echo {inside_token}")
        wait_for("the container's own token", lambda: inside_token in self.space.log("agent/events"), 20)
        answers = [agent.http("/metrics")[1]] + [
            agent.command(*command, "-o", "json").stdout
            for command in (("status",), ("alerts",), ("profile", "list"), ("doctor",))]
        agent.stop()
        self.assertNotIn(host_token, "".join(answers))
        found = subprocess.run(["grep", "-rlaF", host_token, agent.home], capture_output=True, text=True, check=False)
        self.assertEqual(found.stdout, "")
        found = subprocess.run(["grep", "-rlaF", inside_token, agent.home], capture_output=True, text=True, check=False)
        self.assertNotEqual(found.stdout, "")
