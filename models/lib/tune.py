#!/usr/bin/env python3
"""Write models/NAME/gains.json: one factor per weight, so that activations keep a sane range.

    python models/lib/tune.py NAME

Seeded weights have no trained BatchNormalization behind them: through sixty layers of SiLU or
HardSwish the power of the signal runs away or dies. Layer by layer, in order of execution, this
runs the model on a fixed picture with ONNX Runtime and sets the layer's factor so that its output
has the standard deviation that the recipe's target() names. The factors are rounded to three
digits and committed, so that building the model needs no run and gives the same bytes everywhere.
"""

import importlib.util
import json
import os
import sys

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))


def picture(height, width):
    """Blocks of colour with noise, in the range of a normalised picture."""
    rng = np.random.RandomState(0)
    blocks = rng.standard_normal((1, 3, height // 16, width // 16))
    smooth = blocks.repeat(16, 2).repeat(16, 3)
    return (smooth + 0.3 * rng.standard_normal(smooth.shape)).astype(np.float32)


def main():
    import onnxruntime
    from onnx import helper

    folder = os.path.join(os.path.dirname(HERE), sys.argv[1])
    spec = importlib.util.spec_from_file_location("recipe", os.path.join(folder, "recipe.py"))
    recipe = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(recipe)
    gains = {}
    first = recipe.build(gains)
    layers = [n for n in first.graph.node if n.op_type in ("Conv", "Gemm") and len(n.input) > 2]
    image = first.graph.input[0]
    height, width = (d.dim_value for d in image.type.tensor_type.shape.dim[2:])
    x = picture(height, width)
    if image.name == "images":
        x = (1 / (1 + np.exp(-x))).astype(np.float32)
    for layer in layers:
        model = recipe.build(gains)
        model.graph.output.append(helper.make_empty_tensor_value_info(layer.output[0]))
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        session = onnxruntime.InferenceSession(model.SerializeToString(), options)
        std = float(session.run([layer.output[0]], {image.name: x})[0].std())
        gains[layer.input[1]] = float(f"{recipe.target(layer.input[1]) / std:.3g}")
    path = os.path.join(folder, "gains.json")
    with open(path + ".part", "w", encoding="utf-8") as f:
        json.dump(gains, f, indent=1)
        f.write("\n")
    os.replace(path + ".part", path)
    print(f"{path}: {len(gains)} factors, {min(gains.values())} to {max(gains.values())}")


if __name__ == "__main__":
    main()
