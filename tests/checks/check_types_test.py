"""check_types.py must find what it is there to find: pairs of files, allowed or not."""

import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
CASES = [
    # (one file, another one, are they allowed together)
    ("namespace vernier { struct Rows { int a; }; }", "namespace vernier { class Rows {}; }", False),
    ("namespace vernier {\nstruct Rows final : Base {\n};\n}", "namespace vernier { struct Rows {}; }",
     False),
    ("namespace vernier::onnx { struct Rows {}; }",
     "namespace vernier { namespace onnx { enum class Rows { a }; } }", False),
    ("namespace vernier { void f() { g({1}); } struct Rows {}; }", "namespace vernier { struct Rows {}; }",
     False),
    ("namespace vernier { namespace { struct Rows {}; } }", "namespace vernier { struct Rows {}; }",
     True),
    ("namespace vernier::onnx { struct Rows {}; }", "namespace vernier { struct Rows {}; }", True),
    ("namespace vernier { struct Rows; Rows* f(struct Rows* a); }", "namespace vernier { struct Rows {}; }",
     True),
    ("namespace vernier { struct A { struct Rows {}; }; }",
     "namespace vernier { struct B { struct Rows {}; }; }", True),
    ("namespace vernier { void f() { struct Rows {}; } }", "namespace vernier { struct Rows {}; }", True),
    ('namespace vernier { const char* a = "{"; namespace { struct Rows {}; } }  // {',
     "namespace vernier { struct Rows {}; }", True),
    ("namespace vernier { constexpr int kA = 1'000'000; namespace { struct Rows {}; } char c = '{'; }",
     "namespace vernier { struct Rows {}; }", True),
    # Braces in texts, characters and comments open nothing, and comments define nothing.
    ('namespace vernier { const char* a = "{"; struct Rows {}; }', "namespace vernier { struct Rows {}; }",
     False),
    ("namespace vernier { char a = '{'; struct Rows {}; }", "namespace vernier { struct Rows {}; }", False),
    ("namespace vernier { int a = 1'000; struct Rows {}; int b = 1'000; }",
     "namespace vernier { struct Rows {}; }", False),
    ("namespace vernier { // {\nstruct Rows {}; }", "namespace vernier { struct Rows {}; }", False),
    ("namespace vernier { /* struct Rows {}; */ }", "namespace vernier { struct Rows {}; }", True),
]

failed = 0
for first, second, allowed in CASES:
    with tempfile.TemporaryDirectory() as folder:
        lib = pathlib.Path(folder) / "lib"
        lib.mkdir()
        (lib / "a.cpp").write_text(first + "\n", encoding="utf-8")
        (lib / "b.h").write_text(second + "\n", encoding="utf-8")
        command = [sys.executable, ROOT / "scripts/check_types.py", folder]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if (done.returncode == 0) != allowed:
            failed += 1
            print(f"{first} | {second}: exit {done.returncode}\n{done.stdout}{done.stderr}")
print(f"{len(CASES) - failed} passed, {failed} failed, 0 skipped")
sys.exit(1 if failed else 0)
