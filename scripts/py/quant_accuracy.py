"""Accuracy of int8 models against fp32: vernier, ONNX Runtime's quantize_static, NNCF.

Every quantizer is calibrated on the same tensors (crops of the pictures that the scikit-image and
scikit-learn packages carry; sentences for text models) and judged on others, cut from other parts
of the pictures (seed 5: defaults were chosen while looking at those of seed 2). Figures: SQNR of the outputs (10 log10 of the energy of fp32's outputs over the
energy of the difference) and, for classifiers, how often the largest output is that of fp32
(agreement, not accuracy). Files are run in ONNX Runtime; ours in vernier as well.
"""

import argparse
import glob
import json
import os
import subprocess
import sys
import tempfile
import time

import documents
import harness
import nncf_quantize
import numpy as np

CALIBRATION, JUDGING = 126, 256
FEW = {"yolov8n": (64, 32), "ppocr_v4_det": (64, 32)}  # large pictures
IMAGENET = (np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225]))
# name: (size of pictures, mean and deviation; None: / 255 only)
PICTURE_MODELS = {
    "mobilenet_v2": (224, IMAGENET),
    "efficientnet_lite0": (224, IMAGENET),
    "resnet50": (224, IMAGENET),
    "mobilenet_v3_large": (224, IMAGENET),
    "yolov8n": (640, None),
    "ppocr_v4_det": (320, IMAGENET),
}
CLASSIFIERS = ("mobilenet_v2", "efficientnet_lite0", "resnet50", "mobilenet_v3_large")


def pictures(of_text):
    """Pictures of the two packages: of text, or the others."""
    import skimage
    import sklearn
    from PIL import Image

    files = []
    for package, folder in ((skimage, "data"), (sklearn, os.path.join("datasets", "images"))):
        root = os.path.join(os.path.dirname(package.__file__), folder)
        for pattern in ("*.png", "*.jpg", "*.jpeg"):
            files += glob.glob(os.path.join(root, pattern))
    found = []
    for file in sorted(files):
        if (os.path.basename(file) in ("page.png", "text.png")) != of_text:
            continue
        with Image.open(file) as picture:
            if min(picture.size) >= (100 if of_text else 200):
                found.append(picture.convert("RGB"))
    return found


