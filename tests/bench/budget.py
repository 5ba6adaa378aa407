#!/usr/bin/env python3
"""Holds measured costs against the committed budget: prints them side by side, fails where a gated one is over 3 % above it, or
known behaviour costs more than it ever may.

Usage: budget.py BUDGET RESULTS [--write]     --write: take the results as the new budget
Rows of both files: KERNEL WAY OPERATION WITHOUT +FLOOR +HOST +KNOWN +NEW, in instructions; "-" where there is none. FLOOR: an empty program.
"""

import sys
from pathlib import Path

TOLERANCE = 0.03
NOISE = 8  # instructions: what two runs of the same differ by
GATED = ("getppid", "setresuid", "capset", "mount", "connect", "datagrams", "resolve")  # execs vary by thousands from run to run
# What known behaviour may cost in all by the kernel's best way, whatever the budget says; of an exec, this part.
BEST_WAY = "fexit"
LIMITS = {"setresuid": 600, "capset": 600, "connect": 650}
EXEC_PART = 0.015


def rows(path):
    lines = (line.split() for line in Path(path).read_text(encoding="utf-8").splitlines())
    return {tuple(words[:3]): words[3:] for words in lines if words and not words[0].startswith("#")}


def over(measured, allowed):
    """A cost may pass its budget by 3 % of the budget, and by what the measurement itself varies."""
    if allowed == "-":
        return False
    return measured == "-" or float(measured) > float(allowed) * (1 + TOLERANCE) + NOISE


def limit_of(key, without):
    """What known behaviour may cost there, or None."""
    if key[1] != BEST_WAY:
        return None
    return float(without) * EXEC_PART if key[2] == "exec" else LIMITS.get(key[2])


def main(budget_file, results_file, *options):
    results = rows(results_file)
    if "--write" in options:
        lines = ["# Instructions added to an operation, as tests/bench/run.sh measures them. Columns:",
                 "# KERNEL WAY OPERATION WITHOUT +FLOOR +HOST +KNOWN +NEW"]
        lines += [" ".join([*key, *values]) for key, values in results.items()]
        Path(budget_file).write_text("\n".join(lines) + "\n", encoding="utf-8")
        return 0
    budget = rows(budget_file)
    failed = 0
    print("TABLE")
    print(f"{'KERNEL':7}{'WAY':7}{'OPERATION':11}{'WITHOUT':>9}{'+FLOOR':>8}{'+HOST':>8}{'+KNOWN':>8}{'+NEW':>8}   OVER BUDGET")
    missing = [key for key in budget if key[0] in {k[0] for k in results} and key not in results]
    for key in missing:
        print(f"{' '.join(key)}: in the budget, but not measured")
    failed += len(missing)
    for key, measured in results.items():
        allowed = budget.get(key)
        if allowed is None:
            bad = ["no budget"]
        else:
            bad = [f"{name} {limit}" for name, value, limit in zip(("host", "known", "new"), measured[2:], allowed[2:])
                   if key[2] in GATED and over(value, limit)]
        without, floor, host, known, new = measured
        limit = limit_of(key, without)
        if limit is not None and float(known) > limit:
            bad.append(f"known must not pass {limit:.0f}")
        failed += bool(bad)
        print(f"{key[0]:7}{key[1]:7}{key[2]:11}{without:>9}{floor:>8}{host:>8}{known:>8}{new:>8}   {', '.join(bad)}")
    print("END TABLE")
    print(f"{len(results) + len(missing) - failed} passed, {failed} failed")
    return 1 if failed or not results else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
