#!/usr/bin/env python3
"""Runs the end-to-end tests: real runtimes, real containers, the real agent. For root.

Usage: run.py [--fast] [--long] [--list] [NAME...]   NAME: part of a test's name, such as docker or services
Prints a table of all tests last, then `N passed, N failed[, N skipped]`.
"""

import argparse
import os
import pathlib
import signal
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from harness.agent import Agent  # noqa: E402
from harness.case import options  # noqa: E402


class TableResult(unittest.TestResult):
    """Prints each test as it ends and keeps the rows for the table."""

    def __init__(self):
        super().__init__()
        self.rows = []
        self._start = 0.0

    def startTest(self, test):
        super().startTest(test)
        self._start = time.monotonic()
        print(f"-- {name_of(test)}", flush=True)

    def _row(self, test, result, detail=""):
        self.rows.append((name_of(test), result, time.monotonic() - self._start))
        print(f"   {result} {time.monotonic() - self._start:.1f} s {detail}", flush=True)
        if result == "FAILED":
            print(f"FAIL {name_of(test)}: {' | '.join(detail.strip().splitlines()[-4:])[:600]}", flush=True)

    def addSuccess(self, test):
        super().addSuccess(test)
        self._row(test, "ok")

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._row(test, "FAILED", self._exc_info_to_string(err, test))

    addError = addFailure

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._row(test, "FAILED", f"{subtest}: {self._exc_info_to_string(err, test)}")

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._row(test, "skipped", reason)
        print(f"SKIP {name_of(test)}: {reason}", flush=True)


def name_of(test):
    return test.id().removeprefix("test_").replace("test_", "")


def flatten(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from flatten(item)
        else:
            yield item


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fast", action="store_true")
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    options.fast, options.long = arguments.fast, arguments.long
    found = unittest.defaultTestLoader.discover(os.path.dirname(os.path.abspath(__file__)))
    tests = [t for t in flatten(found) if not arguments.names or any(n in name_of(t) for n in arguments.names)]
    if arguments.list:
        print("\n".join(name_of(t) for t in tests))
        return 0
    if os.geteuid() != 0 or not Agent.binary.exists():
        print(f"run.py: needs root and {Agent.binary} (cmake --build --preset release)", file=sys.stderr)
        return 2
    result = TableResult()

    def terminate(*_):
        """Ends the test, which then cleans up, and the run."""
        result.stop()
        sys.exit(143)

    signal.signal(signal.SIGTERM, terminate)
    unittest.TestSuite(tests).run(result)
    failed = sum(row[1] == "FAILED" for row in result.rows)
    skipped = sum(row[1] == "skipped" for row in result.rows)
    print("\nTABLE")
    for name, outcome, seconds in result.rows:
        print(f"{name:<64} {outcome:<8} {seconds:7.1f} s")
    print("END TABLE")
    print(f"{len(result.rows) - failed - skipped} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed or not tests or len(result.rows) < len(tests) else 0


if __name__ == "__main__":
    sys.exit(main())