def crops(count, size, half, seed, of_text=False):
    """Random crops from the left (half 0) or right (half 1) part of the pictures."""
    from PIL import Image

    sources, chance = pictures(of_text), np.random.default_rng(seed)
    made = []
    for i in range(count):
        picture = sources[i % len(sources)]
        width, height = picture.size
        left, right = (0, width // 2) if half == 0 else (width - width // 2, width)
        side = int(min(right - left, height) * chance.uniform(0.6, 1.0))
        x = int(chance.integers(left, right - side + 1))
        y = int(chance.integers(0, height - side + 1))
        crop = picture.crop((x, y, x + side, y + side))
        if chance.random() < 0.5:
            crop = crop.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        made.append(np.asarray(crop.resize((size, size), Image.Resampling.BILINEAR)))
    return np.stack(made)


def picture_samples(count, size, norm, half, seed, of_text=False):
    x = crops(count, size, half, seed, of_text).astype(np.float32) / 255.0
    if norm is not None:
        x = (x - norm[0]) / norm[1]
    return np.ascontiguousarray(x.transpose(0, 3, 1, 2)).astype(np.float32)


def text_samples(count, seed):
    """Token sequences of 24: word pieces drawn with the frequencies of natural text (Zipf)."""
    chance = np.random.default_rng(seed)
    ids = 1996 + np.minimum(chance.zipf(1.3, (count, 24)) - 1, 27000)
    ids[:, 0], ids[:, -1] = 101, 102
    return {
        "input_ids": ids.astype(np.int64),
        "attention_mask": np.ones((count, 24), np.int64),
        "token_type_ids": np.zeros((count, 24), np.int64),
    }


def samples_of(name, input_names):
    """(calibration, judging): dicts of input -> array with samples along the first axis."""
    if name == "minilm_l6":
        return text_samples(CALIBRATION, 1), text_samples(JUDGING, 5)
    size, norm = PICTURE_MODELS[name]
    of_text = name == "ppocr_v4_det"
    count, judging = FEW.get(name, (CALIBRATION, JUDGING))
    return (
        {input_names[0]: picture_samples(count, size, norm, 0, 1, of_text)},
        {input_names[0]: picture_samples(judging, size, norm, 1, 5, of_text)},
    )


def one(samples, i):
    return {k: v[i : i + 1] for k, v in samples.items()}


def count_of(samples):
    return len(next(iter(samples.values())))


def outputs_in_onnxruntime(path, samples):
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.log_severity_level = 3
    session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return [session.run(None, one(samples, i)) for i in range(count_of(samples))]


def outputs_in_vernier(program, path, samples, names, folder):
    steps = {k: v[:, None] for k, v in samples.items()}  # a batch of one each
    out = harness.run_model(program, path, steps, folder, extra=["--steps", str(count_of(samples))])
    return [[out[n][i] for n in names] for i in range(count_of(samples))]


def figures(want, got, classifier):
    signal = sum(float((a.astype(np.float64) ** 2).sum()) for w in want for a in w)
    noise = sum(
        float(((a.astype(np.float64) - b) ** 2).sum()) for w, g in zip(want, got) for a, b in zip(w, g)
    )
    result = {"sqnr_db": round(10 * np.log10(signal / max(noise, 1e-30)), 2)}
    if classifier:
        same = [int(w[0].argmax() == g[0].argmax()) for w, g in zip(want, got)]
        result["top1_agreement"] = round(sum(same) / len(same), 4)
    return result


class Reader:
    """ONNX Runtime's CalibrationDataReader."""

    def __init__(self, samples):
        self.samples, self.at = samples, 0

    def get_next(self):
        if self.at == count_of(self.samples):
            return None
        self.at += 1
        return one(self.samples, self.at - 1)


def by_onnxruntime(model, target, calibration, method, folder):
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    prepared = os.path.join(folder, "prepared.onnx")
    if not os.path.exists(prepared):
        try:
            quant_pre_process(model, prepared, skip_symbolic_shape=True)
        except Exception:  # what its own documentation says to do then
            prepared = model
    quantize_static(
        prepared if os.path.exists(prepared) else model,
        target,
        Reader(calibration),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        calibrate_method=getattr(CalibrationMethod, method),
    )


def by_nncf(model, target, calibration, fast):
    feeds = [one(calibration, i) for i in range(count_of(calibration))]
    nncf_quantize.quantize(model, target, feeds, fast)


def by_vernier(program, model, target, calibration, folder, extra):
    data = os.path.join(folder, "calibration.npz")
    np.savez(data, **calibration)
    command = [program, "quantize", model, target, "--data", data, "--samples",
               str(count_of(calibration)), "--judge", "0", "-q", *extra]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise harness.HarnessError(done.stderr.strip())


def contenders(program, name, args):
    path = os.path.join(harness.models_directory(), name + ".onnx")
    for extra in args.variant or ["--target ort-cpu", "--target openvino"]:
        label = "vernier " + extra
        yield label, lambda t, c, f, e=extra.split(): by_vernier(program, path, t, c, f, e)
    if args.ours_only:
        return
    for method in ("MinMax", "Entropy", "Percentile"):
        yield "onnxruntime " + method, lambda t, c, f, m=method: by_onnxruntime(path, t, c, m, f)
    for fast in (True, False):
        label = "nncf " + ("fast" if fast else "full") + " bias correction"
        yield label, lambda t, c, f, b=fast: by_nncf(path, t, c, b)


def judge_model(program, name, args):
    import onnx

    path = os.path.join(harness.models_directory(), name + ".onnx")
    graph = onnx.load(path, load_external_data=False).graph
    calibration, judging = samples_of(name, [i.name for i in graph.input])
    names = [o.name for o in graph.output]
    want = outputs_in_onnxruntime(path, judging)
    rows = []
    with tempfile.TemporaryDirectory(prefix="vernier-quant-") as folder:
        for label, make in contenders(program, name, args):
            if args.only and not any(part in label for part in args.only):
                continue
            target = os.path.join(folder, f"{len(rows)}.onnx")
            row = {"quantizer": label}
            start = time.time()
            try:
                make(target, calibration, folder)
                row["seconds"] = round(time.time() - start, 1)
                row["bytes"] = os.path.getsize(target)
                got = outputs_in_onnxruntime(target, judging)
                row["in_onnxruntime"] = figures(want, got, name in CLASSIFIERS)
                if label.startswith("vernier") and not args.skip_vernier_runs:
                    got = outputs_in_vernier(program, target, judging, names, folder)
                    row["in_vernier"] = figures(want, got, name in CLASSIFIERS)
                if args.keep and label.startswith("vernier"):
                    os.makedirs(args.keep, exist_ok=True)
                    os.replace(target, os.path.join(args.keep, f"{name}-{len(rows)}.onnx"))
            except Exception as e:  # one quantizer's failure is a row of the table
                row["error"] = (str(e).splitlines() or [repr(e)])[0].replace(folder + "/", "")[:300]
            print(f"  {name:20} {json.dumps(row)}", flush=True)
            rows.append(row)
    return {
        "model": name,
        "calibration_samples": count_of(calibration),
        "judging_samples": count_of(judging),
        "rows": rows,
    }


def headline(model):
    """Best of ours and of the others, in ONNX Runtime."""
    best = {}
    for row in model["rows"]:
        if "in_onnxruntime" not in row:
            continue
        side = "vernier" if row["quantizer"].startswith("vernier") else "others"
        best[side] = max(best.get(side, -99.0), row["in_onnxruntime"]["sqnr_db"])
    return f"{model['model']} " + " against ".join(f"{best.get(s, 0.0):.1f}" for s in
                                                   ("vernier", "others")) + " dB"  # fmt: skip


def main():
    parser = argparse.ArgumentParser(prog="quant-accuracy", description=__doc__.splitlines()[0])
    parser.add_argument("--vernier", help="the program (default: $VERNIER, or the newest build)")
    parser.add_argument("--model", action="append", help="only these (repeatable)")
    parser.add_argument("--variant", action="append",
                        help="options of vernier quantize; one row each (repeatable)")  # fmt: skip
    parser.add_argument("--only", action="append", help="quantizers with this in their name")
    parser.add_argument("--ours-only", action="store_true")
    parser.add_argument("--skip-vernier-runs", action="store_true")
    parser.add_argument("--keep", help="folder for our files")
    parser.add_argument("--output", help="JSON file")
    args = parser.parse_args()
    program = harness.find_program(args.vernier)
    names = args.model or [*PICTURE_MODELS, "minilm_l6"]
    models = [judge_model(program, n, args) for n in names]
    if args.output:
        documents.write_document(
            args.output, "accuracy of int8 files against fp32, by quantizer",
            "; ".join(headline(model) for model in models),
            ["scripts/quant-accuracy", *(p for n in args.model or () for p in ("--model", n))],
            ("onnx", "onnxruntime", "nncf"), models=models)  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
