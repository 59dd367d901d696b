"""ResNet (He et al. 2015) as torchvision builds it and PyTorch exports it: BN folded into Conv."""

from . import seeded
from .graph import Graph


class Builder:
    def __init__(self, name):
        self.graph = Graph(name)

    def conv(self, x, scope, name, cin, cout, k, stride=1, gain=2.0):
        """Conv whose weights stand for a Conv and BatchNormalization folded together."""
        weight = seeded.weight(f"{name}.weight", (cout, cin, k, k), gain)
        return self.graph.conv(x, scope, weight, seeded.bias(f"{name}.bias", cout), stride)

    def block(self, x, stage, index, cin, width, expansion, stride):
        path = f"layer{stage}.{index}"
        scope = f"layer{stage}/{path}"
        g, cout = self.graph, width * expansion
        if expansion == 1:
            shapes = [(cin, width, 3, stride), (width, cout, 3, 1)]
        else:
            shapes = [(cin, width, 1, 1), (width, width, 3, stride), (width, cout, 1, 1)]
        y = x
        for i, (a, b, k, s) in enumerate(shapes):
            last = i + 1 == len(shapes)
            # A quieter last convolution keeps the sum over many blocks in range.
            gain = 0.2 if last else 2.0
            y = self.conv(y, f"{scope}/conv{i + 1}", f"{path}.conv{i + 1}", a, b, k, s, gain)
            if not last:
                y = g.add("Relu", [y], f"{scope}/relu" + (f"_{i}" if i else ""))
        if stride != 1 or cin != cout:
            at, name = f"{scope}/downsample/downsample.0", f"{path}.downsample.0"
            x = self.conv(x, at, name, cin, cout, 1, stride, 1.6)
        y = g.add("Add", [y, x], scope)
        return g.add("Relu", [y], f"{scope}/relu_{len(shapes) - 1}")


def build(name, depths, expansion):
    """ModelProto: input [N,3,224,224], output [N,1000]."""
    b = Builder(name)
    g = b.graph
    x = b.conv("input", "conv1", "conv1", 3, 64, 7, 2)
    x = g.add("Relu", [x], "relu")
    x = g.add("MaxPool", [x], "maxpool", ceil_mode=0, dilations=[1, 1], kernel_shape=[3, 3],
              pads=[1, 1, 1, 1], strides=[2, 2])  # fmt: skip
    cin = 64
    for stage, depth in enumerate(depths, 1):
        width = 64 << (stage - 1)
        for i in range(depth):
            stride = 2 if i == 0 and stage > 1 else 1
            x = b.block(x, stage, i, cin, width, expansion, stride)
            cin = width * expansion
    x = g.add("GlobalAveragePool", [x], "avgpool")
    x = g.add("Flatten", [x], axis=1)
    weight = seeded.weight("fc.weight", (1000, cin), 1.0)
    g.gemm(x, "fc", weight, seeded.bias("fc.bias", 1000), "output")
    return g.model([("input", "FLOAT", ["N", 3, 224, 224])], [("output", "FLOAT", ["N", 1000])])
