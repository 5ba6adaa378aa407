"""Five hundred containers that live for less than 100 ms, twenty at a time: each named rightly, none lost."""

import time
from concurrent.futures import ThreadPoolExecutor

from harness.agent import Agent
from harness.case import Case
from harness.host import run, wait_for
from harness.runtimes import Containerd, Runc

COUNT, AT_A_TIME = 500, 20


class ShortLived(Case):
    def many(self, runtime, image, start_one):
        agent = self.watch(Agent(self.space, [runtime]))
        agent.start("learn")
        agent.follow("events")
        wait_for("events to be followed", lambda: self.probe(agent, start_one), 20, 1.0)
        names = [f"short-{number:04}" for number in range(COUNT)]
        with ThreadPoolExecutor(AT_A_TIME) as pool:
            list(pool.map(start_one, names))
        seen = {}
        wait_for("every container's program to be seen", lambda: self.collect(agent, seen, names), 60, 1.0)
        wrong = [e for e in seen.values() if e["image"] != image.reference or e["container"] != e["container_id"]]
        self.assertEqual(wrong, [])
        self.assertEqual([e for e in agent.events_of("events") if e.get("dropped")], [])
        samples = agent.metrics()
        self.assertEqual({k: v for k, v in samples.items() if k.startswith("plimsoll_events_lost_total") and v}, {})
        self.assertEqual([k for k, v in samples.items() if "unnamed" in k and v], [])
        agent.stop()

    @staticmethod
    def probe(agent, start_one):
        start_one(f"probe-{time.monotonic_ns()}")
        return agent.events_of("events")

    @staticmethod
    def collect(agent, seen, names):
        """True once each name has the exec of its own program, under its own id."""
        for event in agent.events_of("events"):
            if event["action"] == "exec" and event["object"].get("as") == "true":
                seen[event["container_id"]] = event
        return set(names) <= set(seen)

    def test_runc(self):
        runtime, image = Runc(self.space), self.web_image("docker.io/test/short:1")
        bundle = runtime.bundle("short", image, ["/bin/true"], overlay=False)
        self.many(runtime, image, lambda name: run("runc", "--root", runtime.state, "run", "--bundle", bundle, name))

    def test_containerd(self):
        runtime, image = Containerd(self.space), self.web_image("docker.io/test/short:1")
        runtime.load(image)
        self.many(runtime, image,
                  lambda name: runtime.ctr("run", "--rm", "--null-io", "--cgroup", f"/{runtime.cgroup}/{name}",
                                           image.reference, name, "/bin/true"))
