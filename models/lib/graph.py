"""Build ONNX graphs with the node and value names that PyTorch's exporter gives."""

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper

OPSET = 17
IR_VERSION = 8


class Graph:
    """Nodes, initializers and constants in the order of execution."""

    def __init__(self, name):
        self.name = name
        self.nodes, self.weights = [], []
        self.names = {}

    def unique(self, stem):
        """`stem`, `stem_1`, `stem_2`, ... in the order of the calls."""
        count = self.names.get(stem, 0)
        self.names[stem] = count + 1
        return f"{stem}_{count}" if count else stem

    def init(self, name, array):
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def add(self, op, inputs, scope="", outputs=1, output=None, **attrs):
        """Append a node; returns the name of its output, or a list if it has several."""
        node = self.unique(f"/{scope}/{op}" if scope else f"/{op}")
        names = [output] if output else [f"{node}_output_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(op, inputs, names, name=node, **attrs))
        return names[0] if len(names) == 1 else names

    def constant(self, array, scope=""):
        """A Constant node, as the exporter writes scalars, shapes and axes."""
        value = numpy_helper.from_array(np.asarray(array))
        return self.add("Constant", [], scope, value=value)

    def conv(self, x, scope, weight, bias=None, stride=1, group=1, pad=None):
        """Conv; `weight` and `bias` are (name, array); `pad` defaults to half the kernel."""
        kernel = weight[1].shape[2:]
        pads = [k // 2 for k in kernel] if pad is None else [pad] * 2
        inputs = [x, self.init(*weight)] + ([self.init(*bias)] if bias is not None else [])
        return self.add("Conv", inputs, scope, dilations=[1, 1], group=group,
                        kernel_shape=list(kernel), pads=pads * 2, strides=[stride] * 2)  # fmt: skip

    def gemm(self, x, scope, weight, bias, output=None):
        """Gemm with the [outputs, inputs] weight of torch.nn.Linear."""
        inputs = [x, self.init(*weight), self.init(*bias)]
        return self.add("Gemm", inputs, scope, output=output, alpha=1.0, beta=1.0, transB=1)

    def clip6(self, x, scope):
        """ReLU6 as the exporter writes it."""
        low, high = self.constant(np.float32(0), scope), self.constant(np.float32(6), scope)
        return self.add("Clip", [x, low, high], scope)

    def model(self, inputs, outputs):
        """ModelProto; `inputs` and `outputs` are lists of (name, dtype, shape)."""

        def info(entries):
            return [
                helper.make_tensor_value_info(n, TensorProto.DataType.Value(t), s)
                for n, t, s in entries
            ]

        graph = helper.make_graph(self.nodes, self.name, info(inputs), info(outputs), self.weights)
        opset = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(
            graph, opset_imports=opset, ir_version=IR_VERSION, producer_name="vernier-models"
        )
        checker.check_model(model)
        return model


def fold_batch_norm(weight, scale, bias, mean, var, eps):
    """(weight, bias) of a Conv with the BatchNormalization after it folded in."""
    factor = scale.astype(np.float64) / np.sqrt(var.astype(np.float64) + eps)
    folded = weight * factor.reshape(-1, *[1] * (weight.ndim - 1))
    return folded.astype(np.float32), (bias - mean * factor).astype(np.float32)
