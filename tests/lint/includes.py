#!/usr/bin/env python3
"""Fails when a folder includes what it must not reach: the linker cannot keep the direction of static libraries.

The table below is the architecture: data flows from bpf/ to the operator, and the pure folders know no kernel, no clock
and no third-party library. Widen it only together with CONTRIBUTING.md.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# folder -> (our own folders that it may include, third-party headers that it may include)
ALLOWED = {
    "bpf": ({"bpf"}, {"bpf"}),
    "agent/core": ({"agent/core", "bpf"}, set()),
    "detectors": ({"detectors", "agent/core"}, set()),
    "profiles": ({"profiles", "detectors", "agent/core"}, {"toml++"}),
    "agent/config": ({"agent/config", "agent/core", "agent/identity", "detectors"}, {"toml++"}),
    "agent/identity": ({"agent/identity", "agent/core"}, {"nlohmann", "curl", "toml++"}),
    "agent/sensor": ({"agent/sensor", "agent/core", "bpf"}, {"bpf", "spdlog"}),
    "agent/capture": ({"agent/capture", "agent/core"}, {"nlohmann", "zlib"}),
    "agent/alerts": ({"agent/alerts", "agent/core"}, {"nlohmann"}),
    "agent/metrics": ({"agent/metrics", "agent/core"}, {"prometheus", "civetweb"}),
    "agent/store": ({"agent/store", "agent/core", "profiles"}, {"curl", "nlohmann", "openssl"}),
    "agent/control": ({"agent/control", "agent/core"}, {"nlohmann"}),
    "agent/pipeline": ({"agent/pipeline", "agent/core", "agent/config", "agent/identity", "agent/sensor", "agent/capture", "agent/alerts",
                        "agent/metrics", "agent/store", "profiles", "detectors"}, {"nlohmann", "spdlog"}),
    "agent/cli": ({"agent/cli", "agent/core", "agent/config", "agent/identity", "agent/sensor", "agent/capture", "agent/pipeline",
                   "agent/alerts", "agent/metrics", "agent/store", "agent/control", "profiles", "detectors"},
                  {"nlohmann", "spdlog", "CLI", "libseccomp"}),
    "agent": ({"agent/cli"}, set()),
}
# Folders that must run without root, kernel or clock: the standard library only.
PURE = {"agent/core", "detectors", "profiles"}
THIRD_PARTY = {"bpf": "bpf", "toml++": "toml++", "toml.hpp": "toml++", "nlohmann": "nlohmann", "spdlog": "spdlog",
               "fmt": "spdlog", "prometheus": "prometheus", "civetweb.h": "civetweb", "CivetServer.h": "civetweb",
               "CLI": "CLI", "seccomp.h": "libseccomp", "zlib.h": "zlib", "curl": "curl", "openssl": "openssl", "grpcpp": "grpc", "gtest": "gtest", "gmock": "gtest"}
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.MULTILINE)


def folder_of(path):
    parts = path.split("/")
    return "/".join(parts[:2]) if parts[0] == "agent" and len(parts) > 2 else parts[0]


def problem(folder, bracket, header):
    """Why `folder` may not include `header`, or None."""
    ours, theirs = ALLOWED[folder]
    if header.endswith(".skel.h"):
        return None if folder == "agent/sensor" else "only agent/sensor knows the BPF skeleton"
    if bracket == '"' and "/" not in header:
        return None if folder == "bpf" else "name headers from the project's root"
    if bracket == '"' and (ROOT / header).exists():
        target = folder_of(header)
        return None if target in ours else f"{folder} must not reach {target}"
    library = THIRD_PARTY.get(header.split("/")[0])
    if library:
        return None if library in theirs else f"{folder} must not use {library}"
    if folder in PURE and ("/" in header or header.endswith(".h")) and header not in ("arpa/inet.h", "unistd.h"):
        return f"{folder} is pure: the standard library only"
    return None


def main():
    files = [f for top in ("bpf", "agent", "profiles", "detectors") for f in sorted((ROOT / top).rglob("*"))
             if f.suffix in (".h", ".c", ".cpp")]
    found, includes = [], 0
    for file in files:
        path = str(file.relative_to(ROOT))
        folder = folder_of(path)
        if folder not in ALLOWED:
            found.append(f"{path}: folder {folder} is not in the table of {pathlib.Path(__file__).name}")
            continue
        for bracket, header in INCLUDE.findall(file.read_text(encoding="utf-8")):
            includes += 1
            why = problem(folder, bracket, header)
            if why:
                found.append(f"{path}: #include {bracket}{header}: {why}")
    print("\n".join(found) if found else f"{includes} includes in {len(files)} files keep the direction")
    return 1 if found or not files else 0


if __name__ == "__main__":
    sys.exit(main())
