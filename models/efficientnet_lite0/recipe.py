"""EfficientNet-Lite0 with ImageNet weights converted from TensorFlow (75.1 % top-1).

The state dict has the names of the efficientnet_pytorch family. As in TensorFlow, padding is
"same": an explicit Pad node before each convolution, uneven where the stride is 2. The
BatchNormalization (epsilon 1e-3) is folded into the convolutions, as PyTorch's exporter does.
"""

import numpy as np

from lib import torch_pickle
from lib.graph import Graph, fold_batch_norm

# repeats, kernel, stride of the first, expansion, output channels
STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
SIZE = 224
BN_EPSILON = 1e-3


class Builder:
    def __init__(self, state):
        self.graph, self.state, self.size = Graph("efficientnet_lite0"), state, SIZE

    def conv(self, x, scope, conv, norm, stride=1, group=1):
        """Pad (if any) and Conv with the BatchNormalization `norm` folded in."""
        parts = (f"{norm}.{p}" for p in ("weight", "bias", "running_mean", "running_var"))
        weight = self.state[f"{conv}.weight"]
        folded, bias = fold_batch_norm(weight, *(self.state[n] for n in parts), BN_EPSILON)
        g, k = self.graph, weight.shape[2]
        out = -(-self.size // stride)
        total = max((out - 1) * stride + k - self.size, 0)
        self.size = out
        if total:
            before, after = total // 2, total - total // 2
            pads = np.array([0, 0, before, before, 0, 0, after, after], np.int64)
            at = f"{scope}/static_padding"
            inputs = [x, g.constant(pads, at), g.constant(np.float32(0), at)]
            x = g.add("Pad", inputs, at, mode="constant")
        names = (f"{conv}.weight", f"{conv}.bias")
        return g.conv(x, scope, (names[0], folded), (names[1], bias), stride, group, pad=0)

    def block(self, x, index, stride, expansion, cin, cout):
        name, g, y = f"_blocks.{index}", self.graph, x
        scope = f"{name}"
        if expansion != 1:
            y = self.conv(y, f"{scope}/_expand_conv", f"{name}._expand_conv", f"{name}._bn0")
            y = g.clip6(y, f"{scope}/_relu")
        mid = cin * expansion
        y = self.conv(y, f"{scope}/_depthwise_conv", f"{name}._depthwise_conv", f"{name}._bn1",
                      stride, mid)  # fmt: skip
        y = g.clip6(y, f"{scope}/_relu")
        y = self.conv(y, f"{scope}/_project_conv", f"{name}._project_conv", f"{name}._bn2")
        return g.add("Add", [y, x], scope) if stride == 1 and cin == cout else y


def make(sources):
    state = torch_pickle.load_state_dict(sources["efficientnet-lite0-57934424.pth"])
    b = Builder(state)
    g = b.graph
    x = b.conv("input", "_conv_stem", "_conv_stem", "_bn0", 2)
    x = g.clip6(x, "_relu")
    cin, index = 32, 0
    for repeats, _, first, expansion, cout in STAGES:
        for i in range(repeats):
            x = b.block(x, index, first if i == 0 else 1, expansion, cin, cout)
            cin, index = cout, index + 1
    x = g.clip6(b.conv(x, "_conv_head", "_conv_head", "_bn1"), "_relu")
    x = g.add("GlobalAveragePool", [x], "_avg_pooling")
    x = g.add("Flatten", [x], axis=1)
    g.gemm(x, "_fc", ("_fc.weight", state["_fc.weight"]), ("_fc.bias", state["_fc.bias"]), "output")
    return g.model(
        [("input", "FLOAT", ["N", 3, SIZE, SIZE])], [("output", "FLOAT", ["N", 1000])]
    ).SerializeToString()
