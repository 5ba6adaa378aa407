"""Hosts share their profiles through one store: two agents and a third, one of them offline for a while."""

import os

from harness.agent import Agent
from harness.case import MAIN_ARGV, Case
from harness.host import Workspace, wait_for
from harness.runtimes import Runc
from harness.s3 import ACCESS_KEY, REGION, S3, SECRET_KEY, Proxy

IMAGE = "docker.io/test/web"


class Host:
    """An agent with a runtime of its own, called `name`."""

    def __init__(self, case, name, fleet, environment=()):
        self.case, self.fleet = case, fleet
        self.space = Workspace()
        case.addCleanup(self.space.close)
        self.runtime = Runc(self.space)
        self.runtime.load(case.image)
        self.agent = case.watch(Agent(self.space, [self.runtime], prefix=("env", f"NODE_NAME={name}", *environment)))

    def start(self, container="web"):
        self.agent.start("learn", extra=f"[fleet]\n{self.fleet}\npoll = \"1s\"\n")
        self.container = self.runtime.start(container, self.case.image, MAIN_ARGV)

    def profile(self):
        return self.agent.command("profile", "show", IMAGE, "-o", "toml", check=False).stdout

    def knows(self, applet):
        return f'as = "{applet}"' in self.profile()

    def wait_until_it_knows(self, applet):
        wait_for(f"{applet} in the profile", lambda: self.knows(applet), 30, 0.5)

    def does(self, applet):
        self.case.order(self.container, f"/bin/{applet} >/dev/null")

    def new_alerts(self):
        return sorted({a["behaviour"]["object"].get("as", a["rule"]) for a in self.agent.alerts()})

    def counts(self, name):
        return sum(value for key, value in self.agent.metrics().items() if key.startswith(name))

    def learn_the_workload(self):
        """Waits until the workload is in the profile, and nothing new has been added for some seconds."""
        seen = []

        def settled():
            seen.append(self.profile().count("[[behaviour]]"))
            return "steady" in self.profile() and len(seen) > 8 and len(set(seen[-8:])) == 1

        wait_for("steady behaviour", settled, 60, 0.5)


class Fleet(Case):
    def setUp(self):
        super().setUp()
        self.image = self.web_image()
        os.environ["AWS_EC2_METADATA_DISABLED"] = "true"  # the metadata service of the test machine is never asked

    def s3_host(self, name, port, *environment):
        fleet = f'store = "s3://fleet/plimsoll"\nendpoint = "http://127.0.0.1:{port}"\nregion = "{REGION}"'
        return Host(self, name, fleet, environment)

    def test_s3(self):
        s3 = S3(self.space)
        by_environment = (f"AWS_ACCESS_KEY_ID={ACCESS_KEY}", f"AWS_SECRET_ACCESS_KEY={SECRET_KEY}")
        keys = self.space.path / "keys"
        keys.write_text(f"[fleet]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET_KEY}\n")
        by_file = (f"AWS_SHARED_CREDENTIALS_FILE={keys}", "AWS_PROFILE=fleet")
        proxy = Proxy(self.space, s3.port)
        a, b = self.s3_host("a", s3.port, *by_environment), self.s3_host("b", proxy.port, *by_file)

        a.start()
        a.learn_the_workload()
        merged = wait_for("the merged profile", lambda: s3.keys_of("plimsoll/merged/"), 30, 0.5)
        self.assertEqual(len(merged), 1)
        wait_for("all that a knows", lambda: a.profile().count("[[behaviour]]") == s3.text(merged[0]).count("[[behaviour]]"), 60, 1)

        b.start()
        b.learn_the_workload()
        self.assertEqual(b.new_alerts(), [])
        self.assertEqual(b.counts("plimsoll_fleet_up"), 1)
        self.assertEqual(len(s3.keys_of("plimsoll/hosts/")), 2)

        proxy.cut()
        a.does("uname")
        b.does("hostname")
        wait_for("b to report that it is cut off", lambda: b.counts("plimsoll_fleet_up") == 0, 30, 0.5)
        status = b.agent.json("status")
        self.assertFalse(status["fleet"]["up"])
        self.assertTrue(any(p.startswith("fleet: s3://fleet/plimsoll/") for p in status["problems"]), status["problems"])
        b.wait_until_it_knows("hostname")
        a.wait_until_it_knows("uname")
        self.assertFalse(a.knows("hostname") or b.knows("uname"))
        self.assertEqual(b.new_alerts(), ["hostname"])

        proxy.restore()
        b.wait_until_it_knows("uname")
        a.wait_until_it_knows("hostname")
        self.assertEqual(b.agent.log.count("does not answer"), 1)
        self.assertIn("answers again", b.agent.log)

        c = self.s3_host("c", s3.port, *by_environment)
        c.start()
        c.learn_the_workload()
        c.does("hostname")  # after the startup, as the others did
        c.does("uname")
        c.agent.wait_until_balanced()
        self.assertEqual(c.new_alerts(), [])
        c.does("id")
        wait_for("an alert about what no host knew", lambda: c.new_alerts() == ["id"], 20)

        doctor = a.agent.command("doctor", check=False).stdout
        self.assertRegex(doctor, "fleet .*no AWS credentials")  # only the agent has them in its environment
        for host in (a, b, c):
            host.agent.stop()
            self.assertNotIn(SECRET_KEY, host.agent.log)
        self.assertIn('as = "id"', s3.text(merged[0]))  # what c saw last

    def test_wrong_keys(self):
        s3 = S3(self.space)
        a = self.s3_host("a", s3.port, f"AWS_ACCESS_KEY_ID={ACCESS_KEY}", "AWS_SECRET_ACCESS_KEY=wrong")
        a.start()
        a.wait_until_it_knows("date")
        wait_for("the reason", lambda: "SignatureDoesNotMatch" in a.agent.json("status")["fleet"]["error"], 20, 0.5)
        self.assertEqual(s3.keys_of("plimsoll/"), [])

    def test_directory(self):
        shared = self.space.directory("shared")
        a, b = (Host(self, name, f'store = "{shared}"') for name in ("a", "b"))
        a.start()
        a.does("hostname")
        a.learn_the_workload()
        b.start()
        b.does("hostname")
        b.learn_the_workload()
        self.assertEqual(b.new_alerts(), [])
        shown = a.agent.command("profile", "show", IMAGE).stdout.splitlines()
        for one in (line.split()[0] for line in shown if "as=hostname" in line):
            a.agent.command("profile", "remove", IMAGE, one)
        wait_for("b to know of the removal", lambda: not b.profile().split("[[removed]]")[0].count('as = "hostname"'), 20, 0.5)
        b.does("hostname")
        wait_for("an alert", lambda: b.new_alerts() == ["hostname"], 20)
        self.assertIn("answers", b.agent.command("doctor", check=False).stdout)
