"""Root file systems and images without a registry: busybox, Debian services, and archives that every runtime loads."""

import hashlib
import io
import json
import os
import pathlib
import shutil
import subprocess
import tarfile

from .host import CACHE, Failure, run

SERVICES = ("nginx-light", "redis-server", "python3-minimal", "libpython3-stdlib", "curl", "postgresql-15", "cron", "logrotate")
# The last is postgres' just-in-time compiler, which it does without.
WASTE = ("var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/locale", "usr/share/man",
         "usr/lib/*/libLLVM*", "usr/lib/*/libz3*", "usr/lib/postgresql/*/lib/bitcode", "usr/lib/postgresql/*/lib/llvmjit*")


def busybox(directory, files=()):
    """A root file system of busybox-static with a link for each applet, and `files` ({path: text or Path})."""
    root = pathlib.Path(directory)
    for name in ("bin", "proc", "sys", "dev", "tmp", "etc", "run", "root", "mnt"):
        (root / name).mkdir(parents=True, exist_ok=True)
    os.chmod(root / "tmp", 0o1777)
    shutil.copy2(shutil.which("busybox"), root / "bin" / "busybox")
    for applet in run("busybox", "--list").stdout.split():
        if applet != "busybox" and not (root / "bin" / applet).exists():
            (root / "bin" / applet).symlink_to("busybox")
    (root / "etc" / "passwd").write_text("root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/tmp:/bin/sh\n")
    (root / "etc" / "group").write_text("root:x:0:\napp:x:1000:\n")
    add_files(root, files)
    return root


def add_files(root, files):
    for path, content in dict(files).items():
        target = root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, pathlib.Path):
            shutil.copy2(content, target)
        else:
            target.write_text(content)
            target.chmod(0o755)


def debian():
    """Debian minbase with nginx, redis, postgres, cron, python3 and curl; made once and kept in the cache."""
    root = CACHE / "debian"
    complete, packages = root / ".complete", ",".join(SERVICES)
    if complete.exists() and complete.read_text() == packages:
        return root
    shutil.rmtree(root, ignore_errors=True)
    CACHE.mkdir(parents=True, exist_ok=True)
    run("debootstrap", "--foreign", "--variant=minbase", f"--include={packages}", "bookworm", root, timeout=900)
    # No daemon may start while it is installed, nor may postgres make a database.
    add_files(root, {"/usr/sbin/policy-rc.d": "#!/bin/sh\nexit 101\n",
                     "/etc/postgresql-common/createcluster.conf": "create_main_cluster = false\n"})
    run("chroot", root, "/debootstrap/debootstrap", "--second-stage", timeout=900)
    for waste in (path for pattern in WASTE for path in root.glob(pattern)):
        shutil.rmtree(waste) if waste.is_dir() else waste.unlink()
    complete.write_text(packages)
    return root


class Image:
    """An image in a `docker save` archive: docker, containerd and podman load it under the same config digest."""

    def __init__(self, reference, rootfs, archive, layer=None, command=("/bin/sh",)):
        self.reference, self.rootfs, self.archive = reference, pathlib.Path(rootfs), pathlib.Path(archive)
        layer_path = pathlib.Path(layer) if layer else self.archive.with_suffix(".layer")
        if not layer_path.exists():
            _pack(self.rootfs, layer_path)
        digest = _sha256(layer_path)
        config = json.dumps({
            "architecture": "amd64", "os": "linux", "config": {"Cmd": list(command), "Env": ["PATH=/bin:/usr/sbin:/usr/bin:/sbin"]},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
            "history": [{"created_by": f"plimsoll end-to-end tests, {reference}"}],
        }).encode()
        self.id = f"sha256:{hashlib.sha256(config).hexdigest()}"
        manifest = json.dumps([{"Config": f"{self.id[7:]}.json", "RepoTags": [reference], "Layers": ["layer.tar"]}])
        with tarfile.open(self.archive, "w") as tar:
            _add_bytes(tar, f"{self.id[7:]}.json", config)
            tar.add(layer_path, "layer.tar")
            _add_bytes(tar, "manifest.json", manifest.encode())


def _pack(rootfs, target):
    packed = subprocess.run(["tar", "--numeric-owner", "--sort=name", "--exclude=./dev/*", "-C", rootfs, "-cf", target, "."],
                            check=False, capture_output=True, text=True)
    if packed.returncode != 0:
        raise Failure(f"tar of {rootfs}: {packed.stderr}")


def _sha256(path):
    with open(path, "rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()


def _add_bytes(tar, name, data):
    entry = tarfile.TarInfo(name)
    entry.size = len(data)
    tar.addfile(entry, io.BytesIO(data))
