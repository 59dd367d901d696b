"""Compare the program's outputs with ONNX Runtime's on the models that are present.

Every model runs on three seeded input sets (models with dynamic shapes: on three shapes), with one
and two threads, in every instruction set tier that this machine has. An output agrees if its
relative L2 distance to ONNX Runtime's is within the recipe's tolerance (1e-5, or 1e-4 for the
recurrent and transformer models); between one and two threads it must be identical to the bit.
Streaming models also run many steps with carried state. Exit code: 0 agreed, 1 not.
"""

import argparse
import json
import os
import sys
import tempfile

import harness
import inputs
import numpy as np

SETS = 3
THREADS = (1, 2)


class Reference:
    """ONNX Runtime on one model; results are kept per input set."""

    def __init__(self, path):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(path, options, ["CPUExecutionProvider"])
        self.names = [o.name for o in self.session.get_outputs()]

    def run(self, feed):
        return dict(zip(self.names, self.session.run(None, feed)))

    def run_steps(self, feed, stepped, carry, steps):
        """`steps` runs; `stepped` inputs have one entry a step; outputs stacked [steps,...]."""
        feed, collected = dict(feed), {name: [] for name in self.names}
        sequences = {name: feed[name] for name in stepped}
        for i in range(steps):
            feed.update({name: sequence[i] for name, sequence in sequences.items()})
            for name, value in self.run(feed).items():
                collected[name].append(value)
                if name in carry:
                    feed[carry[name]] = value
        return {name: np.stack(values) for name, values in collected.items()}


def relative_l2(got, want):
    """|got - want| / |want|; 0 for equal arrays, infinite where they can't be compared."""
    if got.shape != want.shape or got.dtype != want.dtype:
        return float("inf")
    if np.array_equal(got, want):
        return 0.0
    got, want = got.astype(np.float64), want.astype(np.float64)
    norm = np.linalg.norm(want)
    distance = np.linalg.norm(got - want) / norm if norm > 0 else np.inf
    return float(distance) if np.isfinite(distance) else float("inf")


def parts_of(recipe, name, array):
    """(label, array) pairs to compare: the output, and the parts that the recipe tells apart."""
    yield name, array
    for label, (axis, begin, end) in recipe.get("parts", {}).get(name, {}).items():
        index = [slice(None)] * array.ndim
        if axis < array.ndim:
            index[axis] = slice(begin, end)
            yield f"{name}[{label}]", array[tuple(index)]


def shape_text(feed):
    return " ".join("x".join(map(str, v.shape)) or "scalar" for v in feed.values())


def cases(recipe, quick):
    """(label, seed, dims, steps or None) of every input set of a model."""
    listed = recipe["test_dims"]
    for i in range(1 if quick else max(SETS, len(listed))):
        yield f"set {i + 1}", 100 + i, listed[i % len(listed)], None
    if recipe.get("steps"):
        for i, dims in enumerate(listed[:1] if quick else listed):
            yield f"{recipe['steps']} steps {i + 1}", 200 + i, dims, recipe["steps"]


class Report:
    """Rows of the table, and the counts."""

    HEADER = ("model", "input", "threads", "isa", "output", "rel L2", "ok")
    FORMAT = "{:<20} {:<42} {:>7} {:<8} {:<26} {:>10}  {}"

    def __init__(self):
        self.rows, self.passed, self.failed, self.skipped = [], 0, 0, 0
        print(self.FORMAT.format(*self.HEADER), flush=True)

    def add(self, model, case, threads, isa, output, distance, limit, why=""):
        ok = not why and distance is not None and distance <= limit
        self.passed += ok
        self.failed += not ok
        self.rows.append({"model": model, "input": case, "threads": threads, "isa": isa,
                          "output": output, "rel_l2": finite(distance), "limit": limit, "ok": ok,
                          "why": why})  # fmt: skip
        shown = "-" if distance is None else f"{distance:.2e}"
        verdict = "ok" if ok else f"FAILED {why}".rstrip()
        print(self.FORMAT.format(model, case, threads, isa, output, shown, verdict), flush=True)

    def skip(self, what, why):
        self.skipped += 1
        self.rows.append({"skipped": what, "why": why})
        print(f"skipped {what}: {why}", flush=True)


def finite(value):
    return value if value is not None and np.isfinite(value) else None


