#!/usr/bin/env python3
"""Train the Fashion-MNIST classifier with plain numpy and export it to ONNX.

Network (17,098 trained parameters), input `image` [N,1,28,28] in 0..1, output `logits` [N,10]:

    Conv 3x3 1->16, BatchNormalization, Relu, MaxPool 2
    depthwise Conv 3x3 16, BatchNormalization, Relu
    Conv 1x1 16->32, BatchNormalization, Relu, MaxPool 2
    depthwise Conv 3x3 32, BatchNormalization, Relu
    Conv 1x1 32->48, BatchNormalization, Relu, MaxPool 2
    Flatten, Gemm 432->32, Relu, Gemm 32->10

Optimiser: Adam with a one-cycle learning rate, random horizontal flips and one-pixel shifts.
The data are the four gzip IDX files of Debian's package dataset-fashion-mnist.
"""

import argparse
import gzip
import os
import sys
import time

import numpy as np

EPS = 1e-5
DATA_DIR = "/usr/share/datasets/fashion-mnist"


def read_idx(path):
    """Array of an IDX file of unsigned bytes (the format of the MNIST family)."""
    with gzip.open(path, "rb") as f:
        raw = f.read()
    if raw[:3] != b"\0\0\x08":
        raise ValueError(f"{path}: not an IDX file of unsigned bytes")
    rank = raw[3]
    dims = np.frombuffer(raw, ">i4", rank, 4)
    return np.frombuffer(raw, np.uint8, int(np.prod(dims)), 4 + 4 * rank).reshape(dims)


def load(data_dir, split):
    x = read_idx(os.path.join(data_dir, f"{split}-images-idx3-ubyte.gz"))
    y = read_idx(os.path.join(data_dir, f"{split}-labels-idx1-ubyte.gz"))
    # NHWC is the layout of the training loop; the exported graph is NCHW.
    return (x.astype(np.float32) / 255.0)[..., None], y.astype(np.int64)


class Conv:
    """Dense KxK convolution, NHWC, stride 1, same padding; weight [K,K,C,M]."""

    def __init__(self, rng, k, cin, cout):
        std = np.sqrt(2.0 / (k * k * cin))
        self.k = k
        self.params = {"w": (rng.standard_normal((k * k * cin, cout)) * std).astype(np.float32)}
        self.shape = (k, k, cin, cout)

    def forward(self, x, train):
        n, h, w, c = x.shape
        p = self.k // 2
        if self.k == 1:
            cols = x.reshape(-1, c)
        else:
            xp = np.pad(x, ((0, 0), (p, p), (p, p), (0, 0)))
            win = np.lib.stride_tricks.sliding_window_view(xp, (self.k, self.k), (1, 2))
            cols = win.transpose(0, 1, 2, 4, 5, 3).reshape(n * h * w, -1)
        if train:
            self.cols, self.xshape = cols, x.shape
        return (cols @ self.params["w"]).reshape(n, h, w, -1)

    def backward(self, g):
        n, h, w, c = self.xshape
        g = g.reshape(n * h * w, -1)
        self.grads = {"w": self.cols.T @ g}
        d = g @ self.params["w"].T
        if self.k == 1:
            return d.reshape(self.xshape)
        p = self.k // 2
        d = d.reshape(n, h, w, self.k, self.k, c)
        dx = np.zeros((n, h + 2 * p, w + 2 * p, c), np.float32)
        for i in range(self.k):
            for j in range(self.k):
                dx[:, i : i + h, j : j + w] += d[:, :, :, i, j]
        return dx[:, p : p + h, p : p + w]


class Depthwise:
    """Depthwise 3x3 convolution, NHWC, stride 1, same padding; weight [3,3,C]."""

    def __init__(self, rng, c):
        w = rng.standard_normal((3, 3, c)) * np.sqrt(2.0 / 9.0)
        self.params = {"w": w.astype(np.float32)}

    def forward(self, x, train):
        n, h, w, c = x.shape
        xp = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
        if train:
            self.xp = xp
        y = np.zeros_like(x)
        for i in range(3):
            for j in range(3):
                y += xp[:, i : i + h, j : j + w] * self.params["w"][i, j]
        return y

    def backward(self, g):
        h, w = g.shape[1:3]
        dw = np.empty_like(self.params["w"])
        dx = np.zeros_like(self.xp)
        for i in range(3):
            for j in range(3):
                window = self.xp[:, i : i + h, j : j + w]
                dw[i, j] = np.einsum("nhwc,nhwc->c", window, g)
                dx[:, i : i + h, j : j + w] += g * self.params["w"][i, j]
        self.grads = {"w": dw}
        return dx[:, 1:-1, 1:-1]


