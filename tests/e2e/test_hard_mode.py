"""An attacker who brings no files: sh, cat, id and curl are in the image, and its entrypoint runs them all the time."""

from harness import rootfs
from harness.agent import Agent
from harness.case import Case
from harness.host import wait_for
from harness.runtimes import Docker

# Runs the command that a request names, without a shell.
PYTHON_SERVICE = """
import http.server, subprocess

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path.startswith("/run?"):
            subprocess.run(self.path[5:].split("+"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.send_response(200)
        self.end_headers()
    def log_message(self, *args):
        pass

http.server.HTTPServer(("127.0.0.1", 8000), Handler).serve_forever()
"""

ENTRYPOINT = """#!/bin/sh
while :; do
  {bin}/sh -c :
  {bin}/cat /etc/passwd >/dev/null
  {bin}/id >/dev/null
  {bin}/{fetch} http://127.0.0.1:8000/page >/dev/null 2>&1
  echo >>/tmp/rounds
  sleep 0.2
done &
exec {server}
"""


class HardMode(Case):
    """Each tool that the web server runs is reported; those that the entrypoint runs are not."""

    def setUp(self):
        super().setUp()
        self.docker = Docker(self.space)
        self.agent = self.watch(Agent(self.space, [self.docker]))

    def start(self, image):
        container = self.docker.start("web", image, ("/bin/sh", "/srv/entrypoint"))
        wait_for("the server to listen", lambda: container.listens(8000), 30, 0.3)
        return container

    def go_rounds(self, container):
        """Waits until the entrypoint has done all that it does over and over, from beginning to end."""
        rounds = container.root / "tmp" / "rounds"
        before = rounds.stat().st_size
        wait_for("rounds of the entrypoint", lambda: rounds.stat().st_size >= before + 2)

    def attack(self, image, server, tools):
        """`tools`: {name of a tool: path of the request that runs it}."""
        self.docker.load(image)
        self.agent.start("learn")
        container = self.start(image)
        wait_for("the entrypoint to be learned", lambda: all(
            f" as={tool} " in self.steady() for tool in tools), 40, 0.5)
        self.go_rounds(container)
        self.agent.wait_until_balanced()
        self.agent.configure("detect")
        self.agent.reload()
        self.agent.wait_until_balanced()
        wait_for("detection", lambda: self.agent.json("status")["mode"] == "detect", 20, 0.2)
        self.agent.forget_alerts()
        self.go_rounds(container)
        self.assertEqual(self.alerts_so_far(self.agent, container), [])
        for path in tools.values():
            container.in_network("curl", "-s", "-o", "/dev/null", f"http://127.0.0.1:8000{path}", check=False)
        self.go_rounds(container)
        self.alerts_so_far(self.agent, container)
        seen = self.reported()
        self.assertEqual({(tool, actor) for tool, actor, _ in seen}, {(tool, server) for tool in tools})
        self.assertEqual({rest for _, _, rest in seen}, {("drift.new_executable", "active")})

    def steady(self):
        shown = self.agent.command("profile", "show", "docker.io/test/hard", check=False).stdout
        return shown.partition("\nsteady")[2]

    def reported(self):
        """The execs in alerts; curl looks up names even for --version, which is new as well."""
        return {(a["behaviour"]["object"]["as"], a["behaviour"]["actor"], (a["rule"], a["mode"]))
                for a in self.agent.alerts() if a["behaviour"]["action"] == "exec"}

    def test_web_server(self):
        root = rootfs.debian()
        rootfs.add_files(root, {"/srv/hard.py": PYTHON_SERVICE,
                                "/srv/entrypoint": ENTRYPOINT.format(bin="/usr/bin", fetch="curl -s",
                                                                     server="/usr/bin/python3 /srv/hard.py")})
        image = rootfs.Image("docker.io/test/hard:1", root, self.space.path / "hard.tar")
        python = (root / "usr/bin/python3").readlink().name
        self.attack(image, f"/usr/bin/{python}:python3",
                    {"sh": "/run?sh+-c+:", "cat": "/run?cat+/etc/passwd", "id": "/run?id", "curl": "/run?curl+--version"})

    def test_busybox(self):
        """All of them, the web server too, are one file."""
        root = rootfs.busybox(self.space.directory("hard"), {
            "/srv/entrypoint": ENTRYPOINT.format(bin="/bin", fetch="wget -q -O -", server="/bin/httpd -f -p 127.0.0.1:8000 -h /www"),
            "/www/page": "page\n"})
        tools = ("sh", "cat", "id", "wget")
        (root / "www/cgi-bin").mkdir()
        for tool in tools:
            (root / "www/cgi-bin" / tool).symlink_to("/bin/busybox")
        image = rootfs.Image("docker.io/test/hard:1", root, self.space.path / "hard.tar")
        self.attack(image, "/bin/busybox:httpd", {tool: f"/cgi-bin/{tool}" for tool in tools})
