"""`plimsoll demo`: the main job on a real container, in under two minutes, and nothing left behind."""

import os
import pathlib
import re
import time

from harness.agent import Agent
from harness.case import Case
from harness.host import cgroup_hierarchies, mounts_below, run


class Demo(Case):
    def test_shows_three_alerts_and_cleans_up(self):
        for attempt in range(2):
            with self.subTest(attempt=attempt):
                began = time.monotonic()
                demo = run(Agent.binary, "demo", check=False, timeout=150, env={**os.environ, "TMPDIR": str(self.space.path)})
                print(demo.stdout[-3000:])
                self.assertEqual(demo.returncode, 0, demo.stderr[-3000:])
                self.assertLess(time.monotonic() - began, 120)
                for family in ("drift", "escalation", "cryptojacking"):
                    self.assertIsNotNone(re.search(rf"\b{family}\.[a-z_0-9]+", demo.stdout), f"no {family} alert")
                self.assert_clean_text(demo.stdout)
                name = re.search(r"container (plimsoll-demo-\d+)", demo.stdout)[1]
                left = [str(p) for top in cgroup_hierarchies() for p in pathlib.Path(top).glob(f"*/{name}")]
                self.assertEqual(left + mounts_below(self.space.path) + list(self.space.path.iterdir()), [])
