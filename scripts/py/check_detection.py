"""Boxes of text that int8 files of ppocr_v4_det find, against those of fp32 as truth: mAP at IoU 0.5
over five pictures (the right halves of scikit-image's page and text, which calibration does not see,
and three pages set here). Boxes are made as PP-OCR does: connected regions of the probability above 0.3,
kept when their mean is above 0.6, widened by 1.5 times area over perimeter. Exit status 1 when a file
stays below 0.9.
"""

import argparse
import os
import pathlib
import sys
import tempfile

import documents
import harness
import numpy as np
import quant_accuracy

SIDE = 640
LEAST = 0.9
TEXTS = (
    "The quick brown fox jumps over the lazy dog while seven wizards vex nymphs.",
    "Total due 1,284.50   Invoice 2026-118   Net 30 days   VAT 19 %",
    "Chapter 3. Of measuring, and what may be said of it without blushing.",
)


def set_page(number):
    """A page of lines of several sizes, a little turned."""
    from PIL import Image, ImageDraw, ImageFont

    page = Image.new("RGB", (SIDE, SIDE), (250, 247 - 8 * number, 240))
    draw = ImageDraw.Draw(page)
    y = 30
    for line in range(12):
        font = ImageFont.load_default(size=18 + (7 * line + 5 * number) % 16)
        text = TEXTS[(line + number) % len(TEXTS)]
        words = text.split()
        draw.text((30 + 12 * (line % 3), y), " ".join(words[: 4 + line % 4]), font=font,
                  fill=(30, 30, 40 + 40 * number))  # fmt: skip
        y += 34 + 6 * (line % 4)
    return page.rotate((-3, 0, 2)[number], fillcolor=(250, 247, 240))


def pages():
    from PIL import Image

    made = []
    for picture in quant_accuracy.pictures(of_text=True):
        width, height = picture.size
        half = picture.crop((width - width // 2, 0, width, height))
        made.append(half.resize((SIDE, SIDE), Image.Resampling.BILINEAR))
    made += [set_page(i) for i in range(3)]
    mean, deviation = quant_accuracy.IMAGENET
    tensors = []
    for picture in made:
        x = (np.asarray(picture, dtype=np.float32) / 255.0 - mean) / deviation
        tensors.append(x.transpose(2, 0, 1)[None].astype(np.float32))
    return tensors


def boxes_of(probability):
    """[(score, x0, y0, x1, y1)] of one map [H, W]."""
    from skimage.measure import label, regionprops

    found = []
    for region in regionprops(label(probability > 0.3), intensity_image=probability):
        y0, x0, y1, x1 = region.bbox
        if min(y1 - y0, x1 - x0) < 3 or region.intensity_mean < 0.6:
            continue
        wider = 1.5 * (y1 - y0) * (x1 - x0) / (2 * (y1 - y0 + x1 - x0))
        found.append((float(region.intensity_mean), x0 - wider, y0 - wider, x1 + wider, y1 + wider))
    return found


def overlap(a, b):
    width = min(a[3], b[3]) - max(a[1], b[1])
    height = min(a[4], b[4]) - max(a[2], b[2])
    if width <= 0 or height <= 0:
        return 0.0
    both = width * height
    return both / ((a[3] - a[1]) * (a[4] - a[2]) + (b[3] - b[1]) * (b[4] - b[2]) - both)


def average_precision(found, truth):
    """Area under precision over recall of all pictures together; lists of boxes by picture."""
    total = sum(map(len, truth))
    taken = [set() for _ in truth]
    hits = []
    for score, picture, box in sorted(((b[0], i, b) for i, some in enumerate(found) for b in some),
                                      key=lambda entry: -entry[0]):  # fmt: skip
        scores = [(overlap(box, other), k) for k, other in enumerate(truth[picture])
                  if k not in taken[picture]]  # fmt: skip
        best, k = max(scores, default=(0.0, -1))
        hits.append(best >= 0.5)
        if best >= 0.5:
            taken[picture].add(k)
    area, right = 0.0, 0
    precision = []
    for i, hit in enumerate(hits):
        right += hit
        precision.append(right / (i + 1))
    for i, hit in enumerate(hits):
        if hit:
            area += max(precision[i:]) / total
    return area


def main():
    parser = argparse.ArgumentParser(prog="check-detection", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--vernier", help="the program (default: $VERNIER, or the newest build)")
    parser.add_argument("--output", type=pathlib.Path, help="JSON file")
    args = parser.parse_args()
    program = harness.find_program(args.vernier)
    model = os.path.join(harness.models_directory(), "ppocr_v4_det.onnx")
    pictures = pages()
    calibration, _ = quant_accuracy.samples_of("ppocr_v4_det", ["x"])
    (name,) = calibration
    rows = []

    def maps(path, with_vernier, folder):
        some = {name: np.concatenate(pictures)}
        if with_vernier:
            outputs = quant_accuracy.outputs_in_vernier(program, path, some, names, folder)
        else:
            outputs = quant_accuracy.outputs_in_onnxruntime(path, some)
        return np.concatenate([np.asarray(o).reshape(-1, SIDE, SIDE) for o in outputs])

    import onnx

    names = [o.name for o in onnx.load(model, load_external_data=False).graph.output]
    with tempfile.TemporaryDirectory(prefix="vernier-detect-") as folder:
        truth = [boxes_of(p) for p in maps(model, False, folder)]
        for target in ("vernier", "ort-cpu", "openvino"):
            path = os.path.join(folder, f"{target}.onnx")
            quant_accuracy.by_vernier(program, model, path, calibration, folder,
                                      ["--target", target])  # fmt: skip
            for runner in ("vernier", "onnxruntime"):
                found = [boxes_of(p) for p in maps(path, runner == "vernier", folder)]
                row = {"target": target, "run_in": runner,
                       "map50": round(average_precision(found, truth), 4),
                       "boxes": [len(b) for b in found], "boxes_of_fp32": [len(b) for b in truth]}  # fmt: skip
                rows.append(row)
                print(row, flush=True)
    least = min(row["map50"] for row in rows)
    if args.output:
        documents.write_document(
            args.output, "boxes of int8 text detection against those of fp32",
            f"ppocr_v4_det, {sum(map(len, truth))} boxes: mAP@0.5 at least {least:.3f}",
            ["scripts/check-detection"], ("onnxruntime", "scikit-image"), rows=rows)  # fmt: skip
    return 0 if least >= LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
