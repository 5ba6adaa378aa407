"""nginx, redis and a python service from Debian packages: learned under load, silent for ten minutes, then attacked."""

import pathlib
import subprocess
import threading
import time
import tomllib

from harness import rootfs
from harness.agent import Agent, build_attack
from harness.case import Case, options, profiles_in
from harness.host import Failure, run, wait_for
from harness.runtimes import Docker

STARTUP_SECONDS = 10
LEARN_SECONDS = 45  # under load, after startup; twice, with a restart of the containers between
QUIET_SECONDS = 600

# A vulnerable service: /run passes its argument to a shell.
PYTHON_SERVICE = '''
import http.server, socketserver, subprocess, urllib.parse

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        url = urllib.parse.urlparse(self.path)
        if url.path == "/date":
            body = subprocess.run(["/bin/date"], capture_output=True).stdout
        elif url.path == "/run":
            body = subprocess.run(["/bin/sh", "-c", urllib.parse.unquote(url.query)], capture_output=True).stdout
        else:
            body = open("/etc/hostname", "rb").read()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args):
        pass

class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    pass

Server(("127.0.0.1", 8000), Handler).serve_forever()
'''

SERVICES = {
    "nginx": (["/usr/sbin/nginx", "-g", "daemon off;"], 0,
              ["wrk", "-t1", "-c4", "-d5", "http://127.0.0.1/"]),
    "redis": (["/usr/bin/redis-server", "--save", "5 1", "--dir", "/tmp"], 0,
              ["redis-benchmark", "-c", "4", "-n", "5000", "-q"]),
    "pyweb": (["/usr/bin/python3", "/srv/service.py"], 1000,
              ["curl", "-sf", "-Z", "--parallel-max", "4", "http://127.0.0.1:8000/[1-20]", "http://127.0.0.1:8000/date?[1-5]",
               "http://127.0.0.1:8000/run?true"]),
}

# For each attack: what it is, in which service, and exactly the rules that it must raise.
EXPECTED = {
    "escalation": {"drift.not_from_image", "escalation.uid0"},
    "drift": {"drift.not_from_image"},
    "mining": {"drift.not_from_image", "cryptojacking.miner_command_line", "cryptojacking.pool_connection"},
}


class Load:
    """Clients in each container's network namespace, over and over until stopped; a failing client is a failure."""

    def __init__(self, containers):
        self._stop, self.errors, self.rounds = threading.Event(), [], dict.fromkeys(containers, 0)
        self._threads = [threading.Thread(target=self._drive, args=(name, c)) for name, c in containers.items()]
        for thread in self._threads:
            thread.start()

    def _drive(self, name, container):
        while not self._stop.is_set():
            try:
                container.in_network(*SERVICES[name][2], timeout=60)
                self.rounds[name] += 1
            except (Failure, OSError, subprocess.SubprocessError) as error:
                self.errors.append(f"{name}: {error}")
                return
            self._stop.wait(0.2)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()


