"""Operators' decisions about profiles hold at once, after a restart, and for the next image."""

import tomllib

from harness import rootfs
from harness.agent import Agent
from harness.case import MAIN_ARGV, Case
from harness.host import wait_for
from harness.runtimes import Runc

HOSTNAME = "/bin/hostname >/dev/null"


class Quarantine(Case):
    """An attack in one of five replicas while their image is learning is reported, and not learned."""

    def test_one_of_five(self):
        runtime, image = Runc(self.space), self.web_image()
        runtime.load(image)
        agent = self.watch(Agent(self.space, [runtime]))
        agent.start("learn")
        agent.follow("phases")
        replicas = [runtime.start(f"web-{n}", image, MAIN_ARGV) for n in range(5)]
        self.wait_until_steady(agent, *replicas)
        for one in replicas:
            self.order(one, "/bin/uname >/dev/null")
        self.order(replicas[2], HOSTNAME)
        wait_for("the others to vouch for the rest", lambda: self.quarantined(agent) == {"hostname"}, 30, 0.5)
        self.assertIn("hostname", " ".join(a["message"] for a in agent.alerts()))
        agent.forget_alerts()
        agent.configure("detect")
        agent.reload()
        wait_for("detection", lambda: agent.json("status")["mode"] == "detect", 20, 0.2)
        self.order(replicas[0], "/bin/uname >/dev/null")
        self.assertEqual(self.alerts_so_far(agent, replicas[0]), [])
        self.order(replicas[2], HOSTNAME)
        alert = agent.wait_for_alert("drift.new_executable")
        self.assertEqual((alert["mode"], alert["container"]["id"]), ("active", replicas[2].id))
        wait_for("the metric", lambda: agent.metrics()["plimsoll_behaviours_quarantined"] == 1, 15, 0.5)

        shown = agent.command("profile", "show", "docker.io/test/web").stdout
        known_by = next(line.split()[0] for line in shown.splitlines() if "(quarantined" in line)
        agent.command("profile", "allow", "docker.io/test/web", known_by)
        self.assertEqual(self.quarantined(agent), set())
        agent.forget_alerts()
        self.order(replicas[3], HOSTNAME)
        self.assertEqual(self.alerts_so_far(agent, replicas[3]), [])

    @staticmethod
    def quarantined(agent):
        """The names of the quarantined programs in `profile show`."""
        shown = agent.command("profile", "show", "docker.io/test/web").stdout
        return {word[3:] for line in shown.splitlines() if "(quarantined" in line
                for word in line.split() if word.startswith("as=")}


