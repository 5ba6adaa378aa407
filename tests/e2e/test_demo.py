"""`plimsoll demo`: the main job on a real container, in under two minutes, and nothing left behind."""

import pathlib
import re
import time

from harness.agent import Agent
from harness.case import Case
from harness.host import cgroup_hierarchies, mounts_below, run


def traces():
    """What a demo could leave behind."""
    groups = {str(d) for top in cgroup_hierarchies() for d in pathlib.Path(top).iterdir() if d.is_dir() and "plimsoll" in d.name}
    return groups | {p for top in ("/tmp", "/run", "/var/tmp") for p in mounts_below(top) if "plimsoll" in p}


class Demo(Case):
    def test_shows_three_alerts_and_cleans_up(self):
        for attempt in range(2):
            with self.subTest(attempt=attempt):
                before, began = traces(), time.monotonic()
                demo = run(Agent.binary, "demo", check=False, timeout=150)
                print(demo.stdout[-3000:])
                self.assertEqual(demo.returncode, 0, demo.stderr[-3000:])
                self.assertLess(time.monotonic() - began, 120)
                for family in ("drift", "escalation", "cryptojacking"):
                    self.assertIsNotNone(re.search(rf"\b{family}\.[a-z_0-9]+", demo.stdout), f"no {family} alert")
                self.assert_clean_text(demo.stdout)
                self.assertEqual(traces() - before, set())
