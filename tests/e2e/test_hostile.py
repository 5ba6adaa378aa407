"""A container that does a million different things stays within the agent's memory limit, and costs other containers nothing."""

import collections
import json
import pathlib
import tomllib

from harness import rootfs
from harness.agent import Agent, build_attack
from harness.case import MAIN_ARGV, Case
from harness.host import wait_for
from harness.runtimes import Runc

MIB = 1024


class Hostile(Case):
    def test_a_million_paths_and_destinations(self):
        runtime, image = Runc(self.space), self.web_image()
        other = rootfs.Image("docker.io/test/other:1", image.rootfs, self.space.path / "other.tar", command=MAIN_ARGV)
        for each in (image, other):
            runtime.load(each)
        agent = self.watch(Agent(self.space, [runtime]))
        agent.start("learn", extra="[sensor]\nevents_per_second = 0\n")
        hostile = runtime.start("hostile", image, MAIN_ARGV)
        hostile.put(build_attack(self.space, "hammer"), "/app/hammer")
        victim = runtime.start("victim", other, MAIN_ARGV)
        wait_for("both to be learned", lambda: len(agent.json("profile", "list")) == 2, 30, 0.5)

        done, most = 0, 0
        while done < 1_000_000:
            for what, rate in (("new", 2000), ("paths", 2000), ("paths", 0), ("new", 0)):
                done += 2 * float(hostile.exec("/app/hammer", what, "2", str(rate)).stdout)
            most = max(most, self.resident(agent))
        self.order(victim, "")
        victim.put("/bin/busybox", "/tmp/dropped")
        self.order(victim, "/tmp/dropped true")
        alert = wait_for("the alert", lambda: next((a for a in agent.alerts() if a["process"]["exe"] == "/tmp/dropped"), None), 60)
        self.assertEqual(alert["container"]["id"], victim.id)
        self.assertEqual(alert["lost_events"], 0, alert["evidence"])
        states = wait_for("the state", lambda: self.states(agent), 60, 0.5)
        self.assertEqual(states["docker.io/test/web"], "too_large")
        self.assertNotEqual(states["docker.io/test/other"], "too_large")
        full = wait_for("the alert of it", lambda: [a for a in agent.alerts() if a["rule"] == "integrity.profile_full"], 60)
        self.assertEqual({a["container"]["id"] for a in full}, {hostile.id})
        self.assertEqual(len({a["id"] for a in full}), 1)
        text = agent.command("profile", "show", "docker.io/test/web", "-o", "toml").stdout
        self.assert_clean_text(text)
        learned = collections.Counter(b["action"] for b in tomllib.loads(text)["behaviour"])
        self.assertGreater(learned["mount"], 1000)
        self.assertGreater(learned["connect"], 1000)
        hostile.stop()
        victim.stop()
        agent.wait_until_balanced()
        most = max(most, self.resident(agent))
        print(f"   {done:,.0f} done, the agent had {most / MIB:.0f} MiB at most", flush=True)
        self.assertLess(most, 128 * MIB)

    @staticmethod
    def states(agent):
        """Nothing while the agent is too busy to answer."""
        answer = agent.command("profile", "list", "-o", "json", check=False)
        rows = json.loads(answer.stdout) if answer.returncode == 0 else []
        return {row["repository"]: row["state"] for row in rows}

    @staticmethod
    def resident(agent):
        """Its peak resident memory, in KiB."""
        status = pathlib.Path(f"/proc/{agent.process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
