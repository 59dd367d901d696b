#!/usr/bin/env python3
"""Fails when a file includes across the layers against the direction of docs/architecture.md.

Usage: check_layers.py [ROOT]. Prints one line per violation; exit status 1 when there is one.
"""
import pathlib
import re
import sys

LAYERS = {
    "base": ["include"],  # error.h and result.h are defined by the public surface
    "tensor": ["base"],
    "graph": ["tensor", "base"],
    "ops": ["graph", "tensor", "base"],
    "quant": ["tensor", "base"],
    "onnx": ["ops", "graph", "tensor", "base"],
    "passes": ["ops", "quant", "graph", "tensor", "base"],
    "backend": ["graph", "tensor", "base"],
    "backend/reference": ["backend", "ops", "graph", "tensor", "base"],
    "backend/cpu": ["backend", "backend/cpu/kernels", "ops", "graph", "tensor", "base"],
    "backend/cpu/kernels": ["base"],
    "plan": ["backend", "ops", "graph", "tensor", "base"],
    "runtime": ["plan", "backend", "graph", "tensor", "base"],
    "data": ["tensor", "base"],
    "engine": ["runtime", "plan", "passes", "onnx", "data", "backend", "graph", "tensor", "base"],
    "measure": ["engine", "quant", "graph", "tensor", "base"],
    "report": ["measure", "engine", "graph", "tensor", "base"],
    "include": [],
}
EVERYTHING = [layer for layer in LAYERS]
LAYERS["api"] = EVERYTHING + ["backend/cpu", "backend/reference"]

# Third-party headers and the only folders that may name them.
HOMES = {
    r"opencv2/": ["data", "engine"],
    r"nlohmann/": ["report", "engine"],
    r"zlib\.h": ["tensor"],
    r"fmt/": ["base", "apps"],
    r"CLI/": ["apps"],
    r"(imm|x86)intrin\.h": ["backend/cpu/kernels"],
    r"cpuid\.h": ["base"],
    r"catch2/": ["tests"],
}
INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)', re.M)


def layer_of(path):
    """The longest layer name that the path lies in."""
    best = None
    for layer in LAYERS:
        if path.startswith(layer + "/") and (best is None or len(layer) > len(best)):
            best = layer
    return best


def check(root):
    problems = []
    for folder in ("lib", "apps"):
        for file in sorted((root / folder).rglob("*")):
            if file.suffix not in (".h", ".cpp", ".inc", ".cu"):
                continue
            relative = file.relative_to(root / folder).as_posix()
            own = layer_of(relative) if folder == "lib" else "apps"
            for quoted, angled in INCLUDE.findall(file.read_text(errors="replace")):
                name = quoted or angled
                for pattern, homes in HOMES.items():
                    if re.match(pattern, name) and own not in homes:
                        problems.append(f"{folder}/{relative}: <{name}> belongs to {', '.join(homes)}")
                if not quoted and not name.startswith("vernier/"):
                    continue
                if own == "apps":
                    if not name.startswith("vernier/") and "/" in name:
                        problems.append(f"{folder}/{relative}: apps include <vernier/...> only, not {name}")
                    continue
                target = "include" if name.startswith("vernier/") else layer_of(name)
                if own is None or target is None or target == own:
                    continue
                if target not in LAYERS[own] and not (target == "include" and own == "api"):
                    problems.append(f"{folder}/{relative}: {own} may not include {target} ({name})")
    return problems


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    problems = check(root)
    for problem in problems:
        print(problem)
    print(f"check_layers: {len(problems)} violations")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
