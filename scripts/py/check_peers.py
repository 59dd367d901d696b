"""Do vernier's numbers agree with the engines' own tools?

For each model: `vernier bench --engine onnxruntime` against a plain Python timing loop around
InferenceSession.run_with_iobinding in a process of its own, and `vernier bench --engine openvino`
against `benchmark_app -hint latency -api sync`, with the same threads, fp32 and shapes. The two of a
pair take turns (order alternating), each turn a process of its own, because processes of one engine
differ from each other by some percent. The figure is the ratio of the two medians of a pair of turns,
over all pairs: Hodges-Lehmann estimate on logarithms with its 95 % signed-rank interval. It must lie
within the tolerance. Exit status 1 when one does not.
"""

import argparse
import datetime
import importlib.metadata
import json
import math
import os
import pathlib
import platform
import re
import statistics
import subprocess
import sys
import tempfile

from documents import processor
from places import ROOT, models_directory

MODELS = models_directory()
SIZES = {"N": 1, "S": 128}  # of the symbolic dimensions in the models of models/
DEFAULT = ("mobilenet_v3_large", "mobilenet_v2", "resnet18", "yolov8n", "efficientnet_lite0")

LOOP = """
import statistics, sys, time
import numpy, onnxruntime as ort
path, threads, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
sizes = dict(pair.split("=") for pair in sys.argv[4:])
options = ort.SessionOptions()
options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
for name, size in sizes.items():
    options.add_free_dimension_override_by_name(name, int(size))
session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
random, binding = numpy.random.default_rng(0), session.io_binding()
for port in session.get_inputs():
    shape = [int(sizes.get(dim, dim)) for dim in port.shape]
    array = (random.random(shape, dtype="float32") if "float" in port.type
             else numpy.ones(shape, {"tensor(int64)": "int64"}[port.type]))
    binding.bind_ortvalue_input(port.name, ort.OrtValue.ortvalue_from_numpy(array))
for port in session.get_outputs():
    binding.bind_output(port.name, "cpu")
def timed(seconds):
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 5:
        begin = time.perf_counter_ns()
        session.run_with_iobinding(binding)
        times.append(time.perf_counter_ns() - begin)
    return times
timed(seconds / 4)
print(statistics.median(timed(seconds)))
"""


def call(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False)
    if done.returncode != 0:
        sys.exit(f"error: {' '.join(map(str, command))}\n{done.stdout[-2000:]}")
    return done.stdout


def vernier(options, engine, model):
    with tempfile.TemporaryDirectory() as folder:
        report = f"{folder}/report.json"
        command = [options.vernier, "bench", model, "--engine", engine, "--threads",
                   str(options.threads), "--min-time", str(options.seconds), "--max-time",
                   str(2 * options.seconds), "--report", report, "-q"]
        for name in symbols(model):
            command += ["--dim", f"{name}={SIZES[name]}"]
        call(command)
        value = json.loads(pathlib.Path(report).read_text())["results"][0]["latency_ns"]["p50"]
    if value["value"] is None:
        sys.exit(f"error: {engine}: no p50 ({value.get('reason')}); quieter machine or larger --seconds")
    return float(value["value"])


def loop(options, model):
    return float(call([sys.executable, "-c", LOOP, model, str(options.threads),
                       str(options.seconds)] + [f"{n}={SIZES[n]}" for n in symbols(model)]))


def benchmark_app(options, model):
    program = pathlib.Path(sys.executable).parent / "benchmark_app"
    with tempfile.TemporaryDirectory() as folder:
        # Its -nthreads excludes -hint; a configuration file does not.
        config = pathlib.Path(folder, "config.json")
        config.write_text(json.dumps({"CPU": {"INFERENCE_NUM_THREADS": str(options.threads)}}))
        return run_benchmark_app(options, model, program, config)


def run_benchmark_app(options, model, program, config):
    command = [str(program), "-m", model, "-d", "CPU", "-hint", "latency", "-api", "sync",
               "-load_config", str(config), "-infer_precision", "f32",
               "-t", str(max(1, round(options.seconds)))]
    if symbols(model):
        command += ["-shape", ",".join(
            f"{port['name']}[{','.join(str(SIZES.get(dim, dim)) for dim in port['dims'])}]"
            for port in inputs(model))]
    found = re.search(r"Median:\s+([0-9.]+) ms", call(command))
    if not found:
        sys.exit("error: benchmark_app printed no median")
    return float(found[1]) * 1e6


