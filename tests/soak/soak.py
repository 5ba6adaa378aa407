#!/usr/bin/env python3
"""Real services, learned until they are stable, then watched for false alerts. Run by tests/soak/run.sh, which says how."""

import argparse
import json
import os
import pathlib
import shutil
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

from harness import rootfs  # noqa: E402
from harness.agent import Agent  # noqa: E402
from harness.host import BUILD, Failure, Workspace, stop, wait_for  # noqa: E402
from harness.runtimes import Docker  # noqa: E402

import report  # noqa: E402
import services  # noqa: E402
from fleet import Fleet  # noqa: E402

LONGEST_LEARNING = 75 * 60
RESULTS = BUILD.parent / "soak"


def log(text):
    print(time.strftime("%H:%M:%S"), text, flush=True)


def images(docker, space, root):
    """Each service's repository, and a second release of one of them."""
    out = {}
    wanted = [(s.name, "1") for s in services.SERVICES] + [(services.BUMPED, "2")]
    for name, release in wanted:
        image = rootfs.Image(f"docker.io/soak/{name}:{release}", root, space.path / "image.tar", space.path / "layer")
        docker.load(image)
        image.archive.unlink()
        out[name, release] = image
    (space.path / "layer").unlink()
    return out


def profiles(agent):
    """Rows of `profile list`, by service."""
    return {row["repository"].rsplit("/", 1)[1]: row for row in agent.json("profile", "list")}


def healthy(fleet):
    if fleet.errors:
        raise Failure("; ".join(fleet.errors))


def learn(agent, fleet):
    """Until every lineage is stable."""
    begun = reported = time.monotonic()
    while True:
        healthy(fleet)
        rows = profiles(agent)
        if len(rows) == len(services.SERVICES) and all(r["state"] == "stable" for r in rows.values()):
            log(f"all stable after {(time.monotonic() - begun) / 60:.0f} min")
            return
        if time.monotonic() - reported > 60:
            reported = time.monotonic()
            for name, row in sorted(rows.items()):
                log(f"{name:9}{row['behaviours']:4} behaviours  {row['reason']}")
        if time.monotonic() - begun > LONGEST_LEARNING:
            raise Failure(f"not stable after {LONGEST_LEARNING / 60:.0f} min")
        time.sleep(5)


def record(agent, capture):
    """The process that records from now on, the learning included; None without a file."""
    if capture:
        return agent.space.spawn([agent.binary, "record", capture, "--config", agent.config], "record.log")
    return None


def recorded(agent, recorder):
    """A recording with a hole is none: what went wrong with it fails the run."""
    if recorder and stop(recorder) != 0:
        raise Failure(f"record: {agent.space.log('record.log')}")


def detect(agent, fleet, hours):
    """For so many container-hours, with a new release of one service in the middle; what report.Figures needs."""
    figures = report.Figures(profiles(agent), fleet)
    agent.forget_alerts()
    begun, bumped = fleet.hours(), False
    while fleet.hours() - begun < hours:
        healthy(fleet)
        if not bumped and fleet.hours() - begun >= hours / 2:
            log(f"release 2 of {services.BUMPED}")
            fleet.bump(services.BUMPED)
            bumped = True
        figures.look(profiles(agent))
        time.sleep(5)
    figures.finish(fleet, profiles(agent))
    fleet.stop()
    healthy(fleet)
    agent.wait_until_balanced()
    return figures


def changes(agent):
    """Rows of `profile diff` between both releases."""
    before, after = (f"docker.io/soak/{services.BUMPED}:{release}" for release in "12")
    done = agent.command("profile", "diff", before, after, "-o", "json", check=False)
    return json.loads(done.stdout)


def soak(space, arguments):
    root = services.root()
    docker = Docker(space)
    agent = Agent(space, [docker])
    fleet = Fleet(docker, root, images(docker, space, root), arguments.replicas)
    space.on_close(fleet.stop)
    agent.start("auto", startup="60s", learning=f"max_new_behaviours_per_day = {arguments.new_behaviours}\n")
    recorder = record(agent, arguments.capture)
    try:
        log(f"starting {len(fleet.replicas)} containers")
        fleet.start()
        learn(agent, fleet)
        log(f"detecting for {arguments.hours:g} container-hours")
        figures = detect(agent, fleet, arguments.hours)
        recorded(agent, recorder)
        diff = changes(agent)
        lost = agent.json("status")["events"]["lost"]
        wait_for("the agent to write its profiles", lambda: agent.stop() is None)
        return report.print_report(figures, agent.alerts(updates=True), diff, lost)
    finally:
        keep(agent)


def keep(agent):
    """What is worth a look afterwards."""
    shutil.rmtree(RESULTS, ignore_errors=True)
    RESULTS.mkdir(parents=True)
    for path in (agent.alerts_file, agent.space.path / agent.log_name):
        if path.exists():
            shutil.copy(path, RESULTS)
    if agent.state.exists():
        shutil.copytree(agent.state, RESULTS / "state", symlinks=True)
    log(f"profiles and alerts are in {RESULTS}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("hours", type=float, nargs="?", default=12.0)
    parser.add_argument("--replicas", type=int, default=6)
    parser.add_argument("--new-behaviours", type=float, default=100.0)
    parser.add_argument("--capture", type=pathlib.Path)
    arguments = parser.parse_args()
    if os.geteuid() != 0 or not Agent.binary.exists():
        print(f"soak: needs root and {Agent.binary} (cmake --build --preset release)", file=sys.stderr)
        return 2
    if arguments.capture and arguments.capture.exists():
        print(f"soak: --capture {arguments.capture}: is there; accepted: a new name", file=sys.stderr)
        return 2
    # An interrupted run has to clean up as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    space = Workspace()
    try:
        return soak(space, arguments)
    finally:
        space.close()


if __name__ == "__main__":
    sys.exit(main())
