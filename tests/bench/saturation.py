#!/usr/bin/env python3
"""What is left of a host when two processes of a container do one thing as fast as they can: with the agent, against without it.

Usage: sudo tests/bench/saturation.py [SECONDS]     seconds a measurement takes; default 5
Needs a release build, and a machine that does nothing else. Each row is measured in turn without and with the agent, three times; its ratio is the median.
Timings: they are there to be read, and fail nothing.
"""

import pathlib
import re
import statistics
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

from harness import rootfs  # noqa: E402
from harness.agent import Agent, build_attack  # noqa: E402
from harness.host import Workspace, wait_for  # noqa: E402
from harness.runtimes import Runc  # noqa: E402

ROUNDS = 3
NEW = "a UDP connect to another port or address each time"
# hammer's argument, its rate (0: as fast as it can), and what that is
WORKLOADS = (("known", 0, "the same UDP connect"), ("exec", 0, "the same program"), ("new", 50000, NEW),
             ("new", 250000, NEW), ("new", 0, NEW))


def busy(samples):
    return samples["process_cpu_seconds_total"]


def sums(samples):
    out = {"seen": 0, "known": 0, "emitted": 0, "lost": 0}
    for name, value in samples.items():
        found = re.match(r"plimsoll_events_(seen|known|emitted|lost)_total\{", name)
        if found:
            out[found[1]] += value
    return out


def patient(agent):
    """The metrics, as soon as the agent has caught up."""
    def ask():
        try:
            return agent.metrics()
        except (OSError, ValueError):
            return None
    return wait_for("the agent to answer", ask, 120, 0.5)


def measure(space, image, runtime, workload, limit, seconds):
    """A row of figures: rates without and with, in turns."""
    ratios, cpu, each, lost, unaccounted, rss = [], [], [], 0, 0, 0
    for turn in range(ROUNDS):
        rates = {}
        for watched in (False, True):
            agent = Agent(space, [runtime], name=f"agent-{workload}-{limit}-{turn}") if watched else None
            if agent:
                # In learn: what is known is known after its first second. New behaviours of one container are not limited.
                agent.start("learn", extra="[sensor]\nevents_per_second = 0\n")
            container = runtime.start(f"hammer-{workload}-{limit}-{turn}-{watched}", image, ("/bin/sleep", "600"))
            container.exec("/app/hammer", workload, "1", str(limit))
            before = patient(agent) if agent else None
            rates[watched] = float(container.exec("/app/hammer", workload, str(seconds), str(limit)).stdout)
            if agent:
                after = patient(agent)
                cpu.append((busy(after) - busy(before)) / seconds)
                each.append(1e6 * cpu[-1] / rates[True])
                lost += sums(after)["lost"] - sums(before)["lost"]
                rss = max(rss, after["process_resident_memory_bytes"])
            container.stop()
            if agent:
                total = sums(patient(agent))
                unaccounted += total["seen"] - total["known"] - total["emitted"] - total["lost"]
                agent.stop()
        ratios.append(rates[True] / rates[False])
    name = f"{workload} {limit // 1000}k" if limit else workload
    return (f"{name:10}{rates[False]:12,.0f}{statistics.median(ratios):8.2f}{statistics.median(cpu):10.3f}"
            f"{statistics.median(each):10.2f}{lost:12,.0f}{unaccounted:13,.0f}{rss / 2**20:8.0f}")


def main(seconds=5.0):
    space = Workspace()
    try:
        hammer = build_attack(space, "hammer")
        root = rootfs.busybox(space.directory("root"))
        (root / "app").mkdir(exist_ok=True)
        (root / "app" / "hammer").write_bytes(hammer.read_bytes())
        (root / "app" / "hammer").chmod(0o755)
        runtime = Runc(space)
        image = rootfs.Image("docker.io/test/hammer:1", root, space.path / "hammer.tar")
        runtime.load(image)
        rows = [measure(space, image, runtime, workload, limit, seconds) for workload, limit, _ in WORKLOADS]
    finally:
        space.close()
    print("TABLE")
    print(f"{'WORKLOAD':10}{'WITHOUT/s':>12}{'RATIO':>8}{'AGENT CPU':>10}{'us EACH':>10}{'LOST':>12}{'UNACCOUNTED':>13}"
          f"{'RSS MiB':>8}")
    print(*rows, sep="\n")
    print("END TABLE")
    for workload, what in {workload: what for workload, _, what in WORKLOADS}.items():
        print(f"{workload}: {what}, by two processes")
    print("AGENT CPU: of a core; us EACH: the agent's, for each thing that was done; LOST: in all rounds")


if __name__ == "__main__":
    main(*(float(a) for a in sys.argv[1:]))
