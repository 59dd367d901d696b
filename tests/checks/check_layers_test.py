"""check_layers.py must find what it is there to find: small trees with one violation each."""

import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
CASES = [
    # (file, line, is it allowed)
    ("lib/graph/a.cpp", '#include "tensor/tensor.h"', True),
    ("lib/tensor/a.cpp", '#include "graph/graph.h"', False),
    ("lib/passes/a.cpp", '#include "backend/backend.h"', False),
    ("lib/backend/cpu/a.cpp", '#include "backend/reference/reference_backend.h"', False),
    ("lib/backend/cpu/kernels/a.cpp", '#include "graph/graph.h"', False),
    ("lib/ops/a.cpp", "#include <immintrin.h>", False),
    ("lib/measure/a.cpp", "#include <nlohmann/json.hpp>", False),
    ("lib/data/a.cpp", "#include <opencv2/core.hpp>", True),
    ("lib/measure/a.cpp", "#include <opencv2/core.hpp>", False),
    ("apps/vernier/a.cpp", "#include <vernier/run.h>", True),
    ("apps/vernier/a.cpp", '#include "engine/engine.h"', False),
    ("lib/api/a.cpp", '#include "vernier/run.h"', True),
    ("lib/api/a.cpp", "#include <CLI/CLI.hpp>", False),
]

failed = 0
for file, line, allowed in CASES:
    with tempfile.TemporaryDirectory() as folder:
        for top in ("lib", "apps"):
            (pathlib.Path(folder) / top).mkdir()
        path = pathlib.Path(folder) / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#pragma once\n{line}\n", encoding="utf-8")
        command = [sys.executable, ROOT / "scripts/check_layers.py", folder]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if (done.returncode == 0) != allowed:
            failed += 1
            print(f"{file}: {line}: exit {done.returncode}\n{done.stdout}{done.stderr}")
print(f"{len(CASES) - failed} passed, {failed} failed, 0 skipped")
sys.exit(1 if failed else 0)
