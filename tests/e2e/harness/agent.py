"""The agent under test: a private configuration, state, socket and port, watching the test's own runtimes only."""

import json
import re
import signal
import socket
import subprocess
import urllib.error
import urllib.request

from .host import BUILD, Failure, run, stop, wait_for


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Agent:
    """One configuration; started and stopped as often as a test likes. `runtimes` are what it may watch."""

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

    def counts(self):
        """{hook: {seen, known, emitted, lost}} of /metrics; nothing while the agent is too busy to answer."""
        counts = {}
        try:
            samples = self.metrics()
        except (OSError, ValueError):
            return counts
        for name, value in samples.items():
            if found := re.match(r'plimsoll_events_(seen|known|emitted|lost)_total\{.*hook="(\w+)"', name):
                of_hook = counts.setdefault(found[2], {"seen": 0, "known": 0, "emitted": 0, "lost": 0})
                of_hook[found[1]] += value
        return counts

    def wait_until_balanced(self, timeout=60):
        """Until nothing is in flight; the counts."""
        def balanced():
            counts = self.counts()
            return all(c["seen"] == c["known"] + c["emitted"] + c["lost"] for c in counts.values()) and counts

        return wait_for("seen = known + emitted + lost, for every hook", balanced, timeout, 0.5)

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

    def alerts(self, updates=False):
        """What stands in the alert file, oldest first; repeats of the same alert only on request."""
        if not self.alerts_file.exists():
            return []
        lines = self.alerts_file.read_text(encoding="utf-8").splitlines()
        alerts = [json.loads(line) for line in lines]
        return [a for a in alerts if updates or not a["update"]]

    def forget_alerts(self):
        """Starts the alert file anew, as log rotation does."""
        self.alerts_file.unlink(missing_ok=True)

    def wait_for_alert(self, rule, timeout=20):
        return wait_for(lambda: f"an alert {rule}; have {sorted({a['rule'] for a in self.alerts()})}",
                        lambda: next((a for a in self.alerts() if a["rule"] == rule), None), timeout)

    def events_of(self, output):
        return [json.loads(line) for line in self.space.log(output).splitlines() if line.endswith("}")]


def build_attack(space, name):
    """Compiles a program of tests/attacks, static, and returns its path."""
    from .host import PROJECT

    target = space.path / f"attack-{name}"
    if not target.exists():
        subprocess.run(["gcc", "-static", "-O1", "-o", target, PROJECT / "tests" / "attacks" / f"{name}.c"], check=True)
    return target
