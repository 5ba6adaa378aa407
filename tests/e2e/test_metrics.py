"""/metrics, /healthz and /readyz; Prometheus reads them and loads our rules."""

import json
import re
import subprocess
import urllib.parse
import urllib.request

from harness.agent import free_port
from harness.case import MAIN_ARGV, Case
from harness.host import PROJECT, run, wait_for

NAMED = {"plimsoll_events_seen_total", "plimsoll_events_known_total", "plimsoll_events_emitted_total", "plimsoll_alerts_total",
         "plimsoll_containers", "plimsoll_profiles", "plimsoll_hook_attached", "plimsoll_blind", "plimsoll_build_info",
         "process_cpu_seconds_total", "process_resident_memory_bytes"}


class Metrics(Case):
    def setUp(self):
        super().setUp()
        self.set_up_web()
        # With a fleet, so that all metrics are there.
        self.agent.start("learn", extra=f'[fleet]\nstore = "{self.space.directory("fleet")}"\n')
        self.container = self.runtime.start("one-of-many", self.image, MAIN_ARGV)
        wait_for("events and an alert", self.busy, 30, 0.5)

    def busy(self):
        row = self.agent.row(self.container.id)
        return row and row["events"] > 20 and row["alerts"] and any(
            name.startswith("plimsoll_alerts_total") for name in self.agent.metrics())

    def test_health_and_readiness(self):
        self.assertEqual(self.agent.http("/healthz")[0], 200)
        self.assertEqual(self.agent.http("/readyz")[0], 200)
        self.assertEqual(self.agent.http("/no-such-page")[0], 404)

    def test_exposition(self):
        text = self.agent.http("/metrics")[1]
        checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False)
        self.assertEqual((checked.returncode, checked.stderr), (0, ""))
        self.assertEqual(NAMED - set(re.findall(r"^[a-z_]+", text, re.MULTILINE)), set())
        # Never a pid, path, digest or container id as a label.
        for value in re.findall(r'="([^"]*)"', text):
            self.assertNotIn(self.container.id, value)
            self.assertIsNone(re.search(r"^/|sha256:|[0-9a-f]{32}", value), value)
        exposition = self.space.path / "metrics"
        exposition.write_text(text)
        run("/usr/bin/python3", PROJECT / "tests" / "lint" / "metric_names.py", exposition)

    def test_every_event_is_accounted_for(self):
        self.container.stop()
        self.assertGreater(self.agent.wait_until_balanced()["exec"]["seen"], 0)

    def test_prometheus_scrapes_and_loads_the_rules(self):
        port = free_port()
        config = self.space.path / "prometheus.yml"
        config.write_text(json.dumps({
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(PROJECT / "deploy" / "prometheus" / "*.yaml")],
            "scrape_configs": [{"job_name": "plimsoll", "static_configs": [{"targets": [f"127.0.0.1:{self.agent.port}"]}]}]}))
        self.space.spawn(["prometheus", f"--config.file={config}", f"--storage.tsdb.path={self.space.path}/tsdb",
                          f"--web.listen-address=127.0.0.1:{port}"], "prometheus.log")

        def ask(path):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/{path}", timeout=5) as answer:
                    return json.load(answer)["data"]
            except OSError:
                return None

        def value(query):
            data = ask(f"query?query={urllib.parse.quote(query)}")
            return float(data["result"][0]["value"][1]) if data and data["result"] else None

        wait_for("Prometheus to scrape the agent", lambda: value('up{job="plimsoll"}') == 1, 30, 0.5)
        self.assertEqual(value("plimsoll_build_info"), 1)
        self.assertEqual(value('sum(plimsoll_containers{state="running"})'), 1)
        rules = wait_for("the rules to be evaluated", lambda: [
            r for g in (ask("rules") or {"groups": []})["groups"] for r in g["rules"] if r["health"] == "ok"], 30, 0.5)
        self.assertGreaterEqual(len(rules), 5)
        # Every query of the dashboard is one that Prometheus takes.
        dashboard = json.loads((PROJECT / "deploy" / "grafana" / "plimsoll.json").read_text())
        for panel in dashboard["panels"]:
            for target in panel["targets"]:
                query = re.sub(r"\$__rate_interval|\$__range", "1m", target["expr"])
                query = re.sub(r"\$\w+", ".*", query)
                self.assertIsNotNone(ask(f"query?query={urllib.parse.quote(query)}"), query)
