"""Work on the host that leaves nothing behind: processes by pid, mounts, cgroups and a private directory."""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

PROJECT = pathlib.Path(__file__).resolve().parents[3]
BUILD = pathlib.Path(os.environ.get("PLIMSOLL_BUILD", PROJECT / "build" / "release"))
CACHE = pathlib.Path(os.environ.get("PLIMSOLL_E2E_CACHE", PROJECT / "build" / "e2e-cache"))


class Failure(AssertionError):
    """A step of a test failed; the text says which, and what was seen."""


def run(*argv, check=True, timeout=120, prefix=(), **options):
    """Runs a command to its end and returns it, with stdout and stderr as text."""
    argv = [*prefix, *(str(a) for a in argv)]
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="surrogateescape",
                          timeout=timeout, check=False, **options)
    if check and done.returncode != 0:
        raise Failure(f"{' '.join(argv)}: exit {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return done


def wait_for(what, condition, timeout=30.0, interval=0.1):
    """Polls until condition() is true and returns its value. Failure after `timeout` seconds names `what`, a text or a
    function that gives one."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failure(f"waited {timeout:g} s for {what() if callable(what) else what}; last seen: {value!r}")
        time.sleep(interval)


def stop(process, timeout=20.0):
    """Ends a process that we started: SIGTERM, then SIGKILL. Returns its exit code."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return process.returncode


def mounts_below(directory):
    prefix = str(directory).rstrip("/") + "/"
    with open("/proc/self/mounts", encoding="utf-8", errors="surrogateescape") as table:
        points = [line.split(" ")[1].replace("\\040", " ") for line in table]
    return [p for p in points if p.startswith(prefix)]


def pids_naming(text):
    """Processes whose command line names `text`: with a path that only we know, our own and their descendants."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit() and int(entry) != os.getpid():
            with contextlib.suppress(OSError), open(f"/proc/{entry}/cmdline", "rb") as line:
                if os.fsencode(text) in line.read():
                    found.append(int(entry))
    return found


def cgroup_hierarchies():
    """Mount points of every cgroup hierarchy here, v1 controllers and v2 alike."""
    with open("/proc/self/mounts", encoding="utf-8") as table:
        fields = [line.split(" ") for line in table]
    return [f[1] for f in fields if f[2] in ("cgroup", "cgroup2")]


def remove_cgroups(name, kill=True):
    """Removes the cgroup /name with all below it, in every hierarchy; `kill`: ending what still runs in it."""
    for top in cgroup_hierarchies():
        for directory, _, _ in os.walk(os.path.join(top, name), topdown=False):
            for _ in range(50):
                try:
                    os.rmdir(directory)
                    break
                except FileNotFoundError:
                    break
                except OSError:
                    if not kill:
                        break
                    with contextlib.suppress(OSError), open(f"{directory}/cgroup.procs", encoding="ascii") as procs:
                        for pid in procs.read().split():
                            with contextlib.suppress(ProcessLookupError):
                                os.kill(int(pid), signal.SIGKILL)
                    time.sleep(0.05)


class Workspace:
    """A private directory (short: unix sockets live in it), and everything that has to be undone at the end."""

    def __init__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="pe2e-"))
        self._stack = contextlib.ExitStack()

    def on_close(self, function, *args):
        self._stack.callback(function, *args)

    def directory(self, name):
        path = self.path / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def spawn(self, argv, log, prefix=(), **options):
        """Starts a background process, its output to the file `log`; it ends with the workspace."""
        argv = [*prefix, *(str(a) for a in argv)]
        with open(self.path / log, "ab") as output:
            process = subprocess.Popen(argv, stdin=subprocess.DEVNULL,
                                       stdout=options.pop("stdout", output), stderr=output, **options)
        self.on_close(stop, process)
        return process

    def log(self, name):
        path = self.path / name
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def close(self):
        try:
            self._stack.close()
        finally:
            self._sweep()

    def _sweep(self):
        for _ in range(20):
            for pid in pids_naming(str(self.path)):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            for point in sorted(mounts_below(self.path), key=len, reverse=True):
                subprocess.run(["umount", "-l", point], check=False, capture_output=True)
            if not mounts_below(self.path) and not pids_naming(str(self.path)):
                break
            time.sleep(0.1)
        if mounts_below(self.path):
            raise Failure(f"still mounted below {self.path}: {mounts_below(self.path)}")
        shutil.rmtree(self.path, ignore_errors=True)


class MountNamespace:
    """A mount namespace of our own in which only cgroup v2 is to be seen. `prefix` runs a command inside."""

    def __init__(self, space):
        script = ("umount -R /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup && echo ready"
                  " && exec sleep 86400")
        self._holder = subprocess.Popen(["unshare", "-m", "--propagation", "private", "sh", "-c", script],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        space.on_close(self._holder.stdout.close)
        space.on_close(stop, self._holder)
        if self._holder.stdout.readline().strip() != "ready":
            raise Failure("could not make a mount namespace with cgroup v2 only")
        self.prefix = ("nsenter", "-m", "-t", str(self._holder.pid), "--")
