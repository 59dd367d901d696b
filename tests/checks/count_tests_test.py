"""count_tests.py on logs as ctest writes them."""

import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEADER = "Start testing: Nov 01 10:00 UTC\n"


def section(number, name, output, verdict, command='"x"'):
    return (
        f"----------------------------------------------------------\n"
        f"{number}/9 Testing: {name}\n{number}/9 Test: {name}\nCommand: {command}\nOutput:\n"
        f"----------------------------------------------------------\n{output}\n"
        f"<end of output>\nTest time =   0.01 sec\n{verdict}\n\"{name}\" end time: now\n"
    )


CASES = [
    ("catch passed", [("a", "All tests passed (20 assertions in 7 test cases)", "Test Passed.")],
     "7 passed, 0 failed, 0 skipped", 0),
    ("one case", [("a", "All tests passed (1 assertion in 1 test case)", "Test Passed.")],
     "1 passed, 0 failed, 0 skipped", 0),
    ("catch failed", [("a", "test cases: 7 | 5 passed | 2 failed\nassertions: 9 | 7 passed",
                       "Test Failed.")], "5 passed, 2 failed, 0 skipped", 1),
    ("skipped inside", [("a", "SKIPPED: no model\nAll tests passed (20 assertions in 7 test cases)",
                         "Test Passed.")], "6 passed, 0 failed, 1 skipped", 0),
    ("conformance", [("c", "conformance: 1500 passed, 0 failed, 3 skipped, of 1503",
                      "Test Passed.")], "1500 passed, 0 failed, 3 skipped", 0),
    ("script", [("s", "all fine", "Test Passed."), ("t", "no", "Test Failed.")],
     "1 passed, 1 failed, 0 skipped", 1),
    ("crash", [("a", "Segmentation fault", "Test Failed.")], "0 passed, 1 failed, 0 skipped", 1),
    ("crash after success", [("a", "All tests passed (2 assertions in 2 test cases)",
                              "Test Failed.")], "1 passed, 1 failed, 0 skipped", 1),
    ("skipped as a whole", [("a", "SKIPPED: no root", "Test Passed.")],
     "0 passed, 0 failed, 1 skipped", 1),
    ("not run", [("a", "", "Test Passed.", '""'), ("b", "fine", "Test Passed.")],
     "1 passed, 1 failed, 0 skipped", 1),
    ("nothing", [], "0 passed, 0 failed, 0 skipped", 1),
]  # fmt: skip

failed = 0
for name, sections, expected, code in CASES:
    log = HEADER + "".join(section(i + 1, *s) for i, s in enumerate(sections))
    with tempfile.NamedTemporaryFile("w", suffix=".log") as f:
        f.write(log)
        f.flush()
        command = [sys.executable, ROOT / "scripts/py/count_tests.py", f.name]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    last = done.stdout.splitlines()[-1] if done.stdout else ""
    if last != expected or done.returncode != code:
        failed += 1
        print(f"{name}: got {last!r} ({done.returncode}), want {expected!r} ({code})\n{done.stderr}")
print(f"{len(CASES) - failed} passed, {failed} failed, 0 skipped")
sys.exit(1 if failed else 0)
