"""Short-lived containers: five hundred of less than 100 ms by runtimes, twenty at a time, and two thousand of a few milliseconds
without a runtime. Each is named correctly, none is lost, and none is left in the tables."""

import json
import pathlib
import re
import time
from concurrent.futures import ThreadPoolExecutor

from harness.agent import Agent, build_attack
from harness.case import Case
from harness.host import run, wait_for
from harness.runtimes import Containerd, Runc

COUNT, AT_A_TIME = 500, 20
BARE, BARE_LIFE_MS = 2000, 50
MOST_MIB = 24  # by which the agent may grow meanwhile


class ShortLived(Case):
    def many(self, runtime, image, start_one):
        agent = self.watch(Agent(self.space, [runtime]))
        agent.start("learn")
        agent.follow("events", "--action", "exec")
        wait_for("events to be followed", lambda: self.probe(agent, runtime, start_one), 20, 1.0)
        names = [f"short-{number:04}" for number in range(COUNT)]
        runtime.ids.update(names)
        with ThreadPoolExecutor(AT_A_TIME) as pool:
            list(pool.map(start_one, names))
        self.assertEqual(self.dropped(), 0)
        seen = wait_for(lambda: f"the programs of {self.missing}", lambda: self.all_seen(names), 60, 1.0)
        wrong = [e for e in seen.values() if e["image"] != image.reference or e["container"] != e["container_id"]]
        self.assertEqual(wrong, [])
        self.assertEqual({e["action"] for e in agent.events_of("events")}, {"exec"})
        self.assertEqual(self.dropped(), 0)
        self.assertEqual(agent.lost(), {})
        self.assertEqual([row for row in agent.rows() if row["unnamed"] or row["lost_events"]], [])
        agent.stop()

    @staticmethod
    def probe(agent, runtime, start_one):
        name = f"probe-{time.monotonic_ns()}"
        runtime.ids.add(name)
        start_one(name)
        return agent.events_of("events")

    def all_seen(self, names):
        """{container id: the exec of its own program}; None while one is missing."""
        lines = (line for line in self.space.log("events").splitlines() if '"as":"true"' in line and line.endswith("}"))
        seen = {event["container_id"]: event for event in map(json.loads, lines)}
        missing = [name for name in names if name not in seen]
        self.missing = missing[:5]
        return None if missing else seen

    def dropped(self):
        """Events that our own follower was too slow for: with any, the test proves nothing."""
        return max((json.loads(line)["dropped"] for line in self.space.log("events").splitlines()[-20:-1]), default=0)

    def test_runc(self):
        runtime, image = Runc(self.space), self.web_image("docker.io/test/short:1")

        def start_one(name):
            bundle = runtime.bundle(name, image, ["/bin/true"], overlay=False)
            run("runc", "--root", runtime.state, "run", "--bundle", bundle, name)

        self.many(runtime, image, start_one)

    def test_containerd(self):
        runtime, image = Containerd(self.space), self.web_image("docker.io/test/short:1")
        runtime.load(image)
        self.many(runtime, image,
                  lambda name: runtime.ctr("run", "--rm", "--null-io", "--cgroup", f"/{runtime.cgroup}/{name}",
                                           image.reference, name, "/bin/true"))


class Bare(Case):
    """Cgroups made as a runtime makes them, from a bundle's directory, without the rest of a runtime's work."""

    def setUp(self):
        super().setUp()
        self.runtime = Runc(self.space)
        self.agent = self.watch(Agent(self.space, [self.runtime]))
        self.agent.start("learn")
        self.bundle = self.runtime.bundle("bare", self.web_image("docker.io/test/bare:1"), ["/bin/true"])
        spec = json.loads((self.bundle / "config.json").read_text())
        del spec["linux"]["cgroupsPath"]  # they are many
        (self.bundle / "config.json").write_text(json.dumps(spec))
        self.top = pathlib.Path(self.agent.json("status")["cgroups"]["mount_point"]) / self.runtime.cgroup
        self.top.mkdir()
        wait_for("its cgroup to be the host's", lambda: self.agent.json("status")["pending"] == 0, 20, 0.5)

    def test_two_thousand(self):
        before, memory = self.slots(), self.memory_mib()
        lives = run(build_attack(self.space, "short_lived"), self.top, "bare", BARE, "/bin/true", cwd=self.bundle, timeout=300)
        longest, median = map(float, lives.stdout.split())
        print(f"   lived {median:.1f} ms, the longest {longest:.1f} ms", flush=True)
        self.assertLess(median, BARE_LIFE_MS)
        rows = wait_for("all of them to be named and evaluated", self.all_evaluated, 60, 0.5)
        self.assertEqual({(r["image"], r["unnamed"], r["events"], r["lost_events"], r["running"]) for r in rows},
                         {("docker.io/test/bare:1", False, 1, 0, False)})
        self.assertLess(self.memory_mib() - memory, MOST_MIB)
        self.agent.wait_until_balanced()
        wait_for("the slots to come free", lambda: not self.rows() and self.slots() <= before + self.others(), 90, 2.0)
        status = self.agent.json("status")
        self.assertEqual((status["pending"], status["held_events"], status["problems"]), (0, 0, []))
        self.agent.stop()

    def rows(self):
        return [c for c in self.agent.json("status")["containers"] if c["id"].startswith("bare-")]

    def all_evaluated(self):
        rows = self.rows()
        return rows if len(rows) == BARE and all(r["events"] and not r["running"] for r in rows) else None

    def others(self):
        """How many containers are not the test's: each has a slot as well."""
        status = self.agent.json("status")
        return status["pending"] + sum(not row["id"].startswith("bare-") for row in status["containers"])

    def memory_mib(self):
        status = pathlib.Path(f"/proc/{self.agent.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s*(\d+)", status)[1]) / 1024

    def slots(self):
        """How many slots of the kernel side's table are taken."""
        for descriptor in pathlib.Path(f"/proc/{self.agent.process.pid}/fdinfo").iterdir():
            found = re.search(r"map_id:\s*(\d+)", descriptor.read_text() if descriptor.exists() else "")
            if found and json.loads(run("bpftool", "-j", "map", "show", "id", found[1]).stdout).get("name") == "slots":
                table = json.loads(run("bpftool", "-j", "map", "dump", "id", found[1], timeout=60).stdout)
                return sum(place["formatted"]["value"]["slot"] != 0 for place in table)
        raise AssertionError("the agent has no table of slots")
