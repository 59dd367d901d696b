"""index_results.py on folders as scripts write them."""

import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


def document(title, headline, command="scripts/check"):
    return {"title": title, "headline": headline, "command": [command], "cpu": "C", "cores": 2}


PEERS = {"rows": [{"agrees": True, "ratio": 1.0}, {"agrees": False, "ratio": 1.25}],
         "tolerance": 0.03, "command": ["scripts/peers"], "cpu": "C", "cores": 2}  # fmt: skip

CASES = [
    ("one document", {"a": document("memory", "71 of 238")},
     "| [`f`](f) | memory | C, 2 cores | `scripts/check` | 71 of 238 |"),
    ("a bar missed in the second", {"a": document("memory", "71 of 238", "scripts/a"),
                                    "b": document("models", "35 of 36; short: x", "scripts/b")},
     "| [`f`](f) | memory; models | C, 2 cores | `scripts/a`, `scripts/b` | "
     "a: 71 of 238<br>b: 35 of 36; short: x |"),
    ("what they share is said once", {"a": document("speed", "1.2"), "b": document("speed", "1.1")},
     "| [`f`](f) | speed | C, 2 cores | `scripts/check` | a: 1.2<br>b: 1.1 |"),
    ("rows", {"a": PEERS, "b": {"other": 1}},
     "| [`f`](f) | p50 against the engines' own tools | C, 2 cores | `scripts/peers` | "
     "1 of 2 within 3 %; ratios 1.000 to 1.250 |"),
    ("nothing that is known", {"a": [1]}, "| [`f`](f) | - | - | - | - |"),
]  # fmt: skip

failed = 0
for name, files, expected in CASES:
    with tempfile.TemporaryDirectory() as folder:
        inner = pathlib.Path(folder) / "f"
        inner.mkdir()
        for stem, content in files.items():
            (inner / f"{stem}.json").write_text(json.dumps(content), encoding="utf-8")
        command = [sys.executable, ROOT / "scripts/py/index_results.py", folder]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        index = pathlib.Path(folder) / "README.md"
        last = index.read_text(encoding="utf-8").splitlines()[-1] if index.is_file() else ""
    if last != expected or done.returncode != 0:
        failed += 1
        print(f"{name}: got\n{last}\nwant\n{expected}\n{done.stderr}")
print(f"{len(CASES) - failed} passed, {failed} failed, 0 skipped")
sys.exit(1 if failed else 0)