class BatchNormRelu:
    """Batch normalization over all axes but the last, then Relu."""

    def __init__(self, c):
        self.params = {"scale": np.ones(c, np.float32), "bias": np.zeros(c, np.float32)}
        self.mean, self.var = np.zeros(c, np.float32), np.ones(c, np.float32)

    def forward(self, x, train):
        if train:
            axes = (0, 1, 2)
            mean, var = x.mean(axes), x.var(axes)
            self.mean = 0.9 * self.mean + 0.1 * mean
            self.var = 0.9 * self.var + 0.1 * var
        else:
            mean, var = self.mean, self.var
        inv = 1.0 / np.sqrt(var + EPS)
        xhat = (x - mean) * inv
        y = xhat * self.params["scale"] + self.params["bias"]
        if train:
            self.xhat, self.inv, self.mask = xhat, inv, y > 0
        return np.maximum(y, 0)

    def backward(self, g):
        g = g * self.mask
        axes = (0, 1, 2)
        db, ds = g.sum(axes), (g * self.xhat).sum(axes)
        self.grads = {"scale": ds, "bias": db}
        m = g.size // g.shape[-1]
        return self.params["scale"] * self.inv * (g - db / m - self.xhat * (ds / m))


class MaxPool:
    """2x2 max pooling with stride 2; an odd last row or column is dropped."""

    params = {}
    grads = {}

    def forward(self, x, train):
        n, h, w, c = x.shape
        self.shape = x.shape
        v = x[:, : h // 2 * 2, : w // 2 * 2].reshape(n, h // 2, 2, w // 2, 2, c)
        y = v.max((2, 4))
        if train:
            self.mask = v == y[:, :, None, :, None]
        return y

    def backward(self, g):
        n, h, w, c = self.shape
        d = self.mask * g[:, :, None, :, None]
        dx = np.zeros(self.shape, np.float32)
        dx[:, : h // 2 * 2, : w // 2 * 2] = d.reshape(n, h // 2 * 2, w // 2 * 2, c)
        return dx


class Dense:
    """Fully connected layer, optionally followed by Relu; weight [K,M]."""

    def __init__(self, rng, k, m, relu):
        w = rng.standard_normal((k, m)) * np.sqrt(2.0 / k)
        self.params = {"w": w.astype(np.float32), "b": np.zeros(m, np.float32)}
        self.relu = relu

    def forward(self, x, train):
        self.xshape = x.shape
        x = x.reshape(len(x), -1)
        y = x @ self.params["w"] + self.params["b"]
        if train:
            self.x, self.mask = x, y > 0
        return np.maximum(y, 0) if self.relu else y

    def backward(self, g):
        if self.relu:
            g = g * self.mask
        self.grads = {"w": self.x.T @ g, "b": g.sum(0)}
        return (g @ self.params["w"].T).reshape(self.xshape)


def build(rng):
    return [
        Conv(rng, 3, 1, 16), BatchNormRelu(16), MaxPool(),
        Depthwise(rng, 16), BatchNormRelu(16),
        Conv(rng, 1, 16, 32), BatchNormRelu(32), MaxPool(),
        Depthwise(rng, 32), BatchNormRelu(32),
        Conv(rng, 1, 32, 48), BatchNormRelu(48), MaxPool(),
        Dense(rng, 432, 32, True), Dense(rng, 32, 10, False),
    ]  # fmt: skip


def forward(layers, x, train):
    for layer in layers:
        x = layer.forward(x, train)
    return x


def accuracy(layers, x, y):
    hits = 0
    for i in range(0, len(x), 500):
        hits += int((forward(layers, x[i : i + 500], False).argmax(1) == y[i : i + 500]).sum())
    return hits / len(x)


def augment(rng, x):
    """Flip half of the pictures and shift each batch by up to one pixel."""
    flip = rng.random(len(x)) < 0.5
    x = np.where(flip[:, None, None, None], x[:, :, ::-1], x)
    return np.roll(x, tuple(rng.integers(-1, 2, 2)), (1, 2))


def train(layers, x, y, epochs, batch, peak, rng):
    steps = epochs * (len(x) // batch)
    moments = {}
    t = 0
    for epoch in range(epochs):
        start, order, total = time.time(), rng.permutation(len(x)), 0.0
        for i in range(0, len(x) - batch + 1, batch):
            index = order[i : i + batch]
            xb, yb = augment(rng, x[index]), y[index]
            logits = forward(layers, xb, True)
            e = np.exp(logits - logits.max(1, keepdims=True))
            prob = e / e.sum(1, keepdims=True)
            rows = np.arange(batch)
            total -= float(np.log(prob[rows, yb] + 1e-9).mean())
            g = prob
            g[rows, yb] -= 1
            g = (g / batch).astype(np.float32)
            for layer in reversed(layers):
                g = layer.backward(g)
            t += 1
            phase = t / steps
            lr = peak * (
                phase / 0.3 if phase < 0.3 else 0.5 * (1 + np.cos(np.pi * (phase - 0.3) / 0.7))
            )
            for k, layer in enumerate(layers):
                for name, grad in layer.grads.items():
                    m, v = moments.setdefault((k, name), [np.zeros_like(grad), np.zeros_like(grad)])
                    m += 0.1 * (grad - m)
                    v += 0.001 * (grad * grad - v)
                    step = (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
                    layer.params[name] -= (lr * step).astype(np.float32)
        mean_loss = total / (len(x) // batch)
        print(f"epoch {epoch + 1}: loss {mean_loss:.4f}, {time.time() - start:.0f} s", flush=True)


def export(layers, path):
    """Write the trained layers as an ONNX model, NCHW, opset 17."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    nodes, weights, value = [], [], "image"
    counts = {}

    def add(op, inputs, stem, **attrs):
        nonlocal value
        nodes.append(helper.make_node(op, [value, *inputs], [stem], name=f"/{stem}/{op}", **attrs))
        value = stem

    def init(name, array):
        weights.append(numpy_helper.from_array(np.ascontiguousarray(array, np.float32), name))
        return name

    def stem_of(kind):
        counts[kind] = counts.get(kind, 0) + 1
        return f"{kind}{counts[kind]}"

    for layer in layers:
        p = layer.params
        if isinstance(layer, (Conv, Depthwise)):
            stem = stem_of("conv")
            if isinstance(layer, Conv):
                k, group = layer.k, 1
                w = p["w"].reshape(layer.shape).transpose(3, 2, 0, 1)
            else:
                k, group = 3, p["w"].shape[-1]
                w = p["w"].transpose(2, 0, 1)[:, None]
            add("Conv", [init(f"{stem}.weight", w)], stem, kernel_shape=[k, k], group=group,
                pads=[k // 2] * 4, strides=[1, 1])  # fmt: skip
        elif isinstance(layer, BatchNormRelu):
            stem = stem_of("bn")
            arrays = [("weight", p["scale"]), ("bias", p["bias"])]
            arrays += [("running_mean", layer.mean), ("running_var", layer.var)]
            names = [init(f"{stem}.{n}", a) for n, a in arrays]
            add("BatchNormalization", names, stem, epsilon=EPS)
            add("Relu", [], stem_of("relu"))
        elif isinstance(layer, MaxPool):
            add("MaxPool", [], stem_of("pool"), kernel_shape=[2, 2], strides=[2, 2])
        else:
            stem = stem_of("fc")
            w = p["w"]
            if stem == "fc1":
                add("Flatten", [], "flatten", axis=1)
                # Rows are in the NHWC order of the training loop; Flatten sees NCHW.
                w = w.reshape(3, 3, 48, -1).transpose(2, 0, 1, 3).reshape(432, -1)
            inputs = [init(f"{stem}.weight", w.T), init(f"{stem}.bias", p["b"])]
            add("Gemm", inputs, stem if layer.relu else "logits", transB=1)
            if layer.relu:
                add("Relu", [], stem_of("relu"))
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 1, 28, 28])
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", 10])
    graph = helper.make_graph(nodes, "fashion_mnist", [image], [logits], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8,
                              producer_name="vernier-models")  # fmt: skip
    onnx.checker.check_model(model)
    temporary = path + ".part"
    with open(temporary, "wb") as f:
        f.write(model.SerializeToString())
    os.replace(temporary, path)
    print(
        f"{path}: {os.path.getsize(path)} bytes, {sum(int(np.prod(w.dims)) for w in weights)} numbers"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=DATA_DIR, help="folder of the IDX files")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--limit", type=int, default=60000, help="use only so many training images")
    parser.add_argument(
        "--output", default=os.path.join(os.path.dirname(__file__), "fashion_mnist.onnx")
    )
    args = parser.parse_args()
    rng = np.random.default_rng(1)
    x, y = load(args.data, "train")
    layers = build(rng)
    train(layers, x[: args.limit], y[: args.limit], args.epochs, 128, 4e-3, rng)
    xt, yt = load(args.data, "t10k")
    print(f"test accuracy {accuracy(layers, xt, yt):.4f}")
    export(layers, args.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