def check_case(report, program, path, recipe, case, isas, folder, reference):
    """One input set of one model in all tiers and thread counts."""
    label, seed, dims, steps = case
    name, limit, extra = recipe["name"], recipe["tolerance"], []
    if steps:
        feed = inputs.make(recipe, seed, dims, steps=steps)
        want = reference.run_steps(feed, ["input"], recipe["carry"], steps)
        extra = ["--steps", str(steps)]
        for output, source in recipe["carry"].items():
            extra += ["--carry", f"{output}={source}"]
    else:
        feed = inputs.make(recipe, seed, dims)
        want = reference.run(feed)
    text = f"{label}: {shape_text(feed)}"
    for isa in isas:
        first = None
        for threads in THREADS:
            try:
                got = harness.run_model(program, path, feed, folder, threads, isa, extra)
            except harness.HarnessError as e:
                report.add(name, text, threads, isa, "-", None, limit, str(e))
                continue
            for output, expected in want.items():
                if output not in got:
                    report.add(name, text, threads, isa, output, None, limit, "no such output")
                    continue
                pairs = zip(
                    parts_of(recipe, output, got[output]), parts_of(recipe, output, expected)
                )
                for (part, value), (_, wanted) in pairs:
                    distance = relative_l2(value, wanted)
                    report.add(name, text, threads, isa, part, distance, limit)
            if first is None:
                first = got
                continue
            same = first.keys() == got.keys() and all(
                first[k].shape == got[k].shape and first[k].tobytes() == got[k].tobytes()
                for k in got
            )
            why = "" if same else "outputs differ from those with 1 thread"
            report.add(
                name, text, f"1={threads}", isa, "bit-identical", 0.0 if same else None, 0, why
            )


def parse_arguments():
    parser = argparse.ArgumentParser(prog="parity", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--model", action="append", metavar="NAME", help="only this model (repeatable)"
    )
    parser.add_argument("--quick", action="store_true", help="one instruction set, one input set")
    parser.add_argument("--isa", action="append", choices=("generic", "avx2", "avx512"),
                        help="only this tier (repeatable)")  # fmt: skip
    parser.add_argument("--json", metavar="FILE", help="write the rows and counts to FILE")
    parser.add_argument("--vernier", metavar="PATH", help="the program (default: newest in build/)")
    return parser.parse_args()


def choose_isas(args, report):
    """Tiers to run: those of the host, the best one with --quick."""
    has = harness.host_isas()
    wanted = args.isa or list(has)
    for isa in wanted:
        if not has[isa]:
            report.skip(f"VERNIER_ISA={isa}", "this processor does not have it")
    usable = [isa for isa in wanted if has[isa]]
    return usable[-1:] if args.quick else usable


def write_json(path, report):
    temporary = f"{path}.part"
    counts = {"passed": report.passed, "failed": report.failed, "skipped": report.skipped}
    with open(temporary, "w", encoding="utf-8") as f:
        json.dump({"counts": counts, "rows": report.rows}, f, indent=1)
        f.write("\n")
    os.replace(temporary, path)


def run(args):
    program, names = harness.find_program(args.vernier), harness.recipe_names()
    for name in args.model or []:
        if name not in names:
            raise harness.HarnessError(f"unknown model {name!r}; there are {', '.join(names)}")
    print(f"program: {program}\nmodels:  {harness.models_directory()}")
    report = Report()
    isas = choose_isas(args, report)
    with tempfile.TemporaryDirectory(prefix="vernier-parity-") as folder:
        for name in args.model or names:
            path = os.path.join(harness.models_directory(), f"{name}.onnx")
            if not os.path.isfile(path):
                if args.model:
                    raise harness.HarnessError(f"{path} is missing: run scripts/get-models {name}")
                report.skip(name, "model is not here; scripts/get-models gets it")
                continue
            recipe, reference = harness.load_recipe(name), Reference(path)
            for case in cases(recipe, args.quick):
                check_case(report, program, path, recipe, case, isas, folder, reference)
    print(f"{report.passed} passed, {report.failed} failed, {report.skipped} skipped")
    if args.json:
        write_json(args.json, report)
    return 1 if report.failed or not report.passed else 0


def main():
    try:
        return run(parse_arguments())
    except harness.HarnessError as e:
        print(f"error: {e}", file=sys.stderr)
        return 1
    except OSError as e:
        print(f"error: {e}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