class Services(Case):
    def setUp(self):
        super().setUp()
        self.docker = Docker(self.space)
        root = rootfs.debian()
        rootfs.add_files(root, {"/srv/service.py": PYTHON_SERVICE, "/etc/hostname": "service\n"})
        (root / "srv" / "service.py").chmod(0o644)
        self.images = {}
        for name in SERVICES:
            image = rootfs.Image(f"docker.io/test/{name}:1", root, self.space.path / f"{name}.tar",
                                 layer=self.space.path / "debian.layer")
            self.docker.load(image)
            image.archive.unlink()
            self.images[name] = image
        self.agent = self.watch(Agent(self.space, [self.docker]))

    def start_services(self):
        containers = {name: self.docker.start(name, self.images[name], argv, user=user)
                      for name, (argv, user, _) in SERVICES.items()}
        for name, port in (("nginx", 80), ("redis", 6379), ("pyweb", 8000)):
            wait_for(f"{name} to listen", lambda n=name, p=port: containers[n].listens(p), 30, 0.3)
        return containers

    def under_load(self, containers, seconds):
        with Load(containers) as load:
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline and not load.errors:
                time.sleep(0.5)
        self.assertEqual(load.errors, [])
        self.assertTrue(all(load.rounds.values()), load.rounds)
        return load.rounds

    def stop_services(self, containers):
        for container in containers.values():
            self.docker.docker("stop", "-t", "5", container.id)
            container.stop()

    def test_learn_ten_quiet_minutes_then_attacks(self):
        options_for_agent = {"startup": f"{STARTUP_SECONDS}s"}
        self.agent.start("learn", **options_for_agent)
        for _ in range(2):
            containers = self.start_services()
            self.under_load(containers, STARTUP_SECONDS + LEARN_SECONDS)
            self.stop_services(containers)
        self.agent.stop()
        self.assertEqual([a["rule"] for a in self.agent.alerts() if a["mode"] != "shadow"], [])
        self.agent.forget_alerts()

        self.agent.start("detect", **options_for_agent)
        containers = self.start_services()
        quiet = 60 if options.fast else QUIET_SECONDS
        rounds = self.under_load(containers, quiet)
        print(f"   {quiet} s in detect under load, rounds of clients: {rounds}")
        self.assertEqual([(a["container"]["name"], a["rule"], a["message"])
                          for a in self.alerts_so_far(self.agent, containers["nginx"])], [])

        self.attack("escalation", containers["pyweb"], self.escalate)
        self.attack("drift", containers["nginx"], self.drop)
        self.attack("mining", containers["redis"], self.mine)
        self.stop_services(containers)
        self.agent.stop()
        self.forget_one_behaviour(options_for_agent)

    def attack(self, name, container, do):
        """Does it; exactly the listed rules must be raised, for that container."""
        self.agent.forget_alerts()
        do(container)
        alerts = self.alerts_so_far(self.agent, container)
        self.assert_rules(alerts, EXPECTED[name], container)
        for alert in alerts:
            self.assert_identity(alert["container"], container)
            self.assertEqual(alert["mode"], "active")

    def escalate(self, container):
        container.put(build_attack(self.space, "become_root"), "/tmp/become_root", 0o4755)
        output = container.in_network("curl", "-sf", "http://127.0.0.1:8000/run?/tmp/become_root").stdout
        self.assertIn("uid 0 euid 0", output)

    def drop(self, container):
        container.put("/bin/busybox", "/tmp/busybox-dropped")
        container.exec("/tmp/busybox-dropped", "true")

    def mine(self, container):
        container.put(build_attack(self.space, "stand_in_miner"), "/tmp/kworker")
        container.exec("/tmp/kworker", "-o", "stratum+tcp://127.0.0.1:3333", "-u", "wallet", "--donate-level", "1")

    def forget_one_behaviour(self, options_for_agent):
        """A normal behaviour whose entry is removed from the profile raises an alert, and no other does."""
        profile = next(p for p in profiles_in(self.agent.state)
                       if tomllib.loads(p.read_text())["image"]["repository"] == "docker.io/test/pyweb")
        head, *entries = profile.read_text().split("[[behaviour]]\n")
        kept = [e for e in entries if not ('phase = "steady"' in e and 'as = "date"' in e)]
        self.assertEqual(len(entries) - len(kept), 1)
        profile.write_text("[[behaviour]]\n".join([head, *kept]))
        self.agent.forget_alerts()
        self.agent.start("detect", **options_for_agent)
        containers = self.start_services()
        for container in containers.values():
            container.wait_until_older_than(STARTUP_SECONDS + 1)
        self.under_load(containers, 10)
        alerts = wait_for("the forgotten behaviour to alert", self.agent.alerts, 10)
        self.assertEqual({(a["container"]["name"], a["behaviour"]["object"]["as"]) for a in alerts}, {("pyweb", "date")})
        self.assert_rules(alerts, {"drift.new_executable"}, containers["pyweb"])
        self.stop_services(containers)
        self.agent.stop()