def paired_ratio(ours, theirs):
    """(ratio, low, high): as lib/measure/block_compare.h, by the normal approximation."""
    logs = [math.log(a / b) for a, b in zip(ours, theirs)]
    n = len(logs)
    means = sorted((logs[i] + logs[j]) / 2 for i in range(n) for j in range(i, n))
    cut = round(n * (n + 1) / 4 - 1.96 * math.sqrt(n * (n + 1) * (2 * n + 1) / 24))
    cut = max(0, cut)
    return tuple(math.exp(x) for x in (statistics.median(means), means[cut], means[-1 - cut]))


def inputs(model):
    sys.path.insert(0, str(ROOT / "lib/engine/workers"))
    from onnx_description import describe
    return describe(model)[0]


def symbols(model):
    return sorted({dim for port in inputs(model) for dim in port["dims"] if isinstance(dim, str)})


def main():
    parser = argparse.ArgumentParser(prog="check-peers", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", default=DEFAULT)
    parser.add_argument("--vernier", default=str(ROOT / "build/release/vernier"))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=2, help="of each turn (default 2)")
    parser.add_argument("--turns", type=int, default=16, help="of each side (default 16)")
    parser.add_argument("--tolerance", type=float, default=0.03)
    parser.add_argument("--machine", help="its name in the results folder, e.g. zen4-2core",
                        default=f"{platform.machine()}-{os.cpu_count()}core")
    parser.add_argument("--output", help="JSON file (default results/<date>_<machine>_peers/...)")
    options = parser.parse_args()
    rows = []
    for name in options.models:
        model = str(MODELS / f"{name}.onnx")
        pairs = (("onnxruntime", "python loop", lambda: loop(options, model)),
                 ("openvino", "benchmark_app", lambda: benchmark_app(options, model)))
        for engine, tool, theirs in pairs:
            sides = {"vernier": [], tool: []}
            for turn in range(options.turns):
                order = [("vernier", lambda: vernier(options, engine, model)), (tool, theirs)]
                for side, measure in order if turn % 2 == 0 else reversed(order):
                    sides[side].append(measure())
            ours, other = (statistics.median(sides[side]) for side in ("vernier", tool))
            ratio, low, high = paired_ratio(sides["vernier"], sides[tool])
            agrees = abs(ratio - 1) <= options.tolerance
            rows.append({"model": name, "engine": engine, "tool": tool, "vernier_p50_ns": ours,
                         "tool_p50_ns": other, "ratio": ratio, "ci_low": low, "ci_high": high,
                         "agrees": agrees, "turns_ns": sides})
            print(f"{name:24} {engine:12} vernier {ours / 1e6:9.3f} ms   {tool} {other / 1e6:9.3f} "
                  f"ms   ratio {ratio:.4f} ({low:.4f} to {high:.4f})   "
                  f"{'ok' if agrees else 'DIFFERS'}", flush=True)
    machine = re.sub(r"[^a-z0-9]+", "-", options.machine.lower())
    target = pathlib.Path(options.output or ROOT / "results" / (
        f"{datetime.date.today().isoformat()}_{machine}_peers") / f"threads{options.threads}.json")
    target.parent.mkdir(parents=True, exist_ok=True)
    versions = {name: importlib.metadata.version(name) for name in ("onnxruntime", "openvino")}
    target.write_text(json.dumps({
        "command": ["scripts/check-peers", *(options.models if options.models is not DEFAULT else ()), "--seconds", str(options.seconds), "--turns",
                    str(options.turns)],
        "cpu": processor(), "cores": os.cpu_count(), "system": platform.platform(), "versions": versions,
        "threads": options.threads, "seconds": options.seconds, "turns": options.turns,
        "tolerance": options.tolerance, "load_1min": os.getloadavg()[0], "rows": rows},
        indent=1) + "\n")
    print(f"written: {target}")
    return 0 if all(row["agrees"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
