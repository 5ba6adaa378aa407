#!/usr/bin/env python3
"""Holds what the verifier had to look at against the committed table: prints both for one kernel, fails where a program
is more than 25 % and more than 1,000 instructions above the table, or is missing on either side. A kernel that the table has no column for is printed only.

Usage: verifier.py TABLE KERNEL LOG... [--write]     --write: take what the logs say as the table's column of KERNEL
LOG: consoles with the kernel tests' lines "verified PROGRAM INSTRUCTIONS"; of several the highest counts.
TABLE: a line "PROGRAM KERNEL..." and then one for each program, "-" where a kernel has no use for it.
"""

import re
import sys
from pathlib import Path

TOLERANCE, LEAST = 0.25, 1000
HEADER = """# Instructions that the verifier looks at (it gives up at 1,000,000), as tests/vm/run.sh has them printed: of all ways to
# attach the highest.
"""


def counted(logs):
    counts = {}
    for log in logs:
        for name, count in re.findall(r"^verified (\w+) (\d+)$", Path(log).read_text(errors="replace"), re.M):
            counts[name] = max(counts.get(name, 0), int(count))
    return counts


def read(table):
    """{kernel: {program: instructions}}"""
    lines = [line.split() for line in Path(table).read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    kernels = lines[0][1:] if lines else []
    return {kernel: {words[0]: int(words[at]) for words in lines[1:] if words[at] != "-"} for at, kernel in enumerate(kernels, 1)}


def write(table, columns):
    rows = [["PROGRAM", *columns]]
    for name in sorted({name for column in columns.values() for name in column}):
        rows.append([name, *(str(column.get(name, "-")) for column in columns.values())])
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = [" ".join([row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))]) for row in rows]
    Path(table).write_text(HEADER + "\n".join(lines) + "\n", encoding="utf-8")


def verdict(count, line):
    if line is None:
        return "is not in the table"
    if count is None:
        return "is in the table, and was not loaded"
    above = count > line * (1 + TOLERANCE) and count - line > LEAST
    return f"{count / line - 1:.0%} above the table" if above else ""


def main(table, kernel, *logs, to_write=False):
    counts, columns = counted(logs), read(table)
    if to_write and counts:
        write(table, columns | {kernel: counts})
        return 0
    if kernel not in columns:
        print(f"verifier   {kernel}: {len(counts)} programs, and no column in {table} yet: --write takes one")
        return 0 if counts else 1
    lines, failed = columns[kernel], not counts
    print(f"verifier   {kernel:10} {'PROGRAM':22} {'NOW':>8} {'TABLE':>8}")
    for name in sorted(counts.keys() | lines.keys()):
        count, line = counts.get(name), lines.get(name)
        bad = verdict(count, line)
        if bad:
            failed = True
            print(f"FAIL verifier {kernel}: {name} {bad}")
        print(f"verifier   {kernel:10} {name:22} {'-' if count is None else count:>8} {'-' if line is None else line:>8}  {bad}".rstrip())
    return 1 if failed else 0


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if word != "--write"]
    sys.exit(main(*words, to_write="--write" in sys.argv))
