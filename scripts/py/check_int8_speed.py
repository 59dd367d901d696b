"""Speed of int8 files, one thread, each comparison interleaved in one run of `vernier compare`:

own fp32      the file that `vernier quantize --target vernier` makes against the float model, both
              in vernier (wanted: 1.5 on resnet50 and yolov8n, 1.0 on others);
onnxruntime   the file that ONNX Runtime's quantize_static makes (QDQ, per channel), in vernier
              against ONNX Runtime (wanted: 0.6 at least);
ort-cpu       in ONNX Runtime, the file that `vernier quantize --target ort-cpu` makes against that of
              quantize_static (wanted: 1.0);
openvino      in OpenVINO, the file that `vernier quantize --target openvino` makes against NNCF's
              (wanted: 1.0), where scripts/quant-accuracy has installed NNCF.

Figures are speed: above 1 the first named is faster. All quantizers are calibrated on the same twelve
samples: crops of the pictures that scripts/get-models fetches, prepared as the model wants them, or
random tokens. (Noise would do for speed, but for what depends on the samples: factors of channels,
which cost a multiplication where they cannot be folded.) Exit status 1 when a wanted figure is
missed: its whole interval lies below.
"""

import argparse
import json
import logging
import math
import os
import pathlib
import subprocess
import sys
import tempfile

import documents
import harness
import numpy as np
import quant_accuracy

MODELS = ("resnet50", "yolov8n", "mobilenet_v2", "efficientnet_lite0", "mobilenet_v3_large",
          "ppocr_v4_det", "minilm_l6", "fashion_mnist")  # fmt: skip
PORTS = {"fashion_mnist": "image", "yolov8n": "images", "ppocr_v4_det": "x"}  # others: "input"
PICTURES = ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg")
SAMPLES = 12
KINDS = ("own fp32", "onnxruntime", "ort-cpu", "openvino")


def crops(names, size, gray, chance):
    """[SAMPLES, size, size, channels] in 0..1: squares cut from the pictures in turn."""
    import cv2

    pictures = []
    for name in names:
        path = os.path.join(harness.models_directory(), name)
        pictures.append(cv2.imread(path, cv2.IMREAD_GRAYSCALE if gray else cv2.IMREAD_COLOR_RGB))
        if pictures[-1] is None:
            raise harness.HarnessError(f"{path} cannot be read; scripts/get-models fetches it")
    made = []
    for i in range(SAMPLES):
        picture = pictures[i % len(pictures)]
        height, width = picture.shape[:2]
        side = int(min(height, width) * chance.uniform(0.6, 1.0))
        y, x = (int(chance.integers(0, most - side + 1)) for most in (height, width))
        crop = cv2.resize(picture[y : y + side, x : x + side], (size, size),
                          interpolation=cv2.INTER_AREA)  # fmt: skip
        made.append(crop.reshape(size, size, -1))
    return np.stack(made) / 255.0


def samples_of(name):
    """dict of input -> array with samples along the first axis."""
    chance = np.random.default_rng(1)
    if name == "minilm_l6":
        ids = chance.integers(1996, 28000, (SAMPLES, 128))
        return {"input_ids": ids, "attention_mask": np.ones_like(ids),
                "token_type_ids": np.zeros_like(ids)}  # fmt: skip
    gray = name == "fashion_mnist"
    size, norm = (28, None) if gray else quant_accuracy.PICTURE_MODELS[name]
    x = crops(("page.png",) if name == "ppocr_v4_det" else PICTURES, size, gray, chance)
    if norm is not None:
        x = (x - norm[0]) / norm[1]
    x = np.ascontiguousarray(x.transpose(0, 3, 1, 2), dtype=np.float32)
    return {PORTS.get(name, "input"): x}


def by_onnxruntime(model, target, samples):
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Reader:
        at = 0

        def get_next(self):
            if self.at == SAMPLES:
                return None
            self.at += 1
            return {k: v[self.at - 1 : self.at] for k, v in samples.items()}

    import onnx

    prepared = target + ".prepared.onnx"
    loaded = onnx.load(model)
    opset = next(entry.version for entry in loaded.opset_import if entry.domain in ("", "ai.onnx"))
    if opset < 13:  # scales per channel need it, and quantize_static does not say so
        model = target + ".opset13.onnx"
        onnx.save(onnx.version_converter.convert_version(loaded, 13), model)
    try:
        quant_pre_process(model, prepared, skip_symbolic_shape=True)
    except Exception:  # what its own documentation says to do then
        prepared = model
    quantize_static(prepared, target, Reader(), quant_format=QuantFormat.QDQ, per_channel=True,
                    activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8)  # fmt: skip


