"""Weights made from the parameter's name alone: the same bytes on every machine.

Only the Mersenne twister's integers and exact arithmetic are used (no logarithms, no sines), so
neither the C library nor the processor changes a bit, and a model's sha256 is a constant.
"""

import json
import os
import zlib

import numpy as np


def uniform(name, shape, bound):
    """float32 array, uniform in -bound..bound, seeded by `name`."""
    source = np.random.RandomState(zlib.crc32(name.encode()))
    unit = source.random_sample(int(np.prod(shape))) * 2.0 - 1.0
    return (unit * bound).astype(np.float32).reshape(shape)


def weight(name, shape, gain=2.0, factor=1.0):
    """He initialisation: variance gain / fan-in, where 2 preserves the power through Relu.

    `factor` multiplies the amplitude: it stands for what BatchNormalization would have learned.
    """
    fan_in = int(np.prod(shape[1:]))
    return name, uniform(name, shape, float(np.sqrt(3.0 * gain / fan_in)) * factor)


def bias(name, size, bound=0.1, offset=0.0):
    return name, uniform(name, (size,), bound) + np.float32(offset)


def load_gains(folder):
    """The table that tune.py wrote beside a recipe: parameter name -> factor of its weight."""
    with open(os.path.join(folder, "gains.json"), encoding="utf-8") as f:
        return json.load(f)
