"""NNCF's quantizer over samples in an .npz file (one sample an entry of the first axis):

    python nncf_quantize.py MODEL TARGET SAMPLES.npz
"""

import pathlib
import sys


def quantize(model, target, samples, fast):
    """`samples`: a list of dicts of input -> array."""
    import nncf
    import onnx

    kind = {"model_type": nncf.ModelType.TRANSFORMER} if "minilm" in pathlib.Path(model).name else {}
    made = nncf.quantize(
        onnx.load(model),
        nncf.Dataset(samples),
        subset_size=len(samples),
        fast_bias_correction=fast,
        preset=nncf.QuantizationPreset.MIXED,
        **kind,
    )
    onnx.save(made, target)


def main():
    import numpy as np

    model, target, path = sys.argv[1:]
    with np.load(path, allow_pickle=False) as data:
        count = len(data[data.files[0]])
        samples = [{name: data[name][i : i + 1] for name in data.files} for i in range(count)]
    quantize(model, target, samples, True)


if __name__ == "__main__":
    main()
