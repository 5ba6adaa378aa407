"""Five hundred containers that live for less than 100 ms, twenty at a time: each named rightly, none lost."""

import json
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
        agent.follow("events", "--action", "exec")
        wait_for("events to be followed", lambda: self.probe(agent, start_one), 20, 1.0)
        names = [f"short-{number:04}" for number in range(COUNT)]
        with ThreadPoolExecutor(AT_A_TIME) as pool:
            list(pool.map(start_one, names))
        self.assertEqual(self.dropped(), 0)
        seen = wait_for(lambda: f"the programs of {self.missing}", lambda: self.all_seen(names), 60, 1.0)
        wrong = [e for e in seen.values() if e["image"] != image.reference or e["container"] != e["container_id"]]
        self.assertEqual(wrong, [])
        self.assertEqual({e["action"] for e in agent.events_of("events")}, {"exec"})
        self.assertEqual(self.dropped(), 0)
        lost = {k: v for k, v in agent.metrics().items() if k.startswith("plimsoll_events_lost_total") and v}
        self.assertEqual(lost, {})
        rows = [c for c in agent.json("status")["containers"] if c["id"] in names]
        self.assertEqual([c for c in rows if c["unnamed"] or c["lost_events"]], [])
        agent.stop()

    @staticmethod
    def probe(agent, start_one):
        start_one(f"probe-{time.monotonic_ns()}")
        return agent.events_of("events")

    def all_seen(self, names):
        """The exec of each container's own program by the id it came under; None until none is missing."""
        lines = (line for line in self.space.log("events").splitlines() if '"as":"true"' in line and line.endswith("}"))
        seen = {event["container_id"]: event for event in map(json.loads, lines)}
        missing = [name for name in names if name not in seen]
        self.missing = missing[:5]
        return None if missing else seen

    def dropped(self):
        """Events that our own follower was too slow for; with them nothing could be said."""
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
