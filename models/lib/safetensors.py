"""Read the float32 tensors of a safetensors file with numpy."""

import json
import struct

import numpy as np


def load(data):
    """dict of name -> float32 array (views of `data`); other dtypes are left out."""
    (size,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + size])
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__" or entry["dtype"] != "F32":
            continue
        begin, end = entry["data_offsets"]
        array = np.frombuffer(data, "<f4", (end - begin) // 4, 8 + size + begin)
        tensors[name] = array.reshape(entry["shape"])
    return tensors
