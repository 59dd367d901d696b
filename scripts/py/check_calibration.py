"""Memory and time of calibration.

Memory: peak resident memory of `vernier quantize` that only calibrates (MinMax statistics; no
correction, rounding, equalization or judging) with 10 and with 1,000 samples. Each must stay below
the file of the model, one sample and 64 MiB more than a run of the same program that does nothing.
Time: --samples samples by vernier (wall time of that part, from its report) against
onnxruntime.quantization's MinMax calibrator (collect_data and compute_data), in turns, one thread
each. The ratio must be below 0.5. What choosing ranges takes on top (--range auto; the calibrator
has nothing like it) is told, too. Exit status 1 when a bar is missed.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

import documents
import harness
import numpy as np

MIB = 1 << 20


def make_samples(path, count, shape):
    chance = np.random.default_rng(1)
    base = chance.normal(size=(16, *shape)).astype(np.float32)
    np.savez(path, input=np.concatenate([base] * (count // 16 + 1))[:count])


def peak_of(command):
    """Peak resident bytes of a child process."""
    code = ("import resource, subprocess, sys; done = subprocess.run(sys.argv[1:], "
            "stdout=subprocess.DEVNULL); print(resource.getrusage(resource.RUSAGE_CHILDREN)"
            ".ru_maxrss); sys.exit(done.returncode)")  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code, *command], stdout=subprocess.PIPE, text=True,
                          check=True)  # fmt: skip
    return int(done.stdout.split()[-1]) * 1024


def calibration(program, model, data, samples, folder):
    report = os.path.join(folder, "report.json")
    return report, [program, "quantize", model, os.path.join(folder, "o.onnx"), "--data", data,
                    "--samples", str(samples), "--judge", "0", "--bias-correction", "none",
                    "--rounding", "nearest", "--no-equalize", "--threads", "1", "-q", "--report",
                    report]  # fmt: skip


def seconds_of_onnxruntime(model, data, samples):
    import onnxruntime as ort
    from onnxruntime.quantization import CalibrationMethod, create_calibrator

    class Reader:
        def __init__(self):
            self.at = 0

        def get_next(self):
            if self.at == samples:
                return None
            self.at += 1
            return {"input": data[self.at - 1 : self.at]}

    class OneThread(ort.SessionOptions):
        def __init__(self):
            super().__init__()
            self.intra_op_num_threads = 1

    ort.SessionOptions = OneThread
    with tempfile.TemporaryDirectory() as folder:
        calibrator = create_calibrator(model, None, os.path.join(folder, "augmented.onnx"),
                                       CalibrationMethod.MinMax)  # fmt: skip
        start = time.monotonic()
        calibrator.collect_data(Reader())
        calibrator.compute_data()
        return time.monotonic() - start


def main():
    parser = argparse.ArgumentParser(prog="check-calibration", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--vernier", help="the program (default: $VERNIER, or the newest build)")
    parser.add_argument("--samples", type=int, default=500, help="for the time (default 500)")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--output", help="JSON file")
    args = parser.parse_args()
    program = harness.find_program(args.vernier)
    model = os.path.join(harness.models_directory(), "mobilenet_v2.onnx")
    shape = (3, 224, 224)
    with tempfile.TemporaryDirectory(prefix="vernier-calibration-") as folder:
        data = os.path.join(folder, "data.npz")
        make_samples(data, max(1000, args.samples), shape)
        idle = peak_of([program, "--version"])
        allowed = idle + os.path.getsize(model) + int(np.prod(shape)) * 4 + 64 * MIB
        memory = {}
        for samples in (10, 1000):
            _, command = calibration(program, model, data, samples, folder)
            memory[samples] = peak_of(command)
            print(f"{samples:5} samples: peak {memory[samples] / MIB:.1f} MiB, allowed "
                  f"{allowed / MIB:.1f} MiB", flush=True)  # fmt: skip
        loaded = np.load(data)["input"]
        turns = []
        for _ in range(args.turns):
            report, command = calibration(program, model, data, args.samples, folder)
            subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
            with open(report, encoding="utf-8") as f:
                made = json.load(f)
            ours = made["calibration_ns"] / 1e9
            theirs = seconds_of_onnxruntime(model, loaded, args.samples)
            turns.append({"vernier_s": ours, "ranges_s": made["ranges_ns"] / 1e9, "onnxruntime_s": theirs, "ratio": ours / theirs})
            print(f"{args.samples} samples: vernier {ours:.1f} s, onnxruntime {theirs:.1f} s, ratio "
                  f"{ours / theirs:.3f}", flush=True)  # fmt: skip
    ratio = statistics.median(turn["ratio"] for turn in turns)
    good = all(peak <= allowed for peak in memory.values()) and ratio < 0.5
    if args.output:
        documents.write_document(
            args.output, "memory and time of calibration (MobileNetV2)",
            f"peak {memory[10] / MIB:.0f} and {memory[1000] / MIB:.0f} MiB for 10 and 1,000 samples "
            f"(allowed {allowed / MIB:.0f}); {ratio:.2f} of onnxruntime's time for {args.samples}; "
            f"choosing ranges {statistics.median(turn['ranges_s'] for turn in turns):.1f} s more",
            ["scripts/check-calibration", "--samples", str(args.samples)], ("onnxruntime",),
            allowed_bytes=allowed, idle_bytes=idle, peak_bytes={str(k): v for k, v in memory.items()},
            turns=turns, median_ratio=ratio)  # fmt: skip
    print(f"median ratio {ratio:.3f}: {'met' if good else 'NOT MET'}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
