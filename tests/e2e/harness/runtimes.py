"""Container runtimes on private roots and sockets. Each has the same few verbs, so that a test runs on all of them.

    runtime.toml            the inline table for the agent's [identity] runtimes
    runtime.load(image)     makes an image known
    runtime.start(...)      starts a container and returns it (pid, id, name, image)
"""

import contextlib
import dataclasses
import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

from .host import Failure, remove_cgroups, run, wait_for

DEFAULT_CAPS = ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_NET_RAW", "CAP_SETGID", "CAP_SETUID",
                "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL", "CAP_AUDIT_WRITE"]

# A CNI plugin that makes no interface: the CRI plugin insists on an eth0, tests only need the loopback.
CNI_NONE = """#!/bin/sh
[ "$CNI_COMMAND" = VERSION ] && exec echo '{"cniVersion":"0.4.0","supportedVersions":["0.4.0"]}'
[ "$CNI_COMMAND" = ADD ] || exit 0
echo '{"cniVersion":"0.4.0","interfaces":[{"name":"eth0","sandbox":"'"$CNI_NETNS"'"}],
       "ips":[{"version":"4","interface":0,"address":"192.0.2.1/32"}]}'
"""


@dataclasses.dataclass
class Container:
    runtime: object
    id: str
    name: str
    image: object
    pid: int

    @property
    def root(self):
        """The container's root file system, as the host sees it."""
        return pathlib.Path(f"/proc/{self.pid}/root")

    def age(self):
        """Seconds since its first process started."""
        started = int(_stat(self.pid)[19]) / os.sysconf("SC_CLK_TCK")
        return time.clock_gettime(time.CLOCK_BOOTTIME) - started

    def wait_until_older_than(self, seconds):
        wait_for(f"{self.name} to be older than {seconds:g} s", lambda: self.age() > seconds, seconds + 10)

    def exec(self, *argv, check=True):
        return self.runtime.exec(self, argv, check)

    def in_network(self, *argv, **options):
        """Runs a host program inside the container's network namespace: its clients' side of the loopback."""
        return run(*argv, prefix=("nsenter", "-n", "-t", str(self.pid), "--"), **options)

    def listens(self, port):
        """Whether something in its network namespace listens on that TCP port."""
        return f":{port} " in self.in_network("ss", "-Hltn").stdout

    def put(self, source, path, mode=0o755):
        """Writes a file into the running container from the host: dropped, as an intruder would leave it."""
        target = self.root / path.lstrip("/")
        target.write_bytes(pathlib.Path(source).read_bytes())
        target.chmod(mode)

    def stop(self):
        self.runtime.remove(self)


class Runtime:
    kind = ""

    def __init__(self, space, prefix=()):
        self.space, self.prefix = space, prefix
        self.home = space.directory(self.kind)
        self.containers = []
        self.ids = set()  # of every container that it ever had: others on this machine are not the test's
        self.images = {}
        space.on_close(self.close)

    def run(self, *argv, **options):
        return run(*argv, prefix=self.prefix, **options)

    def close(self):
        for container in list(self.containers):
            with contextlib.suppress(Failure):
                self.remove(container)

    def started(self, id_, name, image, pid):
        container = Container(self, id_, name, image, int(pid))
        self.containers.append(container)
        self.ids.add(container.id)
        return container


