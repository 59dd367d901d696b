#!/usr/bin/env python3
"""Fails if an object compiled with instruction-set flags defines a symbol that other code could link to by accident.

usage: check_isa_symbols.py OBJ...

Only objects whose file name starts with an instruction set (avx2*, avx512*, amx*, generic*) are kernels and checked;
others are refused. Allowed global definitions: names that end a kernel row, `..._<isa>...` in namespace vernier.
Weak, unique or common symbols are never allowed: the linker keeps one of several copies, and the kept one may use
instructions that the processor lacks.
"""
import os
import re
import subprocess
import sys

ISA_FILE = re.compile(r"^(generic|avx2|avx512|amx)[a-z0-9_]*\.cpp\.(o|obj)$")
KERNEL = re.compile(r"^vernier::\w*_(generic|avx2|avx512|amx)\w*(\(.*\))?$")
# nm letters: weak, unique global, common
SHARED = set("WwVvuC")
GLOBAL = set("ABDGRST")


def check(path):
    """Returns a list of complaints about one object file."""
    if not ISA_FILE.match(os.path.basename(path)):
        return [f"{path}: not the object of an ISA source (expected e.g. avx512.cpp.o)"]
    result = subprocess.run(
        ["nm", "--demangle", "--defined-only", path], capture_output=True, text=True, check=False
    )
    if result.returncode != 0:
        return [f"{path}: nm failed: {result.stderr.strip()}"]
    complaints = []
    kernels = 0
    for line in result.stdout.splitlines():
        match = re.match(r"^[0-9a-fA-F]*\s+(\S)\s+(.*)$", line)
        if not match:
            continue
        kind, name = match.groups()
        if kind in SHARED:
            complaints.append(f"{path}: weak or shared symbol ({kind}): {name}")
        elif kind in GLOBAL:
            if KERNEL.match(name):
                kernels += 1
            else:
                complaints.append(f"{path}: unexpected global symbol ({kind}): {name}")
    if kernels == 0:
        complaints.append(f"{path}: exports no kernel")
    return complaints


def main(paths):
    if not paths:
        print(__doc__, file=sys.stderr)
        return 2
    complaints = [c for path in paths for c in check(path)]
    for complaint in complaints:
        print(f"error: {complaint}", file=sys.stderr)
    if not complaints:
        print(f"{len(paths)} ISA objects export kernels only")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