class Decisions(Case):
    def setUp(self):
        super().setUp()
        self.set_up_web()
        self.agent.start("learn")
        container = self.start(self.image)
        wait_for("steady behaviour", lambda: "steady" in {b["phase"] for b in self.behaviours()}, 30, 0.5)
        self.order(container, "")
        container.stop()
        self.agent.stop()
        self.agent.forget_alerts()
        self.agent.start("detect")
        self.container = self.start(self.image)

    def start(self, image):
        """A container whose startup phase is over: what is decided here is about steady behaviour."""
        container = self.runtime.start("web", image, MAIN_ARGV)
        container.wait_until_older_than(2.5)
        return container

    def behaviours(self):
        rows = self.agent.json("profile", "list")
        return self.toml()["behaviour"] if rows else []

    def toml(self):
        return tomllib.loads(self.agent.json("profile", "show", "docker.io/test/web")["toml"])

    def hostname_id(self):
        text = self.agent.command("profile", "show", "docker.io/test/web").stdout
        return next(line.split()[0] for line in text.splitlines() if "as=hostname" in line)

    def new_alert(self, container):
        """Runs `hostname` in the container; the alerts that this raises."""
        self.agent.forget_alerts()
        self.order(container, HOSTNAME)
        return [a for a in self.alerts_so_far(self.agent, container) if a["rule"] == "drift.new_executable"]

    def test_allow_and_remove(self):
        alerts = self.new_alert(self.container)
        self.assertEqual(len(alerts), 1)
        answer = self.agent.command("profile", "allow", "--from-alert", alerts[0]["id"]).stdout
        self.assertIn("allowed", answer)
        self.assertIn(".operator.toml", answer)
        self.assertEqual(self.new_alert(self.container), [])

        # The next image, after the next start of the agent.
        self.agent.stop()
        following = rootfs.Image("docker.io/test/web:2", self.image.rootfs, self.space.path / "web2.tar",
                                 command=MAIN_ARGV)
        self.runtime.load(following)
        self.container.stop()
        self.agent.start("detect")
        container = self.start(following)
        self.assertEqual(self.new_alert(container), [])
        profile = self.toml()
        self.assertEqual([profile["image"]["tags"], profile["earlier_image"][0]["tags"]], [["2"], ["1"]])
        self.assertEqual(profile["image"]["parent"], profile["earlier_image"][0]["id"])

        removed = self.hostname_id()
        self.agent.command("profile", "remove", "docker.io/test/web", removed)
        self.assertEqual(len(self.new_alert(container)), 1)
        self.agent.command("profile", "allow", "docker.io/test/web", removed)
        self.assertEqual(self.new_alert(container), [])

    def test_lock_forget_and_files(self):
        self.agent.command("profile", "lock", "docker.io/test/web")
        self.assertEqual(self.agent.json("profile", "list")[0]["state"], "locked")
        self.agent.command("profile", "unlock", "docker.io/test/web")
        self.assertNotEqual(self.agent.json("profile", "list")[0]["state"], "locked")

        before = self.space.path / "before.toml"
        before.write_text(self.agent.command("profile", "show", "docker.io/test/web", "-o", "toml").stdout)
        self.assertEqual(self.agent.command("profile", "lint", str(before)).returncode, 0)
        self.assertEqual(self.agent.command("profile", "merge", str(before), str(before)).stdout, before.read_text())
        self.assertEqual(self.agent.command("profile", "diff", str(before), "docker.io/test/web").returncode, 0)

        self.assertEqual(self.agent.json("profile", "forget", "--since", "1h", "--host", "another"), [])
        forgotten = self.agent.json("profile", "forget", "--since", "1h")
        self.assertEqual([row["repository"] for row in forgotten], ["docker.io/test/web"])
        self.assertGreater(forgotten[0]["forgotten"], 2)
        self.assertEqual(self.toml().get("behaviour", []), [])
        diff = self.agent.command("profile", "diff", str(before), "docker.io/test/web", check=False)
        self.assertEqual(diff.returncode, 3)
        self.assertIn("as=date", diff.stdout)
        self.assert_clean_text(diff.stdout)

    def hostname_known(self):
        return [b for b in self.behaviours() if b["object"].get("as") == "hostname"]

    def test_export_import_report(self):
        web = "docker.io/test/web"
        exported = self.space.path / "web.toml"
        self.agent.command("profile", "export", web, "--to", str(exported))
        self.assertEqual(self.agent.command("profile", "export", web).stdout, exported.read_text())
        everything = self.space.path / "all"
        self.agent.command("profile", "export", "--to", str(everything))
        self.assertEqual([path.read_text() for path in everything.iterdir()], [exported.read_text()])
        self.assertEqual([path.name for path in everything.iterdir()],
                         [path.name for path in self.agent.state.rglob("*.toml")])

        # Another host knows one behaviour more: here it is new, until it is imported.
        self.assertEqual(len(self.new_alert(self.container)), 1)
        text = exported.read_text().replace('as = "date"', 'as = "hostname"')
        theirs = self.space.path / "theirs.toml"
        theirs.write_text(text)
        broken = self.space.path / "broken.toml"
        broken.write_text(text + "what = 1\n")
        refused = self.agent.command("profile", "import", str(theirs), str(broken), check=False)
        self.assertEqual((refused.returncode, refused.stdout), (1, ""))
        self.assertIn("broken.toml:", refused.stderr)
        self.assertEqual(self.hostname_known(), [])
        self.assertIn("new behaviours", self.agent.command("profile", "import", str(theirs)).stdout)
        self.assertNotEqual(self.hostname_known(), [])
        self.container.stop()
        self.container = self.start(self.image)  # in which it would be reported again
        self.assertEqual(self.new_alert(self.container), [])
        again = self.agent.json("profile", "import", str(theirs), str(exported))
        self.assertEqual([row["new"] for row in again], [0, 0])
        self.agent.stop()
        self.agent.start("detect")
        self.assertNotEqual(self.hostname_known(), [])

        page = self.space.path / "web.html"
        for known in (web, str(exported)):
            self.agent.command("profile", "report", known, str(page))
            self.assertIn("<h1>docker.io/test/web</h1>", page.read_text())
        link = self.space.path / "link.html"
        link.symlink_to(page)
        for argv, words in ((["report", web, str(link)], "not a regular file"),
                            (["report", "nothing", str(page)], 'no profile "nothing"'),
                            (["export", "nothing"], 'no profile "nothing"'),
                            (["export", web, "--to", "/nonexistent/x"], "cannot be opened"),
                            (["import", "/nonexistent"], "cannot be read")):
            with self.subTest(argv):
                done = self.agent.command("profile", *argv, check=False)
                self.assertEqual((done.returncode, done.stdout), (1, ""))
                self.assertIn(words, done.stderr)

    def test_pause(self):
        self.agent.command("learning", "pause")
        self.agent.stop()
        self.agent.start("learn")
        self.assertTrue(self.agent.json("status")["learning_paused"])
        self.assertIn("learning paused", self.agent.command("status").stdout)
        self.assertEqual(self.agent.metrics()["plimsoll_learning_paused"], 1)
        known = len(self.behaviours())
        self.assertEqual(len(self.new_alert(self.container)), 1)
        self.assertEqual(len(self.behaviours()), known)
        self.agent.command("learning", "resume")
        self.order(self.container, HOSTNAME)
        wait_for("it to be learned", lambda: len(self.behaviours()) > known, 15, 0.5)

    def test_bad_input(self):
        for argv, code, words in (
                (["allow"], 2, "--from-alert ID, or IMAGE and BEHAVIOUR"),
                (["allow", "docker.io/test/web", "--from-alert", "none"], 2, "--from-alert ID, or IMAGE and BEHAVIOUR"),
                (["allow", "--from-alert", "none"], 1, 'no alert "none"'),
                (["remove", "docker.io/test/web", "ffffffffffff"], 1, "is the id of no behaviour"),
                (["remove", "docker.io/test/web", "f"], 1, "accepted: an id or its first 6 digits"),
                (["forget", "--since", "yesterday"], 2, "accepted: a time such as 2026-03-01T09:00:00Z"),
                (["forget", "--since", "30000d"], 2, "is before 1970"),
                (["forget", "--since", "9999-01-01T00:00:00Z"], 2, "accepted: a time such as"),
                (["forget", "--since", "2100-01-01T00:00:00Z"], 1, "seconds since 1970, before"),
                (["lock", "nothing"], 1, 'no profile "nothing"'),
                (["lint", "/nonexistent"], 3, "cannot be read"),
                (["diff", "/nonexistent", "docker.io/test/web"], 1, "is not a file, and: no profile")):
            with self.subTest(argv):
                done = self.agent.command("profile", *argv, check=False)
                self.assertEqual((done.returncode, done.stdout), (code, ""))
                self.assertIn(words, done.stderr)