class Runc(Runtime):
    """runc by itself: a bundle a container, its root file system an overlay over the image's."""

    kind = "runc"

    def __init__(self, space, prefix=()):
        super().__init__(space, prefix)
        self.bundles, self.state = space.directory("runc/bundles"), space.directory("runc/state")
        self.cgroup = f"{space.path.name}-runc"
        space.on_close(remove_cgroups, self.cgroup)
        self.toml = f'{{ kind = "runc", root = "{self.bundles}", state = "{self.state}" }}'

    def load(self, image):
        self.images[image.reference] = image

    def bundle(self, name, image, argv, *, user=0, caps=DEFAULT_CAPS, mounts=(), overlay=True, no_new_privileges=False,
               network=None):
        """Writes a bundle and returns its directory. `mounts` are (source, target) binds, `network` is a namespace's path."""
        bundle = self.bundles / name
        (bundle / "rootfs").mkdir(parents=True)
        if overlay:
            for part in ("upper", "work"):
                (bundle / part).mkdir()
            self.run("mount", "-t", "overlay", "overlay", "-o",
                     f"lowerdir={image.rootfs},upperdir={bundle}/upper,workdir={bundle}/work", bundle / "rootfs")
        spec = self.template()
        process = spec["process"]
        process.update(terminal=False, args=list(argv), cwd="/", noNewPrivileges=no_new_privileges,
                       user={"uid": user, "gid": user}, capabilities={k: [] if user and k in ("effective", "ambient") else list(caps)
                                                                      for k in ("bounding", "effective", "permitted")})
        process["rlimits"] = []
        process["env"] = ["PATH=/bin:/usr/sbin:/usr/bin:/sbin", "HOME=/tmp"]
        spec["root"] = {"path": "rootfs" if overlay else str(image.rootfs), "readonly": not overlay}
        spec["linux"]["cgroupsPath"] = f"/{self.cgroup}/{name}"
        for namespace in spec["linux"]["namespaces"] if network else ():
            if namespace["type"] == "network":
                namespace["path"] = network
        spec["mounts"] += [{"destination": target, "source": str(source), "type": "bind", "options": ["rbind", "rw"]}
                           for source, target in mounts]
        spec["annotations"] = {"org.opencontainers.image.ref.name": image.reference}
        (bundle / "config.json").write_text(json.dumps(spec))
        return bundle

    def template(self):
        """What `runc spec` writes."""
        if not hasattr(self, "_template"):
            self.run("runc", "spec", "--bundle", self.home)
            self._template = (self.home / "config.json").read_text()
        return json.loads(self._template)

    def start(self, name, image, argv, **options):
        bundle = self.bundle(name, image, argv, **options)
        pid_file = bundle / "pid"
        with open(bundle / "output", "ab") as output:
            self.run_detached(["runc", "--root", self.state, "run", "-d", "--bundle", bundle, "--pid-file", pid_file, name],
                              output)
        return self.started(name, name, image, pid_file.read_text())

    def run_detached(self, argv, output):
        done = subprocess.run([*self.prefix, *map(str, argv)], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                              check=False, timeout=60)
        if done.returncode != 0:
            raise Failure(f"{argv}: exit {done.returncode}: {open(output.name, encoding='utf-8').read()[-2000:]}")

    def exec(self, container, argv, check=True):
        return self.run("runc", "--root", self.state, "exec", container.id, *argv, check=check)

    def remove(self, container):
        self.containers.remove(container)
        self.run("runc", "--root", self.state, "delete", "-f", container.id)
        wait_for("the container's end", lambda: not os.path.exists(f"/proc/{container.pid}") or _zombie(container.pid))
        bundle = self.bundles / container.name
        self.run("umount", "-l", bundle / "rootfs", check=False)
        shutil.rmtree(bundle, ignore_errors=True)


def _stat(pid):
    """/proc/PID/stat from the third field on, the state."""
    return pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rsplit(") ", 1)[1].split()


def _zombie(pid):
    try:
        return _stat(pid)[0] == "Z"
    except OSError:
        return True


class Docker(Runtime):
    kind = "docker"

    def __init__(self, space, prefix=()):
        super().__init__(space, prefix)
        root, state, self.socket = self.home / "root", self.home / "state", self.home / "docker.sock"
        (self.home / "daemon.json").write_text("{}")
        space.on_close(remove_cgroups, "docker", False)
        self._daemon = space.spawn(
            ["dockerd", "--config-file", self.home / "daemon.json", "--data-root", root, "--exec-root", state,
             "--host", f"unix://{self.socket}", "--pidfile", self.home / "pid", "--iptables=false", "--ip6tables=false",
             "--bridge=none", "--storage-driver=overlay2", "--exec-opt", "native.cgroupdriver=cgroupfs"],
            "dockerd.log", prefix)
        space.on_close(self.close)  # containers end before their daemon does
        self.toml = f'{{ kind = "docker", root = "{root}", state = "{state}" }}'
        wait_for("dockerd to answer", lambda: self.docker("version", check=False).returncode == 0, 60, 0.5)

    def docker(self, *argv, **options):
        return self.run("docker", "--host", f"unix://{self.socket}", *argv, **options)

    def load(self, image):
        self.docker("load", "-i", image.archive)

    def start(self, name, image, argv, *, user=0, mounts=(), options=()):
        options = [x for source, target in mounts for x in ("-v", f"{source}:{target}")] + list(options)
        id_ = self.docker("run", "-d", "--network=none", "--name", name, f"--user={user}", *options, image.reference,
                          *argv).stdout.strip()
        return self.started(id_, name, image, self.pid(id_))

    def pid(self, id_):
        return int(self.docker("inspect", "-f", "{{.State.Pid}}", id_).stdout)

    def restart(self, container):
        """Stops the container and starts it again."""
        self.docker("restart", "-t", "10", container.id)
        container.pid = self.pid(container.id)

    def exec(self, container, argv, check=True):
        return self.docker("exec", container.id, *argv, check=check)

    def remove(self, container):
        self.containers.remove(container)
        self.docker("rm", "-f", container.id)


