"""MobileNetV2 with torchvision's ImageNet weights; BatchNormalization stays in the graph.

The state dict is torchvision's mobilenet_v2-b0353104.pth (IMAGENET1K_V1, 71.88 % top-1).
"""

from lib import torch_pickle
from lib.graph import Graph

# expansion, output channels, repeats, stride of the first
STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
# 1e-5 and 0.9 in float32, as the exporter writes them
BN_EPSILON, BN_MOMENTUM = 9.999999747378752e-06, 0.8999999761581421


class Builder:
    def __init__(self, state):
        self.graph, self.state = Graph("mobilenet_v2"), state

    def conv_bn(self, x, scopes, names, stride=1, group=1):
        """Conv and BatchNormalization; `scopes` and `names` are those of the two modules."""
        g, weight = self.graph, self.state[f"{names[0]}.weight"]
        x = g.conv(x, scopes[0], (f"{names[0]}.weight", weight), None, stride, group)
        parts = (f"{names[1]}.{p}" for p in ("weight", "bias", "running_mean", "running_var"))
        inputs = [x] + [g.init(n, self.state[n]) for n in parts]
        return g.add("BatchNormalization", inputs, scopes[1], epsilon=BN_EPSILON,
                     momentum=BN_MOMENTUM, training_mode=0)  # fmt: skip

    def conv_bn_clip(self, x, scope, name, stride=1, group=1):
        """torchvision's Conv2dNormActivation with ReLU6."""
        last = scope.split("/")[-1]
        scopes = [f"{scope}/{last}.{i}" for i in range(3)]
        x = self.conv_bn(x, scopes, (f"{name}.0", f"{name}.1"), stride, group)
        return self.graph.clip6(x, scopes[2])

    def block(self, x, index, cin, cout, expansion, stride):
        name = f"features.{index}.conv"
        scope = f"features/features.{index}/conv"
        mid, y, i = cin * expansion, x, 0
        if expansion != 1:
            y = self.conv_bn_clip(y, f"{scope}/conv.{i}", f"{name}.{i}")
            i += 1
        y = self.conv_bn_clip(y, f"{scope}/conv.{i}", f"{name}.{i}", stride, group=mid)
        i += 1
        scopes = (f"{scope}/conv.{i}", f"{scope}/conv.{i + 1}")
        y = self.conv_bn(y, scopes, (f"{name}.{i}", f"{name}.{i + 1}"))
        if stride == 1 and cin == cout:
            y = self.graph.add("Add", [x, y], f"features/features.{index}")
        return y


def make(sources):
    state = torch_pickle.load_state_dict(sources["mobilenet_v2-b0353104.pth"])
    b = Builder(state)
    g = b.graph
    x = b.conv_bn_clip("input", "features/features.0", "features.0", 2)
    cin, index = 32, 1
    for expansion, cout, repeats, stride in STAGES:
        for i in range(repeats):
            x = b.block(x, index, cin, cout, expansion, stride if i == 0 else 1)
            cin, index = cout, index + 1
    x = b.conv_bn_clip(x, "features/features.18", "features.18")
    x = g.add("GlobalAveragePool", [x])
    x = g.add("Flatten", [x], axis=1)
    weight, bias = ((n, state[n]) for n in ("classifier.1.weight", "classifier.1.bias"))
    g.gemm(x, "classifier/classifier.1", weight, bias, "output")
    return g.model(
        [("input", "FLOAT", ["N", 3, 224, 224])], [("output", "FLOAT", ["N", 1000])]
    ).SerializeToString()