class Patterns(Case):
    def test_random_ports_and_names_are_known_and_no_others(self):
        self.set_up_web()
        self.agent.start("learn")
        self.agent.follow("phases")
        container = self.runtime.start("web", self.image, MAIN_ARGV)
        self.wait_until_steady(self.agent, container)
        connects = "/bin/nc -w 1 127.0.0.1 {} </dev/null 2>/dev/null"
        drops = "/bin/cp /bin/true /tmp/job-{0} && /tmp/job-{0}"
        self.order(container, "\n".join(connects.format(port) for port in range(40001, 40021)))
        self.order(container, "\n".join(drops.format(job) for job in range(8001, 8011)))
        self.agent.wait_until_balanced()
        shown = self.agent.command("profile", "show", "docker.io/test/web").stdout
        line = next(line for line in shown.splitlines() if "(a pattern: " in line)
        self.assertIn("dest=loopback port=32768+  (a pattern: 20 different examples seen)", line)
        self.assertEqual(shown.count("port=400"), 12, "examples")
        self.agent.configure("detect")
        self.agent.reload()
        wait_for("detection", lambda: self.agent.json("status")["mode"] == "detect", 20, 0.2)
        self.agent.forget_alerts()

        self.order(container, connects.format(50123))
        self.assertEqual(self.alerts_so_far(self.agent, container), [])
        self.order(container, connects.format(9091))
        self.assertIn("127.0.0.1:9091/tcp", self.agent.wait_for_alert("drift.new_destination")["message"])
        self.order(container, drops.format(8123))
        self.assertIn("/tmp/job-8123", self.agent.wait_for_alert("drift.not_from_image")["message"])

        self.agent.command("profile", "remove", "docker.io/test/web", line.split()[0])
        self.agent.forget_alerts()
        self.order(container, connects.format(50124))
        self.assertIn("127.0.0.1:50124/tcp", self.agent.wait_for_alert("drift.new_destination")["message"])