class Containerd(Runtime):
    """containerd as `ctr` uses it; with cri=True its CRI plugin as well (see cri.py)."""

    kind = "containerd"
    namespace = "default"

    def __init__(self, space, prefix=(), cri=False, sandbox_image="docker.io/test/pause:1"):
        super().__init__(space, prefix)
        self.root, self.state, self.socket = self.home / "root", self.home / "state", self.home / "sock"
        cni = self.home / "cni"
        cni.mkdir()
        (cni / "loopback").symlink_to("/usr/lib/cni/loopback")
        (cni / "none").write_text(CNI_NONE)
        (cni / "none").chmod(0o755)
        (cni / "10-none.conflist").write_text(json.dumps(
            {"cniVersion": "0.4.0", "name": "none", "plugins": [{"type": "none"}]}))
        plugin = (f'[plugins."io.containerd.grpc.v1.cri"]\n'
                  f'disable_apparmor = true\nrestrict_oom_score_adj = true\nsandbox_image = "{sandbox_image}"\n'
                  f'stream_server_address = "127.0.0.1"\nstream_server_port = "0"\n'
                  f'[plugins."io.containerd.grpc.v1.cri".cni]\nbin_dir = "{cni}"\nconf_dir = "{cni}"\n')
        (self.home / "config.toml").write_text(
            f'version = 2\nroot = "{self.root}"\nstate = "{self.state}"\n'
            + ("" if cri else 'disabled_plugins = ["io.containerd.grpc.v1.cri"]\n')
            + f'[grpc]\naddress = "{self.socket}"\n[ttrpc]\naddress = "{self.home}/ttrpc"\n' + (plugin if cri else ""))
        self.cgroup = f"{space.path.name}-ctr"
        space.on_close(remove_cgroups, self.cgroup)
        space.spawn(["containerd", "--config", self.home / "config.toml"], "containerd.log", prefix)
        space.on_close(self.close)
        self.toml = f'{{ kind = "containerd", root = "{self.root}", state = "{self.state}", socket = "{self.socket}" }}'
        wait_for("containerd to answer", lambda: self.ctr("version", check=False).returncode == 0, 60, 0.5)

    def ctr(self, *argv, **options):
        return self.run("ctr", "--address", self.socket, "--namespace", self.namespace, *argv, **options)

    def load(self, image):
        self.ctr("images", "import", "--digests=false", image.archive)

    def start(self, name, image, argv, *, user=0, mounts=(), cgroup=None):
        options = [x for source, target in mounts
                   for x in ("--mount", f"type=bind,src={source},dst={target},options=rbind:rw")]
        if user:
            options += ["--user", str(user)]
        self.ctr("run", "-d", "--null-io", "--cpu-shares=0", "--cgroup", cgroup or f"/{self.cgroup}/{name}", *options, image.reference, name, *argv)
        rows = [line.split() for line in self.ctr("tasks", "ls").stdout.splitlines()]
        return self.started(name, name, image, next(r[1] for r in rows if r[0] == name))

    def exec(self, container, argv, check=True):
        return self.ctr("tasks", "exec", "--exec-id", f"x{time.monotonic_ns()}", container.id, *argv, check=check)

    def remove(self, container):
        self.containers.remove(container)
        self.ctr("tasks", "kill", "-s", "SIGKILL", container.id, check=False)
        self.ctr("tasks", "delete", "-f", container.id, check=False)
        self.ctr("containers", "delete", container.id)


class Podman(Runtime):
    kind = "podman"

    def __init__(self, space, prefix=()):
        super().__init__(space, prefix)
        root, state = self.home / "root", self.home / "run"
        self.base = ["podman", "--root", root, "--runroot", state, "--tmpdir", self.home / "tmp", "--runtime=runc",
                     "--cgroup-manager=cgroupfs", "--events-backend=file", "--storage-driver=overlay"]
        space.on_close(remove_cgroups, "libpod_parent", False)
        space.on_close(self.close)
        self.toml = f'{{ kind = "podman", root = "{root}", state = "{state}" }}'

    def podman(self, *argv, **options):
        return self.run(*self.base, *argv, **options)

    def load(self, image):
        self.podman("load", "-i", image.archive)

    def start(self, name, image, argv, *, user=0, mounts=()):
        options = [x for source, target in mounts for x in ("-v", f"{source}:{target}")]
        id_ = self.podman("run", "-d", "--network=none", "--pids-limit=0", "--ulimit", "nofile=1024:4096", "--ulimit", "nproc=1024:4096",
                          "--name", name, f"--user={user}", *options, image.reference, *argv).stdout.strip()
        pid = self.podman("inspect", "-f", "{{.State.Pid}}", id_).stdout.strip()
        return self.started(id_, name, image, pid)

    def exec(self, container, argv, check=True):
        return self.podman("exec", container.id, *argv, check=check)

    def remove(self, container):
        self.containers.remove(container)
        with contextlib.suppress(ProcessLookupError):
            os.kill(container.pid, signal.SIGKILL)
        self.podman("rm", "-f", "-t", "0", container.id)
