#!/usr/bin/env python3
"""Fails when a folder includes what its CMake target does not link: the linker cannot keep the direction of static libraries.

The architecture is written once, in the plimsoll_library() call of each folder: USES and PRIVATE_USES name the folders
and libraries that its files may include, PURE says that it may use nothing else than the standard library.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
# The first part of a header's name -> the name that a target links it by, without its prefix.
LIBRARIES = {"bpf": "libbpf", "toml++": "tomlplusplus", "nlohmann": "nlohmann_json", "spdlog": "spdlog", "fmt": "spdlog",
             "prometheus": "prometheus_cpp", "civetweb.h": "civetweb_library", "CLI": "cli11", "seccomp.h": "libseccomp",
             "zlib.h": "zlib", "curl": "libcurl", "openssl": "crypto", "gtest": "gtest", "gmock": "gmock"}
SYSTEM_HEADERS_IN_PURE_FOLDERS = {"arpa/inet.h", "unistd.h"}
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.MULTILINE)
LIBRARY_CALL = re.compile(r"plimsoll_library\(\s*plimsoll_(\w+)([^)]*)\)")


def declared():
    """folder -> (the words of its USES and PRIVATE_USES, whether it is PURE), from the CMake files."""
    out = {"bpf": ({"bpf", "libbpf"}, False)}
    for file in [ROOT / "profiles/CMakeLists.txt", ROOT / "detectors/CMakeLists.txt", *sorted(ROOT.glob("agent/*/CMakeLists.txt"))]:
        for name, words in LIBRARY_CALL.findall(re.sub(r"#.*", "", file.read_text(encoding="utf-8"))):
            keyword, uses, pure = "", {name}, False
            for word in words.split():
                if word in ("SOURCES", "USES", "PRIVATE_USES", "PURE"):
                    keyword, pure = word, pure or word == "PURE"
                elif keyword in ("USES", "PRIVATE_USES"):
                    uses.add(word.split("::")[-1].strip("${}").removeprefix("plimsoll_").lower())
            out[str(file.parent.relative_to(ROOT))] = (uses, pure)
    main = re.search(r"target_link_libraries\(plimsoll PRIVATE ([^)]*)\)", (ROOT / "agent/CMakeLists.txt").read_text(encoding="utf-8"))
    out["agent"] = ({word.removeprefix("plimsoll_") for word in main.group(1).split()}, False)
    return out


def folder_of(path):
    parts = path.split("/")
    return "/".join(parts[:2]) if parts[0] == "agent" and len(parts) > 2 else parts[0]


def problem(folder, bracket, header, uses, pure):
    """Why `folder` may not include `header`, or None."""
    if header.endswith(".skel.h"):
        return None if folder == "agent/sensor" else "only agent/sensor knows the BPF skeleton"
    if bracket == '"' and "/" not in header:
        return None if folder == "bpf" else "name headers from the project's root"
    if bracket == '"' and (ROOT / header).exists():
        target = folder_of(header)
        return None if target.removeprefix("agent/") in uses else f"{folder}/CMakeLists.txt does not use {target}"
    library = LIBRARIES.get(header.split("/")[0])
    if library:
        return None if library in uses else f"{folder}/CMakeLists.txt does not use {library}"
    if pure and ("/" in header or header.endswith(".h")) and header not in SYSTEM_HEADERS_IN_PURE_FOLDERS:
        return f"{folder} is pure: the standard library only"
    return None


def main():
    folders = declared()
    files = [f for top in ("bpf", "agent", "profiles", "detectors") for f in sorted((ROOT / top).rglob("*"))
             if f.suffix in (".h", ".c", ".cpp")]
    found, includes = [], 0
    for file in files:
        path = str(file.relative_to(ROOT))
        folder = folder_of(path)
        if folder not in folders:
            found.append(f"{path}: {folder}/CMakeLists.txt has no plimsoll_library()")
            continue
        for bracket, header in INCLUDE.findall(file.read_text(encoding="utf-8")):
            includes += 1
            why = problem(folder, bracket, header, *folders[folder])
            if why:
                found.append(f"{path}: #include {bracket}{header}: {why}")
    print("\n".join(found) if found else f"{includes} includes in {len(files)} files keep the direction")
    return 1 if found or not files else 0


if __name__ == "__main__":
    sys.exit(main())
