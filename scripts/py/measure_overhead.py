"""What does measuring cost? For an empty model (one Identity) and one of about a millisecond (a
convolution): the time of one inference by `vernier bench` against that of the same worker driven
without any timing inside, `warm` of n runs less `warm` of 1, over n - 1. Both take turns; the figure
is the difference of the medians over the turns. Exit status 1 when measuring adds 20 us or more to
the empty model, or 1 % or more to the other.
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

import numpy
import onnx

from documents import processor
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "engine"))
from worker_driver import Worker  # noqa: E402: found beside the tests

LIMIT_EMPTY_NS = 20_000
LIMIT_SHARE = 0.01


def save(path, nodes, shape, weights):
    value = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        nodes, "overhead", [value("x", 1, shape)], [value("y", 1, None)],
        [onnx.numpy_helper.from_array(array, name) for name, array in weights.items()])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)],
                                   ir_version=8)
    onnx.save(onnx.shape_inference.infer_shapes(model), path)


def make_models(folder):
    random = numpy.random.default_rng(0)
    empty, conv = f"{folder}/empty.onnx", f"{folder}/conv.onnx"
    save(empty, [onnx.helper.make_node("Identity", ["x"], ["y"])], [1, 8], {})
    weight = random.standard_normal((64, 64, 3, 3)).astype("float32")
    save(conv, [onnx.helper.make_node("Conv", ["x", "w"], ["y"], pads=[1] * 4)], [1, 64, 48, 48],
         {"w": weight})
    return {"empty": (empty, [1, 8]), "conv": (conv, [1, 64, 48, 48])}


def plain_ns(vernier, model, shape, seconds):
    """Time of one inference without clocks inside."""
    with Worker([vernier, "worker"]) as worker:
        worker.hello()
        worker.load(model)
        worker.bind({"x": numpy.random.default_rng(1).random(shape, dtype="float32")})

        def warm(runs):
            begin = time.perf_counter_ns()
            worker.ask("warm", n=runs)
            return time.perf_counter_ns() - begin

        warm(200)
        runs = max(100, int(seconds * 1e9 / max(warm(200) / 200, 1)))
        runs = min(runs, 500_000)
        one = statistics.median(warm(1) for _ in range(20))
        return (warm(runs) - one) / (runs - 1)


def bench_ns(vernier, model, seconds):
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        subprocess.run([vernier, "bench", model, "--threads", "1", "--min-time", str(seconds),
                        "--max-time", str(seconds * 1.5), "-q", "--report", report.name],
                       check=True, stdout=subprocess.DEVNULL)
        result = json.load(open(report.name, encoding="utf-8"))["results"][0]
    return result["latency_ns"]["mean"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--vernier", default=str(ROOT / "build/release/vernier"))
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--json", metavar="FILE", help="write the figures")
    arguments = parser.parse_args()
    figures, failed = {}, False
    with tempfile.TemporaryDirectory() as folder:
        for name, (model, shape) in make_models(folder).items():
            plain, bench = [], []
            for _ in range(arguments.turns):
                plain.append(plain_ns(arguments.vernier, model, shape, arguments.seconds))
                bench.append(bench_ns(arguments.vernier, model, arguments.seconds))
            added = statistics.median(bench) - statistics.median(plain)
            share = added / statistics.median(plain)
            good = added < LIMIT_EMPTY_NS if name == "empty" else share < LIMIT_SHARE
            failed = failed or not good
            figures[name] = {"plain_ns": plain, "bench_ns": bench, "added_ns": added,
                             "added_share": share, "within_limit": good}
            print(f"{name:6} plain {statistics.median(plain) / 1e3:9.2f} us  "
                  f"bench {statistics.median(bench) / 1e3:9.2f} us  added {added / 1e3:+.2f} us "
                  f"({100 * share:+.2f} %) {'ok' if good else 'TOO MUCH'}")
    if arguments.json:
        document = {"command": ["scripts/measure-overhead", "--turns", str(arguments.turns),
                                "--seconds", str(arguments.seconds)], "cpu": processor(),
                    "cores": os.cpu_count(), "system": platform.platform(),
                    "limits": {"empty_ns": LIMIT_EMPTY_NS, "share": LIMIT_SHARE},
                    "figures": figures}
        pathlib.Path(arguments.json).write_text(json.dumps(document, indent=1) + "\n",
                                                encoding="utf-8")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
