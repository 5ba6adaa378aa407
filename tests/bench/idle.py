#!/usr/bin/env python3
"""What the agent needs while nothing happens: its memory, its BPF maps and its CPU time, with containers that sleep.

Usage: sudo tests/bench/idle.py [CONTAINERS [SECONDS]]     default 50 containers, 30 seconds
Needs a release build. It fails nothing; the table is last.
"""

import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

from harness import rootfs  # noqa: E402
from harness.agent import Agent  # noqa: E402
from harness.host import Workspace, wait_for  # noqa: E402
from harness.runtimes import Runc  # noqa: E402


def threads_cpu(pid):
    """Nanoseconds on a CPU by thread: {tid: (name, ns)}."""
    out = {}
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        name = (task / "comm").read_text().strip()
        out[task.name] = (name, int((task / "schedstat").read_text().split()[0]))
    return out


def resident(pid):
    """MiB by kind of mapping: all, of the agent alone, of files, shared with the kernel side."""
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    fields = {line.split(":")[0]: line.split()[1] for line in lines if line.startswith(("VmRSS", "Rss"))}
    return {name: int(kib) / 1024 for name, kib in fields.items()}


def map_memory(pid):
    """MiB that BPF maps charge, by kind: the agent holds a descriptor of each."""
    seen = {}
    for info in pathlib.Path(f"/proc/{pid}/fdinfo").iterdir():
        fields = dict(line.split(":\t", 1) for line in info.read_text().splitlines() if ":\t" in line)
        if "map_id" in fields:
            kind = "rings" if fields["map_type"] == "27" else "maps"  # BPF_MAP_TYPE_RINGBUF
            seen[fields["map_id"]] = (kind, int(fields["memlock"]))
    return {kind: sum(size for k, size in seen.values() if k == kind) / 2**20 for kind in ("maps", "rings")}


def watched(agent):
    return agent.metrics().get('plimsoll_containers{state="running"}', 0)


def writes(agent):
    return agent.metrics()["plimsoll_store_writes_total"]


def main(containers=50, seconds=30):
    space = Workspace()
    try:
        runtime = Runc(space)
        image = rootfs.Image("docker.io/test/idle:1", rootfs.busybox(space.directory("root")), space.path / "idle.tar")
        runtime.load(image)
        agent = Agent(space, [runtime])
        agent.start("learn")
        for number in range(containers):
            runtime.start(f"idle-{number}", image, ("/bin/sleep", "3600"))
        wait_for("every container to be watched", lambda: watched(agent) >= containers, 60)
        agent.wait_until_balanced()
        saved = writes(agent)
        wait_for("what they did at their start to be saved", lambda: writes(agent) > saved, 60, 1)
        pid = agent.process.pid
        before = threads_cpu(pid)
        time.sleep(seconds)
        after = threads_cpu(pid)
        memory, maps = resident(pid), map_memory(pid)
        agent.stop()
    finally:
        space.close()
    spent = {tid: (name, (ns - before.get(tid, (name, 0))[1]) / 1e9 / seconds) for tid, (name, ns) in after.items()}
    print("TABLE")
    print(f"{'containers':28}{containers:10}")
    for name, value in memory.items():
        print(f"{name + ' MiB':28}{value:10.1f}")
    for kind, value in maps.items():
        print(f"{'BPF ' + kind + ' MiB':28}{value:10.1f}")
    print(f"{'CPU, % of a core':28}{100 * sum(share for _, share in spent.values()):10.3f}")
    for tid, (name, share) in sorted(spent.items()):
        if share > 0:
            print(f"{'  thread ' + tid + ' ' + name:28}{100 * share:10.3f}")
    print("END TABLE")


if __name__ == "__main__":
    main(*(int(a) for a in sys.argv[1:]))
