"""YOLOv8 detection model as ultralytics exports it: BN folded, decoded head, 640x640."""

import math

import numpy as np

from . import seeded
from .graph import Graph

SIZE = 640
STRIDES = (8, 16, 32)
CLASSES = 80
REG_MAX = 16
# Mean of the class logits: a few hundred of the 8400 cells then score above 0.25.
SCORE_OFFSET = -8.0


class Builder:
    def __init__(self, name, width, depth, gains, max_channels=1024):
        self.graph, self.gains = Graph(name), gains
        self.width, self.depth, self.max_channels = width, depth, max_channels

    def channels(self, c):
        return math.ceil(min(c, self.max_channels) * self.width / 8) * 8

    def repeats(self, n):
        return max(round(n * self.depth), 1)

    def weight(self, name, shape):
        return seeded.weight(name, shape, 1.0, self.gains.get(name, 1.0))

    def conv(self, x, path, cin, cout, k=1, stride=1):
        """Conv and SiLU; `path` is the module path, such as model.2/cv1."""
        g, name = self.graph, dotted(path) + ".conv"
        weight = self.weight(f"{name}.weight", (cout, cin, k, k))
        y = g.conv(x, f"{path}/conv", weight, seeded.bias(f"{name}.bias", cout), stride)
        s = g.add("Sigmoid", [y], f"{path}/act")
        return g.add("Mul", [y, s], f"{path}/act")

    def c2f(self, x, layer, cin, cout, n, shortcut):
        g, path, half = self.graph, f"model.{layer}", cout // 2
        x = self.conv(x, f"{path}/cv1", cin, 2 * half)
        sizes = g.constant(np.array([half, half], np.int64), path)
        parts = g.add("Split", [x, sizes], path, outputs=2, axis=1)
        for i in range(n):
            y = self.conv(parts[-1], f"{path}/m.{i}/cv1", half, half, 3)
            y = self.conv(y, f"{path}/m.{i}/cv2", half, half, 3)
            if shortcut:
                y = g.add("Add", [parts[-1], y], f"{path}/m.{i}")
            parts.append(y)
        x = g.add("Concat", parts, path, axis=1)
        return self.conv(x, f"{path}/cv2", (2 + n) * half, cout)

    def sppf(self, x, layer, c):
        g, path = self.graph, f"model.{layer}"
        parts = [self.conv(x, f"{path}/cv1", c, c // 2)]
        for suffix in ("", "_1", "_2"):
            parts.append(g.add("MaxPool", [parts[-1]], f"{path}/m{suffix}", ceil_mode=0,
                               dilations=[1, 1], kernel_shape=[5, 5], pads=[2] * 4,
                               strides=[1, 1]))  # fmt: skip
        x = g.add("Concat", parts, path, axis=1)
        return self.conv(x, f"{path}/cv2", c * 2, c)

    def upsample(self, x, layer):
        scales = self.graph.constant(np.array([1, 1, 2, 2], np.float32), f"model.{layer}")
        return self.graph.add("Resize", [x, "", scales], f"model.{layer}", mode="nearest",
                              coordinate_transformation_mode="asymmetric", cubic_coeff_a=-0.75,
                              nearest_mode="floor")  # fmt: skip

    def concat(self, parts, layer):
        return self.graph.add("Concat", parts, f"model.{layer}", axis=1)


def dotted(path):
    """Parameter prefix of a scope: in nested Sequentials the last part names the whole path."""
    parts = path.split("/")
    if parts[0] == "model.22" and len(parts) > 2:
        return f"{parts[0]}.{parts[2]}"
    return path.replace("/", ".")


def branch(b, x, kind, level, cin, mid, cout, offset):
    """Three convolutions of the head; cv2 gives box distributions, cv3 class scores."""
    scope = f"model.22/{kind}.{level}"
    x = b.conv(x, f"{scope}/{kind}.{level}.0", cin, mid, 3)
    x = b.conv(x, f"{scope}/{kind}.{level}.1", mid, mid, 3)
    name = f"model.22.{kind}.{level}.2"
    weight = b.weight(f"{name}.weight", (cout, mid, 1, 1))
    bias = seeded.bias(f"{name}.bias", cout, 0.5, offset)
    return b.graph.conv(x, f"{scope}/{kind}.{level}.2", weight, bias)


def anchors():
    """Centres [1,2,A] and strides [1,A] of all cells, finest level first."""
    centres, strides = [], []
    for stride in STRIDES:
        n = SIZE // stride
        axis = np.arange(n, dtype=np.float32) + np.float32(0.5)
        y, x = np.meshgrid(axis, axis, indexing="ij")
        centres.append(np.stack([x.ravel(), y.ravel()]))
        strides.append(np.full(n * n, stride, np.float32))
    return np.concatenate(centres, 1)[None], np.concatenate(strides)[None]


def decode(g, boxes, scores):
    """Distribution focal decoding to centre, width and height in pixels, then class scores."""
    scope, count = "model.22", sum((SIZE // s) ** 2 for s in STRIDES)
    i64 = np.int64
    shape = g.constant(np.array([1, 4, REG_MAX, count], i64), f"{scope}/dfl")
    x = g.add("Reshape", [boxes, shape], f"{scope}/dfl", allowzero=0)
    x = g.add("Transpose", [x], f"{scope}/dfl", perm=[0, 2, 1, 3])
    x = g.add("Softmax", [x], f"{scope}/dfl", axis=1)
    bins = np.arange(REG_MAX, dtype=np.float32).reshape(1, REG_MAX, 1, 1)
    x = g.conv(x, f"{scope}/dfl/conv", ("model.22.dfl.conv.weight", bins))
    shape = g.constant(np.array([1, 4, count], i64), f"{scope}/dfl")
    x = g.add("Reshape", [x, shape], f"{scope}/dfl", allowzero=0)
    # The exporter writes chunk(2, 1) with shape arithmetic.
    dims = g.add("Shape", [x], scope)
    one = g.constant(np.array([1], i64), scope)
    extent = g.add("Gather", [dims, one], scope, axis=0)
    zero, inc = g.constant(np.array([0], i64), scope), g.constant(np.array([1], i64), scope)
    extent = g.add("Add", [extent, inc], scope)
    half = g.add("Div", [extent, g.constant(np.array([2], i64), scope)], scope)
    end = g.add("Mul", [half, g.constant(np.array([1], i64), scope)], scope)
    left_top = g.add("Slice", [x, zero, end, one], scope)
    end2 = g.add("Mul", [half, g.constant(np.array([2], i64), scope)], scope)
    right_bottom = g.add("Slice", [x, end, end2, one], scope)
    centres, strides = anchors()
    low = g.add("Sub", [g.constant(centres, scope), left_top], scope)
    high = g.add("Add", [g.constant(centres, scope), right_bottom], scope)
    total = g.add("Add", [low, high], scope)
    centre = g.add("Div", [total, g.constant(np.float32(2), scope)], scope)
    extent = g.add("Sub", [high, low], scope)
    box = g.add("Concat", [centre, extent], scope, axis=1)
    box = g.add("Mul", [box, g.constant(strides, scope)], scope)
    score = g.add("Sigmoid", [scores], scope)
    g.add("Concat", [box, score], scope, output="output0", axis=1)


def head(b, levels, widths):
    g = b.graph
    mid_box = max(16, widths[0] // 4, REG_MAX * 4)
    mid_class = max(widths[0], min(CLASSES, 100))
    flat = []
    for kind, mid, cout, offset in (
        ("cv2", mid_box, 4 * REG_MAX, 1.0),
        ("cv3", mid_class, CLASSES, SCORE_OFFSET),
    ):
        shapes = [g.constant(np.array([1, cout, -1], np.int64), "model.22") for _ in levels]
        parts = []
        for i, (x, c, shape) in enumerate(zip(levels, widths, shapes)):
            y = branch(b, x, kind, i, c, mid, cout, offset)
            parts.append(g.add("Reshape", [y, shape], "model.22", allowzero=0))
        flat.append(g.add("Concat", parts, "model.22", axis=-1))
    decode(g, *flat)


def target(name):
    """Standard deviation that tune.py gives the output of the convolution with this weight."""
    if name.startswith("model.22.") and name.endswith(".2.weight"):
        return 2.0
    # A residual branch stays quieter than the sum it joins.
    layer = int(name.split(".")[1])
    return 0.7 if layer <= 8 and ".m." in name and ".cv2." in name else 1.0


def build(name, width, depth, gains):
    """ModelProto: images [1,3,640,640] in 0..1, output0 [1,84,8400]."""
    b = Builder(name, width, depth, gains)
    c64, c128, c256, c512, c1024 = (b.channels(c) for c in (64, 128, 256, 512, 1024))
    n3, n6 = b.repeats(3), b.repeats(6)
    x = b.conv("images", "model.0", 3, c64, 3, 2)
    x = b.conv(x, "model.1", c64, c128, 3, 2)
    x = b.c2f(x, 2, c128, c128, n3, True)
    x = b.conv(x, "model.3", c128, c256, 3, 2)
    p3 = b.c2f(x, 4, c256, c256, n6, True)
    x = b.conv(p3, "model.5", c256, c512, 3, 2)
    p4 = b.c2f(x, 6, c512, c512, n6, True)
    x = b.conv(p4, "model.7", c512, c1024, 3, 2)
    x = b.c2f(x, 8, c1024, c1024, n3, True)
    p5 = b.sppf(x, 9, c1024)
    x = b.concat([b.upsample(p5, 10), p4], 11)
    n4 = b.c2f(x, 12, c1024 + c512, c512, n3, False)
    x = b.concat([b.upsample(n4, 13), p3], 14)
    out3 = b.c2f(x, 15, c512 + c256, c256, n3, False)
    x = b.conv(out3, "model.16", c256, c256, 3, 2)
    out4 = b.c2f(b.concat([x, n4], 17), 18, c256 + c512, c512, n3, False)
    x = b.conv(out4, "model.19", c512, c512, 3, 2)
    out5 = b.c2f(b.concat([x, p5], 20), 21, c512 + c1024, c1024, n3, False)
    head(b, [out3, out4, out5], [c256, c512, c1024])
    return b.graph.model(
        [("images", "FLOAT", [1, 3, SIZE, SIZE])], [("output0", "FLOAT", [1, 4 + CLASSES, 8400])]
    )
