"""A Kubernetes CRI client in a page: protobuf by hand, gRPC by curl over HTTP/2 on the unix socket."""

import struct
import subprocess
import tempfile

from .host import Failure


def _varint(value):
    out = b""
    while True:
        out += bytes([(value & 0x7F) | (0x80 if value > 0x7F else 0)])
        value >>= 7
        if not value:
            return out


def message(*fields):
    """Encodes (number, value) pairs: int, str, bytes, or a dict for map<string,string>."""
    out = b""
    for number, value in fields:
        if isinstance(value, int):
            out += _varint(number << 3) + _varint(value)
        elif isinstance(value, dict):
            for key, text in value.items():
                out += message((number, message((1, key), (2, text))))
        else:
            data = value.encode() if isinstance(value, str) else value
            out += _varint(number << 3 | 2) + _varint(len(data)) + data
    return out


def first_string(data):
    """The text of field 1 of a reply: the only field that these calls need."""
    if not data or data[0] != 0x0A:
        return ""
    return data[2:2 + data[1]].decode()


class Cri:
    """Pods and containers of one containerd (harness.runtimes.Containerd with cri=True, namespace k8s.io)."""

    def __init__(self, containerd):
        self.containerd = containerd

    def call(self, method, body):
        with tempfile.NamedTemporaryFile(dir=self.containerd.home) as request:
            request.write(b"\0" + struct.pack(">I", len(body)) + body)
            request.flush()
            done = subprocess.run(
                [*self.containerd.prefix, "curl", "-sS", "-i", "--http2-prior-knowledge", "--unix-socket",
                 self.containerd.socket, "-H", "content-type: application/grpc", "-H", "te: trailers", "--data-binary",
                 f"@{request.name}", f"http://localhost/runtime.v1.RuntimeService/{method}"],
                capture_output=True, check=False, timeout=60)
        headers, _, reply = done.stdout.partition(b"\r\n\r\n")
        if done.returncode != 0 or len(reply) < 5:
            raise Failure(f"CRI {method}: {headers.decode()} {done.stderr.decode()}")
        return reply[5:5 + struct.unpack(">I", reply[1:5])[0]]

    @staticmethod
    def _pod_config(name, namespace, uid, cgroup_parent):
        metadata = message((1, name), (2, uid), (3, namespace), (4, 0))
        labels = {"io.kubernetes.pod.name": name, "io.kubernetes.pod.namespace": namespace, "io.kubernetes.pod.uid": uid}
        return message((1, metadata), (2, name), (3, "/tmp"), (6, labels), (8, message((1, cgroup_parent))))

    def run_pod(self, name, namespace, uid, cgroup_parent):
        pod = self._pod_config(name, namespace, uid, cgroup_parent)
        sandbox = first_string(self.call("RunPodSandbox", message((1, pod))))
        self.containerd.ids.add(sandbox)
        return pod, sandbox

    def run_container(self, pod, sandbox, name, image, argv):
        labels = {"io.kubernetes.container.name": name}
        config = message((1, message((1, name), (2, 0))), (2, message((1, image.reference))),
                         *((3, a) for a in argv), (9, labels))
        id_ = first_string(self.call("CreateContainer", message((1, sandbox), (2, config), (3, pod))))
        self.containerd.ids.add(id_)
        self.call("StartContainer", message((1, id_)))
        return id_

    def remove_pod(self, sandbox):
        self.call("StopPodSandbox", message((1, sandbox)))
        self.call("RemovePodSandbox", message((1, sandbox)))
