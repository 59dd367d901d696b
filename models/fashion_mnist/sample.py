#!/usr/bin/env python3
"""Write tests/models/fashion_mnist_10.npz: one test image of each class, with what is expected.

`image` [10,1,28,28] float32 in 0..1 (the model's input), `label` [10] int64 (0..9 in order) and
`logits` [10,10] float32 as ONNX Runtime gives them without graph optimisation.
"""

import os
import sys

import numpy as np
import onnxruntime
import train

HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    x, y = train.load(train.DATA_DIR, "t10k")
    index = [int(np.flatnonzero(y == c)[0]) for c in range(10)]
    image = np.ascontiguousarray(x[index].transpose(0, 3, 1, 2))
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    model = os.path.join(HERE, "fashion_mnist.onnx")
    session = onnxruntime.InferenceSession(model, options, ["CPUExecutionProvider"])
    logits = session.run(["logits"], {"image": image})[0]
    root = os.path.dirname(os.path.dirname(HERE))
    path = os.path.join(root, "tests", "models", "fashion_mnist_10.npz")
    np.savez(path, image=image, label=y[index], logits=logits)
    print(
        f"{path}: {os.path.getsize(path)} bytes, {(logits.argmax(1) == y[index]).sum()} of 10 right"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
