"""Destinations by name: what the container's own resolver says, and no other."""

from harness import rootfs
from harness.agent import Agent
from harness.case import MAIN, MAIN_ARGV, Case
from harness.host import wait_for
from harness.network import Network
from harness.runtimes import Runc

ASK = "/bin/nslookup db.shop.test >/tmp/answer 2>/dev/null"
# Asks, and connects to the answer.
CLIENT = (f"  {ASK}\n"
          "  address=$(/bin/sed -n '/^Name/,$ s/^Address.*: //p' /tmp/answer)\n"
          "  /bin/nc -w 1 $address 5432 </dev/null 2>/dev/null\n")


class Names(Case):
    def setUp(self):
        super().setUp()
        self.network = Network(self.space)
        self.network.answer(Network.resolver, db_shop_test=["10.77.0.9"])
        root = rootfs.busybox(self.space.directory("root"), {
            "/app/main": MAIN.replace("  /bin/nc -z 127.0.0.1 8080\n", CLIENT),
            "/etc/resolv.conf": f"nameserver {Network.resolver}\n"})
        image = rootfs.Image("docker.io/test/client:1", root, self.space.path / "client.tar", command=MAIN_ARGV)
        self.runtime = Runc(self.space)
        self.runtime.load(image)
        self.agent = self.watch(Agent(self.space, [self.runtime]))
        self.agent.start("auto", learning='stable_after = "8s"\n')
        self.container = self.runtime.start("client", image, MAIN_ARGV, network=self.network.path)
        self.order(self.container, ASK)

    def shown(self):
        return self.agent.command("profile", "show", "docker.io/test/client").stdout

    def stable(self):
        wait_for("a stable profile", lambda: self.agent.json("profile", "list")[0]["state"] == "stable", 40, 0.5)

    def connect(self, address):
        self.order(self.container, f"/bin/nc -w 1 {address} 5432 </dev/null 2>/dev/null")

    def new_alerts(self, word):
        """Waits for an active alert with that word in its message."""
        def found():
            return next((a for a in self.agent.alerts() if word in a["message"] and a["mode"] == "active"), None)
        return wait_for(f"an alert about {word}", found, 20)

    def test_names(self):
        # Learned by its name; a connect by an order is the same behaviour as the loop's own.
        wait_for("the name in the profile", lambda: "steady" in self.shown() and "dns:db.shop.test" in self.shown(), 30, 0.5)
        self.connect("10.77.0.9")
        self.stable()
        self.agent.forget_alerts()

        # The name moves to another address: the same destination.
        self.network.answer(Network.resolver, db_shop_test=["10.77.0.10"])
        wait_for("the new address", lambda: "10.77.0.10" in (self.container.root / "tmp/answer").read_text(), 20, 0.5)
        self.go_round(self.container)  # it has connected there
        self.assertEqual([a["message"] for a in self.alerts_so_far(self.agent, self.container)], [])

        # Another name, and an address without a name.
        self.network.answer(Network.resolver, pool_evil_test=["10.77.0.66"])
        self.order(self.container, "/bin/nslookup pool.evil.test >/dev/null 2>&1")
        self.connect("10.77.0.66")
        alert = self.new_alerts("pool.evil.test:5432/tcp")
        self.assertEqual(alert["rule"], "drift.new_destination")
        self.assertEqual(alert["behaviour"]["object"], {"proto": "tcp", "dest": "dns:pool.evil.test", "port": 5432})
        self.assertEqual(alert["evidence"]["address"], "10.77.0.66")
        self.connect("10.77.0.77")
        self.assertEqual(self.new_alerts("10.77.0.77:5432/tcp")["evidence"]["address"], "10.77.0.77")

        # A forged answer: the known name, by a resolver that is not the container's.
        self.agent.forget_alerts()
        not_believed = self.not_believed()
        self.network.answer(Network.other_resolver, db_shop_test=["10.77.0.88"])
        self.order(self.container, f"/bin/nslookup db.shop.test {Network.other_resolver} >/tmp/forged")
        self.assertIn("10.77.0.88", (self.container.root / "tmp/forged").read_text())
        self.agent.wait_until_balanced()
        before = self.repeats()
        self.connect("10.77.0.88")
        wait_for("one more of what has no name", lambda: self.repeats() > before, 20, 0.5)
        self.assertGreaterEqual(self.not_believed(), not_believed + 1)
        self.assertGreaterEqual(self.agent.metrics()["plimsoll_dns_addresses"], 2)
        self.assertEqual(self.agent.metrics()["plimsoll_dns_addresses_displaced_total"], 0)
        self.assertNotIn("10.77.0.88", str([a for a in self.agent.alerts() if "dns:" in str(a["behaviour"])]))

    def not_believed(self):
        return self.agent.metrics()['plimsoll_dns_answers_total{outcome="not_believed"}']

    def repeats(self):
        """How often the alert about addresses without a name was raised."""
        rows = [a for a in self.agent.json("alerts") if "10.77.0.77:5432/tcp" in a["message"]]
        return sum(row["count"] for row in rows)
