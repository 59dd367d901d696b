"""Accuracy on the 10,000 Fashion-MNIST test images, by the program and by ONNX Runtime.

The predicted class of every image must be the same. Exit code: 0 the same, 1 not.
"""

import argparse
import gzip
import os
import sys
import tempfile

import harness
import numpy as np

DATA_DIR = "/usr/share/datasets/fashion-mnist"


def read_idx(path):
    """Array of a gzip IDX file of unsigned bytes."""
    try:
        with gzip.open(path, "rb") as f:
            raw = f.read()
    except OSError as e:
        raise harness.HarnessError(f"{path}: {e}; Debian's dataset-fashion-mnist has it") from e
    rank = raw[3]
    dims = np.frombuffer(raw, ">i4", rank, 4)
    return np.frombuffer(raw, np.uint8, int(np.prod(dims)), 4 + 4 * rank).reshape(dims)


def reference_logits(model, images, batch):
    import onnxruntime

    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    starts = range(0, len(images), batch)
    return np.concatenate(
        [session.run(["logits"], {"image": images[i : i + batch]})[0] for i in starts]
    )


def program_logits(program, model, images, batch, threads, extra, isa=None):
    parts = []
    with tempfile.TemporaryDirectory(prefix="vernier-fashion-") as folder:
        for i in range(0, len(images), batch):
            feed = {"image": images[i : i + batch]}
            out = harness.run_model(program, model, feed, folder, threads, isa, extra)
            if "logits" not in out:
                raise harness.HarnessError(f"no output 'logits' in {sorted(out)}")
            parts.append(out["logits"])
    return np.concatenate(parts)


def run(args):
    pixels = read_idx(os.path.join(args.data, "t10k-images-idx3-ubyte.gz"))
    labels = read_idx(os.path.join(args.data, "t10k-labels-idx1-ubyte.gz"))
    images = (pixels.astype(np.float32) / 255.0)[:, None]
    want = reference_logits(args.reference or args.model, images, args.batch).argmax(1)
    print(f"onnxruntime: {(want == labels).sum()} of {len(labels)} correct")
    if args.reference_only:
        return 0
    program, extra = harness.find_program(args.vernier), args.run_option or []
    isa = os.environ.get("VERNIER_ISA")
    logits = program_logits(program, args.model, images, args.batch, args.threads, extra, isa)
    if logits.shape != (len(labels), 10) or not np.isfinite(logits).all():
        raise harness.HarnessError(f"logits of shape {logits.shape}, or not finite")
    got = logits.argmax(1)
    print(f"vernier:     {(got == labels).sum()} of {len(labels)} correct")
    different = np.flatnonzero(got != want)
    if len(different):
        i = different[0]
        print(
            f"{len(different)} images differ; first: image {i}, vernier {got[i]}, onnxruntime {want[i]}"
        )
        return 1
    print(f"the same class for all {len(labels)} images")
    return 0


def main():
    default = os.path.join(harness.ROOT, "models", "fashion_mnist", "fashion_mnist.onnx")
    parser = argparse.ArgumentParser(prog="fashion-accuracy", description=__doc__.splitlines()[0])
    parser.add_argument("--model", default=default, help="model that the program runs")
    parser.add_argument("--reference", help="model that ONNX Runtime runs (default: the same)")
    parser.add_argument("--reference-only", action="store_true", help="only ONNX Runtime")
    parser.add_argument("--data", default=DATA_DIR, help="folder of the IDX files (%(default)s)")
    parser.add_argument("--batch", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--run-option", action="append", metavar="OPTION",
                        help="passed on to vernier run, e.g. --run-option=--precision=int8")  # fmt: skip
    parser.add_argument("--vernier", metavar="PATH", help="the program (default: newest in build/)")
    try:
        return run(parser.parse_args())
    except harness.HarnessError as e:
        print(f"error: {e}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
