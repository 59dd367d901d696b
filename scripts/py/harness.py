"""Shared parts of the scripts that drive the program: where things are, and how to run it."""

import glob
import json
import os
import subprocess

import numpy as np

from places import ROOT, models_directory  # noqa: F401  (for those that import this)

RUN_TIMEOUT_S = 600


class HarnessError(Exception):
    """Something that ends a script with one `error:` line."""


def find_program(given=None):
    """Path of the program: `given`, $VERNIER, or the newest one built below build/."""
    named = given or os.environ.get("VERNIER")
    if named:
        if not os.access(named, os.X_OK):
            raise HarnessError(f"{named} is not an executable file")
        return os.path.abspath(named)
    found = []
    for pattern in ("build/vernier", "build/*/vernier", "build/**/apps/vernier/vernier"):
        found += glob.glob(os.path.join(ROOT, pattern), recursive=True)
    found = [p for p in found if os.path.isfile(p) and os.access(p, os.X_OK)]
    if not found:
        raise HarnessError(
            "no built vernier found below build/; give --vernier PATH or set VERNIER"
        )
    return max(found, key=os.path.getmtime)


def run_model(program, model, inputs, folder, threads=1, isa=None, extra=()):
    """dict of output name -> array from one `vernier run`; HarnessError with its error line."""
    source, target = os.path.join(folder, "in.npz"), os.path.join(folder, "out.npz")
    np.savez(source, **inputs)
    if os.path.exists(target):
        os.unlink(target)
    command = [program, "run", model, "--input", source, "--output", target,
               "--threads", str(threads), "--json", *extra]  # fmt: skip
    environment = {k: v for k, v in os.environ.items() if k != "VERNIER_ISA"}
    if isa:
        environment["VERNIER_ISA"] = isa
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              env=environment, timeout=RUN_TIMEOUT_S)  # fmt: skip
    except subprocess.TimeoutExpired as e:
        raise HarnessError(f"vernier did not end within {RUN_TIMEOUT_S} s") from e
    if done.returncode != 0:
        lines = [n for n in (done.stderr + done.stdout).splitlines() if "error" in n]
        why = lines[0].strip() if lines else f"exit code {done.returncode}"
        raise HarnessError(f"exit code {done.returncode}: {why}"[:300])
    try:
        with np.load(target, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (OSError, ValueError) as e:
        raise HarnessError(f"the output file can't be read: {e}") from e


def host_isas():
    """Instruction set tiers that VERNIER_ISA names and this processor has."""
    flags = set()
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        for line in f:
            if line.startswith("flags"):
                flags.update(line.split(":", 1)[1].split())
                break
    tiers = {
        "generic": set(),
        "avx2": {"avx2", "fma", "f16c"},
        "avx512": {"avx512f", "avx512bw", "avx512vl", "avx512dq"},
    }
    return {name: needed <= flags for name, needed in tiers.items()}


def load_recipe(name):
    with open(os.path.join(ROOT, "models", name, "recipe.json"), encoding="utf-8") as f:
        return json.load(f)


def recipe_names():
    """Names of the recipes of models, sorted."""
    names = []
    for path in sorted(glob.glob(os.path.join(ROOT, "models", "*", "recipe.json"))):
        name = os.path.basename(os.path.dirname(path))
        if "inputs" in load_recipe(name):
            names.append(name)
    return names
