"""A network of the test's own: a namespace for containers, and one in which a resolver answers them."""

import json
import shutil

from .host import run, wait_for

# UDP on each address: A records of a zone that is read again for each question.
RESOLVER = r'''
import json, socket, struct, sys, threading
def serve(address, zone):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((address, 53))
    while True:
        question, client = s.recvfrom(512)
        labels, at = [], 12
        while question[at]:
            labels.append(question[at + 1:at + 1 + question[at]].decode())
            at += 1 + question[at]
        kind = struct.unpack("!H", question[at + 1:at + 3])[0]
        found = json.load(open(zone)).get(address, {}).get(".".join(labels))
        addresses = found if found and kind == 1 else []
        head = question[:2] + struct.pack("!HHHHH", 0x8180 if found else 0x8183, 1, len(addresses), 0, 0)
        answers = b"".join(b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 5, 4) + socket.inet_aton(a) for a in addresses)
        s.sendto(head + question[12:at + 5] + answers, client)
for address in sys.argv[2:]:
    threading.Thread(target=serve, args=(address, sys.argv[1])).start()
'''


class Network:
    """`path` is the containers' namespace, for a bundle. Resolvers answer at 10.77.0.1 and 10.77.0.5; at the other
    addresses nothing listens: connects are refused at once."""

    resolver, other_resolver = "10.77.0.1", "10.77.0.5"

    def __init__(self, space):
        self.inside, outside = f"{space.path.name}-in", f"{space.path.name}-out"
        self.path, self.zone = f"/run/netns/{self.inside}", space.path / "zone.json"
        for name in (self.inside, outside):
            run("ip", "netns", "add", name)
            space.on_close(run, "ip", "netns", "delete", name)
        run("ip", "-n", self.inside, "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", outside)
        for name, addresses in ((self.inside, ["10.77.0.2/24"]),
                                (outside, [f"10.77.0.{n}/24" for n in (1, 5, 9, 10, 66, 77, 88)])):
            for address in addresses:
                run("ip", "-n", name, "address", "add", address, "dev", "eth0")
            for device in ("lo", "eth0"):
                run("ip", "-n", name, "link", "set", device, "up")
        self.answers = {self.resolver: {}, self.other_resolver: {}}
        self.answer(self.resolver)
        space.spawn([shutil.which("python3"), "-c", RESOLVER, self.zone, self.resolver, self.other_resolver], "resolver",
                    prefix=("ip", "netns", "exec", outside))
        wait_for("the resolver", lambda: ":53 " in run("ip", "netns", "exec", outside, "ss", "-Hlun").stdout)

    def answer(self, resolver, **names):
        """From now on that resolver knows these names, too; '_' stands for '.' in them. Addresses, or None for none."""
        self.answers[resolver].update({name.replace("_", "."): addresses for name, addresses in names.items()})
        new = self.zone.with_suffix(".new")
        new.write_text(json.dumps(self.answers))
        new.rename(self.zone)
