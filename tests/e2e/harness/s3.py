"""A real S3 on the loopback: Ceph's object gateway with one monitor and one store in memory, and a proxy that can be cut."""

import contextlib
import datetime
import hashlib
import hmac
import http.client
import selectors
import socket
import threading

from .agent import free_port
from .host import Failure, run, wait_for

ACCESS_KEY, SECRET_KEY, REGION = "AKIDPLIMSOLLTEST", "a-secret-of-the-test", "us-east-1"
FSID, OSD = "6c1ae1a4-6fd2-4a6c-9a3e-0b6a6a0c0001", "6c1ae1a4-6fd2-4a6c-9a3e-0b6a6a0c0002"


class S3:
    """It verifies signatures and supports conditional writes. `bucket` exists."""

    def __init__(self, space, bucket="fleet"):
        self.space, self.bucket, self.port = space, bucket, free_port()
        self.home = space.directory("ceph")
        self.config, self.keys = self.home / "ceph.conf", self.home / "keyring"
        self._configure(free_port())
        self._start()
        status, body = self.send("PUT", f"/{bucket}")
        if status != 200:
            raise Failure(f"the bucket cannot be made: {status} {body[:300]}")

    def _configure(self, mon_port):
        home, mon = self.home, f"[v2:127.0.0.1:{mon_port}]"
        for name in ("mon", "osd"):
            self.space.directory(f"ceph/{name}")
        self.config.write_text(
            f"[global]\nfsid = {FSID}\nmon_initial_members = a\nmon_host = {mon}\nkeyring = {self.keys}\n"
            "osd_pool_default_size = 1\nosd_pool_default_min_size = 1\nosd_pool_default_pg_num = 1\n"
            "osd_crush_chooseleaf_type = 0\nmon_allow_pool_size_one = true\nosd_objectstore = memstore\n"
            f"memstore_device_bytes = 268435456\nmon_data_avail_crit = 1\npublic_addr = 127.0.0.1\ncluster_addr = 127.0.0.1\n"
            f"run_dir = {home}\nadmin_socket = {home}/$name.asok\nlog_file = {home}/$name.log\npid_file = {home}/$name.pid\n"
            f"[mon.a]\nmon_data = {home}/mon\n[osd.0]\nosd_data = {home}/osd\n"
            f"[client.rgw]\nrgw_frontends = beast endpoint=127.0.0.1:{self.port}\n")
        everything = ("--cap", "mon", "allow *", "--cap", "osd", "allow *")
        run("ceph-authtool", "--create-keyring", self.keys, "--gen-key", "-n", "mon.", "--cap", "mon", "allow *")
        for name in ("client.admin", "client.rgw", "osd.0"):
            run("ceph-authtool", self.keys, "--gen-key", "-n", name, *everything)
        run("monmaptool", "--create", "--fsid", FSID, "--addv", "a", mon, home / "monmap")

    def _start(self):
        conf = ("-c", self.config)
        run("ceph-mon", *conf, "-i", "a", "--mkfs", "--monmap", self.home / "monmap", "--keyring", self.keys)
        self.space.spawn(["ceph-mon", *conf, "-i", "a", "-f"], "ceph/mon.out")
        run("ceph", *conf, "--connect-timeout", "30", "osd", "new", OSD)
        run("ceph-osd", *conf, "-i", "0", "--mkfs", "--osd-uuid", OSD)
        self.space.spawn(["ceph-osd", *conf, "-i", "0", "-f"], "ceph/osd.out")
        run("radosgw-admin", *conf, "-n", "client.rgw", "user", "create", "--uid=test", "--display-name=test",
            f"--access-key={ACCESS_KEY}", f"--secret-key={SECRET_KEY}")
        self.space.spawn(["radosgw", *conf, "-n", "client.rgw", f"--keyring={self.keys}", "-f"], "ceph/rgw.out")
        wait_for("the gateway", self._answers, 60, 0.3)

    def _answers(self):
        with contextlib.suppress(OSError):
            return self.send("GET", "/")[0] == 200
        return False

    def send(self, method, path, body=b""):
        """(status, body) of a signed request."""
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        path, _, query = path.partition("?")
        digest = hashlib.sha256(body).hexdigest()
        headers = {"host": f"127.0.0.1:{self.port}", "x-amz-content-sha256": digest, "x-amz-date": now}
        names = ";".join(sorted(headers))
        lines = [method, path, query, *(f"{name}:{headers[name]}" for name in sorted(headers)), "", names, digest]
        scope = f"{now[:8]}/{REGION}/s3/aws4_request"
        text = "\n".join(["AWS4-HMAC-SHA256", now, scope, hashlib.sha256("\n".join(lines).encode()).hexdigest()])
        key = ("AWS4" + SECRET_KEY).encode()
        for part in scope.split("/"):
            key = hmac.new(key, part.encode(), "sha256").digest()
        signature = hmac.new(key, text.encode(), "sha256").hexdigest()
        headers["authorization"] = f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/{scope},SignedHeaders={names},Signature={signature}"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(connection):
            connection.request(method, path + ("?" + query if query else ""), body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()

    def keys_of(self, prefix):
        body = self.send("GET", f"/{self.bucket}?list-type=2&prefix={prefix.replace('/', '%2F')}")[1]
        return sorted(part.split("</Key>")[0] for part in body.split("<Key>")[1:])

    def text(self, key):
        status, body = self.send("GET", f"/{self.bucket}/{key}")
        return body if status == 200 else ""


class Proxy:
    """Forwards a port of its own to `target`, until it is cut."""

    def __init__(self, space, target):
        self.port, self._target, self._open = free_port(), target, True
        self._ends = []
        self._listener = socket.create_server(("127.0.0.1", self.port))
        space.on_close(self._listener.close)
        space.on_close(self.cut)
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self):
        self._open = False
        for end in self._ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def restore(self):
        self._open = True

    def _accept(self):
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if not self._open:
                near.close()
                continue
            far = socket.create_connection(("127.0.0.1", self._target))
            self._ends += [near, far]
            threading.Thread(target=self._carry, args=(near, far), daemon=True).start()

    @staticmethod
    def _carry(near, far):
        other = {near: far, far: near}
        with near, far, selectors.DefaultSelector() as ready, contextlib.suppress(OSError):
            for end in other:
                ready.register(end, selectors.EVENT_READ)
            while True:
                for key, _ in ready.select():
                    data = key.fileobj.recv(65536)
                    if not data:
                        return
                    other[key.fileobj].sendall(data)
