"""The agent under test: a private configuration, state, socket and port, and the test's own runtimes.

It sees every container of the machine. What a test asks here is therefore answered for the test's own containers only: alerts,
events, rows of `status`, losses. Sums in /metrics are over all containers.
"""

import collections
import json
import re
import signal
import socket
import subprocess
import urllib.error
import urllib.request

from .host import BUILD, Failure, run, stop, wait_for

MARKER = "/tmp/busybox-marker-"  # of programs that only mark a moment (Case.alerts_so_far)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Agent:
    """One configuration; started and stopped as often as a test likes. `runtimes` are those that it can ask for names."""

    binary = BUILD / "plimsoll"

    def __init__(self, space, runtimes, name="agent", prefix=()):
        self.space, self.runtimes, self.prefix = space, runtimes, prefix
        self.home = space.directory(name)
        self.config, self.socket = self.home / "plimsoll.toml", self.home / "agent.sock"
        self.state, self.alerts_file = self.home / "state", self.home / "alerts.jsonl"
        self.port = free_port()
        self.log_name, self.out_name = f"{name}/log", f"{name}/stdout"
        self.process = None

    def configure(self, mode, startup="2s", learning="", extra=""):
        runtimes = ", ".join(r.toml for r in self.runtimes)
        self.config.write_text(
            f'[agent]\nstate_dir = "{self.state}"\nsocket = "{self.socket}"\ncluster = "e2e"\n'
            f'[learning]\nmode = "{mode}"\nstartup_phase = "{startup}"\n{learning}'
            f'[alerts]\nfile = "{self.alerts_file}"\nstdout = true\n'
            f'[metrics]\nlisten = "127.0.0.1:{self.port}"\n'
            f"[identity]\nruntimes = [{runtimes}]\n{extra}")

    def start(self, mode, *arguments, **options):
        """Configures, starts and waits until the agent is ready."""
        self.configure(mode, **options)
        with open(self.space.path / self.out_name, "ab") as output:
            self.process = self.space.spawn([self.binary, "run", "--config", self.config, *arguments], self.log_name,
                                            self.prefix, stdout=output)
        wait_for("the agent to be ready", self._ready, 40)

    def _ready(self):
        if self.process.poll() is not None:
            raise Failure(f"the agent ended with {self.process.returncode}: {self.log[-3000:]}")
        try:
            return self.http("/readyz")[0] == 200
        except OSError:
            return False

    def stop(self):
        """SIGTERM; the agent must flush and exit 0."""
        code = stop(self.process, 30)
        if code != 0:
            raise Failure(f"the agent ended with {code}: {self.log[-3000:]}")

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    @property
    def log(self):
        return self.space.log(self.log_name)

    @property
    def stdout(self):
        return self.space.log(self.out_name)

    def http(self, path):
        """(status, body) of a GET on the agent's HTTP port."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()

    def metrics(self):
        """Samples of /metrics: {'name{labels}': value}."""
        lines = [line for line in self.http("/metrics")[1].splitlines() if line and not line.startswith("#")]
        return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in lines}

    def wait_until_balanced(self, timeout=60):
        """Waits until every event so far has been evaluated; {hook: {seen, known, emitted, lost}} of all containers.

        Events of cgroups that are not resolved yet are left out: they are held, and may be another container's."""
        def balanced():
            try:
                samples = self.metrics()
            except (OSError, ValueError):  # too busy to answer
                return None
            counts, in_flight = {}, 0
            for name, value in samples.items():
                if found := re.match(r'plimsoll_events_(seen|known|emitted|lost)_total\{.*hook="(\w+)"', name):
                    of_hook = counts.setdefault(found[2], {"seen": 0, "known": 0, "emitted": 0, "lost": 0})
                    of_hook[found[1]] += value
                elif name.startswith("plimsoll_events_in_flight"):
                    in_flight += value
            balance = all(c["seen"] == c["known"] + c["emitted"] + c["lost"] for c in counts.values())
            return balance and in_flight <= samples["plimsoll_pending_held"] and counts

        return wait_for("seen = known + emitted + lost for every hook, and nothing in flight", balanced, timeout)

    def command(self, *argv, check=True, timeout=30):
        """Runs a subcommand against this agent; returns the finished process."""
        return run(self.binary, *argv, "--config", self.config, check=check, timeout=timeout)

    def json(self, *argv):
        return json.loads(self.command(*argv, "-o", "json").stdout)

    def follow(self, output, *options):
        """Starts `events -f -o json` into the file `output` of the workspace; returns the process."""
        with open(self.space.path / output, "ab") as lines:
            follower = self.space.spawn([self.binary, "events", "-f", "-o", "json", "--config", self.config, *options],
                                        f"{output}.err", stdout=lines)
        return follower

    def owns(self, container_id):
        """Whether that container is one of the test's own."""
        return any(container_id in runtime.ids for runtime in self.runtimes)

    def rows(self):
        """The test's own containers in `status`; none while the agent is too busy to answer."""
        answer = self.command("status", "-o", "json", check=False)
        rows = json.loads(answer.stdout)["containers"] if answer.returncode == 0 else []
        return [row for row in rows if self.owns(row["id"])]

    def row(self, container_id):
        """The row of that container in `status`, or None."""
        return next((row for row in self.rows() if row["id"] == container_id), None)

    def wait_for_row(self, container, what, condition=bool, timeout=20):
        """Waits until the container is in `status` and condition(row) holds; the row."""
        def found():
            row = self.row(container.id)
            return row if row and condition(row) else None

        return wait_for(f"{what}, of {container.name}", found, timeout, 0.2)

    def lost(self):
        """{reason: events lost} of the test's own containers that are in `status`: the running ones and those just ended."""
        sums = collections.Counter()
        for row in self.rows():
            sums.update(row["lost"])
        return {reason: value for reason, value in sums.items() if value}

    def alert_lines(self):
        """The lines of the alert file that are about the test's own containers or about none."""
        if not self.alerts_file.exists():
            return []
        return self.own_lines(self.alerts_file.read_text(encoding="utf-8"))

    def own_lines(self, text):
        """Of alerts, one a line, those about the test's own containers or about none."""
        def own(alert):
            return alert["container"] is None or self.owns(alert["container"]["id"])

        return [line for line in text.splitlines() if own(json.loads(line))]

    def alerts(self, updates=False):
        """The alerts in the alert file, oldest first, without those of markers; repeats of an alert only on request."""
        alerts = [json.loads(line) for line in self.alert_lines()]
        return [a for a in alerts if (updates or not a["update"]) and not is_marker(a)]

    def forget_alerts(self):
        """Removes the alert file, as log rotation does; the agent begins another."""
        self.alerts_file.unlink(missing_ok=True)

    def wait_for_alert(self, rule, timeout=20):
        return wait_for(lambda: f"an alert {rule}; have {sorted({a['rule'] for a in self.alerts()})}",
                        lambda: next((a for a in self.alerts() if a["rule"] == rule), None), timeout)

    def events_of(self, output):
        """What `follow` has written into that file so far, of the test's own containers."""
        events = [json.loads(line) for line in self.space.log(output).splitlines() if line.endswith("}")]
        return [event for event in events if self.owns(event["container_id"])]


def is_marker(alert):
    return bool(alert["process"]) and alert["process"]["exe"].startswith(MARKER)


def build_attack(space, name):
    """Compiles a program of tests/attacks, static, and returns its path."""
    from .host import PROJECT

    target = space.path / f"attack-{name}"
    if not target.exists():
        subprocess.run(["gcc", "-static", "-O1", "-o", target, PROJECT / "tests" / "attacks" / f"{name}.c"], check=True)
    return target
