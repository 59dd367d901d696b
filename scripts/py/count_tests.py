"""Counts test cases in ctest's log and prints "N passed, N failed, N skipped" as the last line.

A program that uses Catch2 counts as its test cases, the conformance runner as its cases, any other
test as one. A line "SKIPPED: reason" is a case that could not run here; it is not counted as passed.
Usage: count_tests.py LastTest.log. Exit status 1 when something failed or nothing ran.
"""

import collections
import re
import sys

SECTION = re.compile(r"^\d+/\d+ Testing: (?P<name>.+)$", re.M)
ALL_PASSED = re.compile(r"^All tests passed \(\d+ assertions? in (\d+) test cases?\)", re.M)
SOME_FAILED = re.compile(r"^test cases:\s*(\d+)(?:\s*\|\s*(\d+) passed)?(?:\s*\|\s*(\d+) failed)?", re.M)
COUNTS = re.compile(r"(\d+) passed, (\d+) failed, (\d+) skipped")
SKIPPED = re.compile(r"^SKIPPED: (.*)$", re.M)


def count(name, text):
    """(passed, failed, reasons of skipped cases) of one test's section."""
    reasons = [f"{name}: {reason}" for reason in SKIPPED.findall(text)]
    whole_failed = re.search(r"^Test Failed\.$", text, re.M) is not None
    if re.search(r'^Command: ""$', text, re.M):
        return 0, 1, []  # not run: its program is missing, or a test that it needs failed
    numbers = COUNTS.findall(text)
    catch_passed = ALL_PASSED.search(text)
    catch_failed = SOME_FAILED.search(text)
    if catch_passed:
        passed, failed = int(catch_passed[1]) - len(reasons), 0
    elif catch_failed:
        total, failed = int(catch_failed[1]), int(catch_failed[3] or 0)
        passed = total - failed - len(reasons)
    elif numbers:
        passed, failed, skipped = map(int, numbers[-1])
        reasons += [f"{name}: listed in its skip list"] * (skipped - len(reasons))
    else:
        passed, failed = (0 if reasons else 1), 0
    if whole_failed and failed == 0:
        failed = 1  # a crash, a timeout, or a check outside the cases
        passed = max(passed - 1, 0)
    return max(passed, 0), failed, reasons


def main(path):
    with open(path, encoding="utf-8", errors="replace") as f:
        log = f.read()
    passed, failed, skipped = 0, 0, []
    sections = list(SECTION.finditer(log))
    for i, section in enumerate(sections):
        end = sections[i + 1].start() if i + 1 < len(sections) else len(log)
        one = count(section["name"], log[section.end() : end])
        passed, failed = passed + one[0], failed + one[1]
        skipped += one[2]
    for reason, times in collections.Counter(skipped).items():
        print(f"skipped {times}x {reason}")
    print(f"{passed} passed, {failed} failed, {len(skipped)} skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
