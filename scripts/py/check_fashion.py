"""Accuracy that fp16 and int8 files of the Fashion-MNIST classifier lose.

`vernier convert --to fp16` and `vernier quantize` (200 training images) write the files; the 10,000
test images judge them, in vernier in every tier that the processor has and in ONNX Runtime. Bars:
int8 loses at most 0.1 points, fp16 nothing, and the classes are the same in all tiers. Exit status 1
when one is missed.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

import documents
import fashion_accuracy
import harness
import numpy as np

MOST_LOST = {"fp16": 0, "int8": 10}  # of 10,000


def made_files(program, model, samples, folder):
    """(name, kind, file) of each."""
    data = os.path.join(folder, "samples.npz")
    np.savez(data, image=samples)
    commands = [("fp16", "fp16", ["convert", model, "OUT", "--to", "fp16"])]
    for target in ("vernier", "ort-cpu", "openvino", "tensorrt"):
        commands.append((f"int8, {target}", "int8",
                         ["quantize", model, "OUT", "--data", data, "--samples", str(len(samples)),
                          "--judge", "0", "--target", target]))  # fmt: skip
    for i, (name, kind, command) in enumerate(commands):
        path = os.path.join(folder, f"{i}.onnx")
        done = subprocess.run([program, *(path if c == "OUT" else c for c in command), "-q"],
                              capture_output=True, text=True, check=False)  # fmt: skip
        if done.returncode != 0:
            raise harness.HarnessError(done.stderr.strip())
        yield name, kind, path


def judge(program, path, images, labels):
    """Right answers by tier and in ONNX Runtime, and whether the tiers agree on every class."""
    right, classes = {}, []
    for tier, there in harness.host_isas().items():
        if not there:
            continue
        got = fashion_accuracy.program_logits(program, path, images, 1000, 2, [], tier).argmax(1)
        right[tier] = int((got == labels).sum())
        classes.append(got)
    same = all((got == classes[0]).all() for got in classes)
    got = fashion_accuracy.reference_logits(path, images, 1000).argmax(1)
    return right, int((got == labels).sum()), bool(same)


def main():
    parser = argparse.ArgumentParser(prog="check-fashion", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    default = os.path.join(harness.ROOT, "models", "fashion_mnist", "fashion_mnist.onnx")
    parser.add_argument("--data", default=fashion_accuracy.DATA_DIR,
                        help="folder of the IDX files (%(default)s)")  # fmt: skip
    parser.add_argument("--vernier", help="the program (default: $VERNIER, or the newest build)")
    parser.add_argument("--output", type=pathlib.Path, help="JSON file")
    args = parser.parse_args()
    program = harness.find_program(args.vernier)

    def pictures(name):
        pixels = fashion_accuracy.read_idx(os.path.join(args.data, name))
        return (pixels.astype(np.float32) / 255.0)[:, None]

    images = pictures("t10k-images-idx3-ubyte.gz")
    labels = fashion_accuracy.read_idx(os.path.join(args.data, "t10k-labels-idx1-ubyte.gz"))
    before = fashion_accuracy.reference_logits(default, images, 1000).argmax(1)
    fp32 = int((before == labels).sum())
    rows, good = [], True
    with tempfile.TemporaryDirectory(prefix="vernier-fashion-") as folder:
        for name, kind, path in made_files(program, default,
                                           pictures("train-images-idx3-ubyte.gz")[:200], folder):  # fmt: skip
            right, reference, same = judge(program, path, images, labels)
            lost = fp32 - min([*right.values(), reference])
            ok = lost <= MOST_LOST[kind] and same
            good = good and ok
            rows.append({"file": name, "right": right, "right_in_onnxruntime": reference,
                         "most_lost": lost, "tiers_agree": same, "ok": ok})  # fmt: skip
            print(f"{name}: {right}, onnxruntime {reference} of {fp32} right; tiers "
                  f"{'agree' if same else 'DIFFER'}: {'met' if ok else 'NOT MET'}", flush=True)  # fmt: skip
    if args.output:
        worst = {kind: max(r["most_lost"] for r in rows if r["file"].startswith(kind))
                 for kind in MOST_LOST}  # fmt: skip
        documents.write_document(
            args.output, "accuracy of the fp16 and int8 files of the Fashion-MNIST classifier",
            f"of {fp32} right answers int8 loses at most {worst['int8']}, fp16 {worst['fp16']}; "
            f"tiers agree: {all(r['tiers_agree'] for r in rows)}",
            ["scripts/check-fashion"], ("onnxruntime",), images=len(labels), fp32_right=fp32,
            rows=rows)  # fmt: skip
    return 0 if good else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except harness.HarnessError as e:
        print(f"error: {e}", file=sys.stderr)
        sys.exit(1)
