"""Measures the named vision models next to ONNX Runtime, interleaved, and keeps the reports.

Usage: scripts/bench-models OUTPUT_DIR [--vernier PATH] [--threads N] [--max-time S] [--model NAME]...
Writes OUTPUT_DIR/<model>.json (one report each, as `vernier bench` made it) and OUTPUT_DIR/summary.md.
A model that is not on this machine is counted as skipped.
"""
import argparse
import json
import math
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import find_program, models_directory  # noqa: E402

MODELS = ["mobilenet_v2", "efficientnet_lite0", "resnet50", "resnet18", "mobilenet_v3_large",
          "yolov8n", "yolov8s", "ppocr_v4_det", "ppocr_v4_rec"]
# Detection sees a page of text: on noise its output is about 1e-6 and says nothing.
SHAPES = {"ppocr_v4_det": ["--input", "page.png", "--preprocess", "ocr"],
          "ppocr_v4_rec": ["--shape", "x=1x3x48x320"]}


def megabytes(memory):
    """Peak memory above what the process held before it loaded the model."""
    return (memory["peak_rss_bytes"] - memory["rss_before_load_bytes"]) / 1e6


def measure(vernier, name, directory, output, threads, max_time):
    report = f"{name}.report.json"
    command = ["vernier", "bench", f"{name}.onnx", "--engine", "vernier", "--engine", "onnxruntime",
               "--threads", str(threads), "--max-time", str(max_time), "--report", report, "-q"]
    command += SHAPES.get(name, [])
    environment = dict(os.environ, PATH=f"{vernier.parent}:{os.environ['PATH']}")
    # Run beside the models, so that the recorded command holds no path of this machine.
    done = subprocess.run(command, cwd=directory, env=environment, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"error: {name}: vernier bench ended with {done.returncode}")
    target = output / f"{name}.json"
    target.write_bytes((directory / report).read_bytes())
    (directory / report).unlink()
    return json.loads(target.read_text())


def row_of(name, report):
    own, peer = report["results"]
    comparison = report["comparisons"][0]
    speed = 1 / comparison["ratio"]
    memory = megabytes(own["memory"]) / megabytes(peer["memory"])
    milliseconds = [r["latency_ns"]["p50"]["value"] / 1e6 for r in (own, peer)]
    text = (f"| {name} | {milliseconds[0]:.2f} | {milliseconds[1]:.2f} | {speed:.2f} "
            f"| {1 / comparison['ci_high']:.2f} to {1 / comparison['ci_low']:.2f} "
            f"| {megabytes(own['memory']):.1f} | {megabytes(peer['memory']):.1f} | {memory:.2f} "
            f"| {comparison['outputs']['max_rel_l2']:.1e} |")
    return text, speed, memory


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--vernier")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--max-time", type=float, default=10)
    parser.add_argument("--model", action="append")
    options = parser.parse_args()
    vernier = pathlib.Path(find_program(options.vernier)).resolve()
    options.output.mkdir(parents=True, exist_ok=True)
    directory = pathlib.Path(models_directory())
    rows, speeds, memories, skipped, environment = [], [], [], 0, {}
    for name in options.model or MODELS:
        if not (directory / f"{name}.onnx").exists():
            print(f"skipped {name}: not in {directory}")
            skipped += 1
            continue
        report = measure(vernier, name, directory, options.output, options.threads, options.max_time)
        environment = report["environment"]
        text, speed, memory = row_of(name, report)
        print(text, flush=True)
        rows.append(text)
        speeds.append(speed)
        memories.append(memory)
    geometric = math.exp(sum(map(math.log, speeds)) / len(speeds))
    peer = report["results"][1]["engine"]
    cpu = environment.get("cpu", {})
    lines = [f"# vernier next to {peer['name']} {peer['version']}, fp32, batch 1, "
             f"{options.threads} thread(s)", "",
             f"CPU: {cpu.get('model') or cpu.get('brand') or 'see the reports'}; tier "
             f"{report['results'][0]['placement']['isa']}. Made by `scripts/bench-models`; engines "
             "interleaved in one run a model; the reports beside this file hold the raw samples.", "",
             "| model | vernier p50 ms | peer p50 ms | speed | 95 % interval | vernier MB above baseline "
             "| peer MB | memory ratio | relative L2 |", "|---|---|---|---|---|---|---|---|---|", *rows, "",
             f"Speed, geometric mean: {geometric:.2f}; lowest {min(speeds):.2f}. Memory ratio, highest: "
             f"{max(memories):.2f}. Skipped: {skipped}.", ""]
    (options.output / "summary.md").write_text("\n".join(lines))
    print(lines[-2])


if __name__ == "__main__":
    main()
