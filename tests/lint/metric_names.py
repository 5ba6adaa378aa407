#!/usr/bin/env python3
"""Compares the metrics and labels that dashboards and alert rules use with those that the agent exports.

Usage: metric_names.py [EXPOSITION_FILE]. The metrics and their labels are those of deploy/metrics.md, which a unit test holds
to the registry; with a /metrics text, each metric must be in that too.
"""

import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAME = re.compile(r"\bplimsoll_[a-z0-9_]+")
ROW = re.compile(r"^\| `([a-z_]+)` \| \w+ \| ([^|]*) \|", re.MULTILINE)
SELECTOR = re.compile(r"\b(plimsoll_[a-z0-9_]+)\{([^}]*)\}")
BY = re.compile(r"\b(?:by|without) \(([^)]*)\)")
OF_THE_SCRAPE = {"instance", "job"}


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


def registered():
    """metric -> its labels, from the reference page."""
    page = (ROOT / "deploy" / "metrics.md").read_text()
    return {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in ROW.findall(page)}


def problems(query, metrics):
    names = set(NAME.findall(query))
    yield from (f"{name}: the agent exports no such metric" for name in names - metrics.keys())
    for name, selector in SELECTOR.findall(query):
        for label in re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", selector):
            if label not in metrics.get(name, {label}) | OF_THE_SCRAPE:
                yield f"{name}: no label {label}"
    grouped = {label.strip() for labels in BY.findall(query) for label in labels.split(",")}
    for label in grouped - OF_THE_SCRAPE if names else ():
        if not any(label in metrics.get(name, {label}) for name in names):
            yield f"{', '.join(sorted(names))}: no label {label}"


def main():
    metrics = registered()
    if len(sys.argv) > 1:
        exposed = set(NAME.findall(pathlib.Path(sys.argv[1]).read_text()))
        metrics = {name: labels for name, labels in metrics.items() if name in exposed}
    found, uses = set(), 0
    for file, query in queries():
        uses += len(set(NAME.findall(query)))
        found |= {f"{file.relative_to(ROOT)}: {problem}" for problem in problems(query, metrics)}
    print("\n".join([*sorted(found), f"{uses} uses of {len(metrics)} metrics, {len(found)} problems"]))
    return 1 if found or not uses or not metrics else 0


if __name__ == "__main__":
    sys.exit(main())
