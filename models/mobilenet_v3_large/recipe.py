"""MobileNetV3-Large with seeded weights, as torchvision's model comes out of PyTorch's exporter."""

import os

from lib import seeded
from lib.graph import Graph

# kernel, expanded channels, output channels, squeeze-excitation, hard-swish, stride
BLOCKS = (
    (3, 16, 16, False, False, 1),
    (3, 64, 24, False, False, 2),
    (3, 72, 24, False, False, 1),
    (5, 72, 40, True, False, 2),
    (5, 120, 40, True, False, 1),
    (5, 120, 40, True, False, 1),
    (3, 240, 80, False, True, 2),
    (3, 200, 80, False, True, 1),
    (3, 184, 80, False, True, 1),
    (3, 184, 80, False, True, 1),
    (3, 480, 112, True, True, 1),
    (3, 672, 112, True, True, 1),
    (5, 672, 160, True, True, 2),
    (5, 960, 160, True, True, 1),
    (5, 960, 160, True, True, 1),
)
HARD_SIGMOID_ALPHA = 0.1666666716337204  # 1/6 in float32, as the exporter writes it


def make_divisible(v, divisor=8):
    rounded = max(divisor, int(v + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * v else rounded


class Builder:
    def __init__(self, gains):
        self.graph, self.gains = Graph("mobilenet_v3_large"), gains

    def weight(self, name, shape):
        return seeded.weight(name, shape, 1.0, self.gains.get(name, 1.0))

    def conv(self, x, scope, name, cin, cout, k=1, stride=1, group=1):
        weight = self.weight(f"{name}.weight", (cout, cin // group, k, k))
        return self.graph.conv(x, scope, weight, seeded.bias(f"{name}.bias", cout), stride, group)

    def conv_act(self, x, scope, name, cin, cout, act, k=1, stride=1, group=1):
        """torchvision's Conv2dNormActivation; `scope` ends in the path of the Sequential."""
        last = scope.split("/")[-1]
        x = self.conv(x, f"{scope}/{last}.0", f"{name}.0", cin, cout, k, stride, group)
        return self.graph.add(act, [x], f"{scope}/{last}.2") if act else x

    def squeeze_excite(self, x, scope, name, c):
        g, mid = self.graph, make_divisible(c // 4)
        s = g.add("GlobalAveragePool", [x], f"{scope}/avgpool")
        s = self.conv(s, f"{scope}/fc1", f"{name}.fc1", c, mid)
        s = g.add("Relu", [s], f"{scope}/activation")
        s = self.conv(s, f"{scope}/fc2", f"{name}.fc2", mid, c)
        s = g.add("HardSigmoid", [s], f"{scope}/scale_activation", alpha=HARD_SIGMOID_ALPHA)
        return g.add("Mul", [s, x], scope)

    def block(self, x, index, cin, k, mid, cout, squeeze, swish, stride):
        name, act = f"features.{index}", "HardSwish" if swish else "Relu"
        residual = x if stride == 1 and cin == cout else None
        i = 0

        def path():
            return f"features/{name}/block/block.{i}", f"{name}.block.{i}"

        if mid != cin:
            x = self.conv_act(x, *path(), cin, mid, act)
            i += 1
        x = self.conv_act(x, *path(), mid, mid, act, k, stride, group=mid)
        i += 1
        if squeeze:
            x = self.squeeze_excite(x, *path(), mid)
            i += 1
        x = self.conv_act(x, *path(), mid, cout, None)
        return self.graph.add("Add", [x, residual], f"features/{name}") if residual else x


def target(name):
    """Standard deviation that tune.py gives the output of the layer with this weight."""
    if name == "classifier.3.weight" or name.endswith(".fc2.weight"):
        return 2.0
    return 1.0


def build(gains):
    """ModelProto: input [N,3,224,224], output [N,1000]."""
    b = Builder(gains)
    g = b.graph
    x = b.conv_act("input", "features/features.0", "features.0", 3, 16, "HardSwish", 3, 2)
    cin = 16
    for index, (k, mid, cout, squeeze, swish, stride) in enumerate(BLOCKS, 1):
        x = b.block(x, index, cin, k, mid, cout, squeeze, swish, stride)
        cin = cout
    x = b.conv_act(x, "features/features.16", "features.16", cin, 960, "HardSwish")
    x = g.add("GlobalAveragePool", [x], "avgpool")
    x = g.add("Flatten", [x], axis=1)
    for index, (k, m, output) in ((0, (960, 1280, None)), (3, (1280, 1000, "output"))):
        name = f"classifier.{index}"
        weight = b.weight(f"{name}.weight", (m, k))
        x = g.gemm(x, f"classifier/{name}", weight, seeded.bias(f"{name}.bias", m), output)
        if not output:
            x = g.add("HardSwish", [x], "classifier/classifier.1")
    return g.model([("input", "FLOAT", ["N", 3, 224, 224])], [("output", "FLOAT", ["N", 1000])])


def make(sources):
    return build(seeded.load_gains(os.path.dirname(__file__))).SerializeToString()