def by_nncf(model, target, data):
    """False where there is no NNCF."""
    cache = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    venv = os.environ.get("VERNIER_QUANT_VENV") or pathlib.Path(cache) / "vernier" / "quant-venv"
    python = pathlib.Path(venv) / "bin" / "python"
    if not python.exists():
        return False
    script = pathlib.Path(__file__).with_name("nncf_quantize.py")
    done = subprocess.run([python, script, model, target, data], capture_output=True, text=True,
                          check=False)  # fmt: skip
    if done.returncode != 0:
        raise harness.HarnessError(f"NNCF: {done.stderr.strip()[-300:]}")
    return True


def compare(program, arguments, folder, seconds):
    command = [program, "compare", *arguments, "--threads", "1", "--min-time", str(seconds),
               "--max-time", str(4 * seconds), "--json", "-q", "--max-rel-l2", "100"]  # fmt: skip
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        raise harness.HarnessError(f"{' '.join(arguments)}: {done.stderr.strip()[-300:]}")
    made = json.loads(done.stdout)["comparisons"][0]
    return {key: made[key] for key in ("ratio", "ci_low", "ci_high", "pairs")}


def judge(program, name, folder, seconds):
    model = os.path.join(harness.models_directory(), f"{name}.onnx")
    samples = samples_of(name)
    data = os.path.join(folder, "data.npz")
    np.savez(data, **samples)
    for target in ("vernier", "ort-cpu", "openvino"):
        subprocess.run([program, "quantize", model, os.path.join(folder, f"{target}.onnx"), "--data",
                        data, "--target", target, "--samples", str(SAMPLES), "--judge", "0", "-q"],
                       check=True, stdout=subprocess.DEVNULL)  # fmt: skip
    by_onnxruntime(model, os.path.join(folder, "static.onnx"), samples)
    os.symlink(model, os.path.join(folder, "float.onnx"))
    shapes = []
    for port, array in samples.items():
        shapes += ["--shape", f"{port}=1x" + "x".join(map(str, array.shape[1:]))]
    row = {"model": name}
    # The baseline's time over the contender's.
    row["own fp32"] = compare(program, ["float.onnx", "vernier.onnx", *shapes], folder, seconds)
    row["onnxruntime"] = compare(
        program,
        ["static.onnx", "--engine", "onnxruntime", "--engine", "vernier", *shapes],
        folder,
        seconds,
    )
    row["ort-cpu"] = compare(
        program, ["static.onnx", "ort-cpu.onnx", "--engine", "onnxruntime", *shapes], folder, seconds
    )
    if by_nncf(model, os.path.join(folder, "nncf.onnx"), data):
        row["openvino"] = compare(
            program, ["nncf.onnx", "openvino.onnx", "--engine", "openvino", *shapes], folder, seconds
        )
    return row


def wanted(name, kind):
    if kind == "own fp32":
        return 1.5 if name in ("resnet50", "yolov8n") else 1.0
    return 0.6 if kind == "onnxruntime" else 1.0


def main():
    parser = argparse.ArgumentParser(prog="check-int8-speed", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("models", nargs="*", default=MODELS)
    parser.add_argument("--vernier", help="the program (default: $VERNIER, or the newest build)")
    parser.add_argument("--seconds", type=float, default=3, help="of each side, at least")
    parser.add_argument("--output", type=pathlib.Path, help="JSON file")
    args = parser.parse_args()
    program = os.path.abspath(harness.find_program(args.vernier))
    logging.disable(logging.WARNING)  # the peer's, about axes
    rows, missed = [], 0
    for name in args.models:
        with tempfile.TemporaryDirectory(prefix="vernier-int8-") as folder:
            try:
                row = judge(program, name, folder, args.seconds)
            except (harness.HarnessError, subprocess.CalledProcessError) as e:
                print(f"error: {name}: {e}", file=sys.stderr)
                missed += 1
                continue
        rows.append(row)
        text = f"{name:20}"
        for kind in KINDS:
            figure = row.get(kind)
            if figure is None:
                text += f"  {kind} SKIPPED (no NNCF)"
                continue
            short = figure["ci_high"] < wanted(name, kind)
            missed += short
            text += (f"  {kind} {figure['ratio']:.2f} ({figure['ci_low']:.2f} to "
                     f"{figure['ci_high']:.2f}){' SHORT' if short else ''}")  # fmt: skip
        print(text, flush=True)
    if args.output:
        ratios = {kind: [row[kind]["ratio"] for row in rows if kind in row] for kind in KINDS}
        documents.write_document(
            args.output, "speed of int8 files, one thread",
            "; ".join(f"{kind}: {math.exp(sum(map(math.log, some)) / len(some)):.2f} (least "
                      f"{min(some):.2f})" for kind, some in ratios.items() if some),
            ["scripts/check-int8-speed", *(args.models if args.models is not MODELS else ()),
             "--seconds", str(args.seconds)], ("onnxruntime", "openvino"),
            threads=1, rows=rows)  # fmt: skip
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
