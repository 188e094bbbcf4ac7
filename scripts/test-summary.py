#!/usr/bin/env python3
"""Sums up meson's test logs (JSON lines): the failures with the end of what they
printed, the reasons of what was skipped, and the line "N passed, N failed, N
skipped".

A gst-check program counts with each of its test cases, as libcheck reports
them; every other test counts as one. Exits with 1 if anything failed.
"""
import json
import re
import sys

CHECKS = re.compile(
    r"^\d+%: Checks: (\d+), Failures: (\d+), Errors: (\d+)$", re.M)
GOOD = {"OK", "EXPECTEDFAIL"}
# gst-check's line of a failed case: FILE:LINE:F:CASE:TEST:NUMBER: text
CASE = re.compile(r"^\S+:\d+:[FE]:.*$", re.M)
LAST_LINES = 12


def count(test):
    """(passed, failed) of one test that was run."""
    out = (test.get("stdout") or "") + "\n" + (test.get("stderr") or "")
    cases = failed = 0
    for match in CHECKS.finditer(out):
        cases += int(match.group(1))
        failed += int(match.group(2)) + int(match.group(3))
    if test["result"] not in GOOD:
        failed = max(failed, 1)
    elif cases == 0:
        cases = 1
    return max(cases - failed, 0), failed


def skip_reason(test):
    """The last line the test printed: by our convention, why it skips."""
    out = (test.get("stdout") or "") + "\n" + (test.get("stderr") or "")
    lines = [line for line in out.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "no reason given"


def why(test):
    """What tells most about a failure: the failed cases, or how the output ends."""
    out = (test.get("stdout") or "") + "\n" + (test.get("stderr") or "")
    lines = CASE.findall(out) or [line for line in out.splitlines()
                                  if line.strip()]
    return lines[-LAST_LINES:]


def main():
    passed = failed = skipped = 0
    for name in sys.argv[1:]:
        with open(name, encoding="utf-8", errors="replace") as log:
            tests = [json.loads(line) for line in log if line.strip()]
        for test in tests:
            if test["result"] == "SKIP":
                skipped += 1
                print(f"skipped: {test['name']}: {skip_reason(test)}")
                continue
            good, bad = count(test)
            passed += good
            failed += bad
            if bad:
                print(f"failed: {test['name']} ({test['result']})")
                for line in why(test):
                    print(f"    {line[:200]}")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
