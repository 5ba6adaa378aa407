#!/usr/bin/env python3
"""Compares the metrics that dashboards and alert rules use with those that the agent exposes.

Usage: metric_names.py [EXPOSITION_FILE]. With a /metrics text it compares with that, names and labels; without, with the
names that stand in agent/ as string literals.
"""

import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAME = re.compile(r"\bplimsoll_[a-z0-9_]+")


def queries():
    """(file, expression) of every query in deploy/."""
    for file in sorted((ROOT / "deploy" / "grafana").glob("*.json")):
        stack = [json.loads(file.read_text())]
        while stack:
            node = stack.pop()
            if isinstance(node, dict):
                for key in ("expr", "query", "definition"):
                    if isinstance(node.get(key), str):
                        yield file, node[key]
                stack += node.values()
            elif isinstance(node, list):
                stack += node
    for file in sorted((ROOT / "deploy" / "prometheus").glob("*.y*ml")):
        for line in file.read_text().splitlines():
            if not line.lstrip().startswith(("#", "- alert", "alert:", "- name", "name:")):
                yield file, line


def exposed(exposition):
    if exposition:
        text = re.sub(r"(?m)^# TYPE (\S+) histogram$", r"\1_bucket \1_sum \1_count", pathlib.Path(exposition).read_text())
        return set(NAME.findall(text))
    return {name for file in (ROOT / "agent").rglob("*.cpp") for name in NAME.findall(file.read_text())}


def main():
    known = exposed(sys.argv[1] if len(sys.argv) > 1 else None)
    used = {(str(file.relative_to(ROOT)), name) for file, query in queries() for name in NAME.findall(query)}
    unknown = sorted((file, name) for file, name in used
                     if name not in known and re.sub("_(bucket|sum|count)$", "", name) not in known)
    for file, name in unknown:
        print(f"{file}: {name}: the agent exposes no such metric")
    print(f"{len(used)} uses of {len(known)} metrics, {len(unknown)} unknown")
    return 1 if unknown or not used or not known else 0


if __name__ == "__main__":
    sys.exit(main())
