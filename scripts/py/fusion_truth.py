"""What ONNX Runtime and OpenVINO made of each node of a quantized file: on integers, or not.

ONNX Runtime: the optimized graph that it writes (level EXTENDED). A node is integer when it, or what
its result became part of, is a QLinear... (or QGemm, MatMulIntegerToFloat ...) operator or one that
moves 8-bit tensors. OpenVINO: the runtime model; a node is integer when the operator of the runtime
that names it among its original layers has the runtime precision u8 or i8.
"""

import os
import tempfile

import onnx
from onnx import TensorProto

SMALL = {TensorProto.UINT8, TensorProto.INT8, TensorProto.UINT16, TensorProto.INT16}
INTEGER_OPS = {"QGemm", "MatMulIntegerToFloat", "ConvInteger", "MatMulInteger"}
# Their results have the type of this input.
MOVERS = {name: 0 for name in (
    "Reshape", "Transpose", "Squeeze", "Unsqueeze", "Flatten", "Gather", "GatherElements", "Slice",
    "Expand", "Tile", "MaxPool", "ReduceMax", "ReduceMin", "Resize", "DepthToSpace", "SpaceToDepth",
    "Split", "Concat", "Identity", "Pad", "Clip")}  # fmt: skip
MOVERS["Where"] = 1
LONGEST_WAY = 60


def is_integer_op(node):
    return node.op_type.startswith("QLinear") or node.op_type in INTEGER_OPS


class Original:
    """The file: who reads and makes what."""

    def __init__(self, path):
        self.model = onnx.load(path, load_external_data=False)
        self.nodes = list(self.model.graph.node)
        self.maker = {o: n for n in self.nodes for o in n.output}
        self.readers = {}
        for node in self.nodes:
            for name in node.input:
                self.readers.setdefault(name, []).append(node)


def optimized_by_onnxruntime(path):
    import onnxruntime as ort

    with tempfile.TemporaryDirectory(prefix="vernier-fusion-") as folder:
        target = os.path.join(folder, "optimized.onnx")
        options = ort.SessionOptions()
        options.log_severity_level = 4
        options.intra_op_num_threads = 1
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
        options.optimized_model_filepath = target
        ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        return onnx.load(target)


def types_of(graph):
    """Tensor name -> type, as far as 8 bits matter."""
    types = {i.name: i.data_type for i in graph.initializer}
    types.update({i.name: i.type.tensor_type.elem_type for i in graph.input})
    for node in graph.node:
        for output in node.output:
            if node.op_type == "QuantizeLinear":
                zero = node.input[2] if len(node.input) > 2 else ""
                types[output] = types.get(zero, TensorProto.UINT8)
            elif node.op_type == "MatMulIntegerToFloat":
                types[output] = TensorProto.FLOAT
            elif is_integer_op(node):
                types[output] = TensorProto.UINT8
            elif node.op_type in MOVERS:
                types[output] = types.get(node.input[MOVERS[node.op_type]], TensorProto.FLOAT)
            else:
                types[output] = TensorProto.FLOAT
    return types


def onnxruntime_verdicts(path):
    """Node name -> True for integer."""
    original = Original(path)
    graph = optimized_by_onnxruntime(path).graph
    by_name = {n.name: n for n in graph.node if n.name}
    maker = {o: n for n in graph.node for o in n.output}
    types = types_of(graph)

    def integer(node):
        if is_integer_op(node):
            return True
        if node.op_type in ("QuantizeLinear", "DequantizeLinear"):
            return False
        # A Gemm made of MatMul and Add stands between two Reshapes.
        if node.op_type == "Reshape" and node.name not in {n.name for n in original.nodes}:
            node = maker.get(node.input[0], node)
            if is_integer_op(node):
                return True
        return types.get(node.output[0]) in SMALL

    verdicts = {}
    for node in original.nodes:
        if node.op_type in ("QuantizeLinear", "DequantizeLinear", "Constant"):
            continue
        if node.name in by_name:
            verdicts[node.name] = integer(by_name[node.name])
            continue
        at, result = node, None
        for _ in range(LONGEST_WAY):  # to what it became part of
            if at.op_type == "DequantizeLinear":
                # The Q behind it got another name: what stood in front of it stays in force.
                result = verdicts.get(getattr(original.maker.get(node.input[0]), "name", None))
                break
            if at.output[0] in maker:
                result = integer(maker[at.output[0]])
                break
            readers = original.readers.get(at.output[0], [])
            if not readers:
                break
            at = readers[0]
        if result is not None:
            verdicts[node.name] = result
    return verdicts


_core = None


def runtime_model(path):
    global _core
    import openvino

    _core = _core or openvino.Core()
    options = {
        "INFERENCE_PRECISION_HINT": "f32",
        "INFERENCE_NUM_THREADS": 1,
        "NUM_STREAMS": 1,
    }
    return _core.compile_model(_core.read_model(path), "CPU", options).get_runtime_model()


def openvino_verdicts(path):
    """Node name -> True for integer."""
    original = Original(path)
    layers = {}
    for op in runtime_model(path).get_ordered_ops():
        info = op.get_rt_info()
        kind = info["layerType"].astype(str)
        if kind in ("Const", "Input", "Output"):
            continue
        precision = info["runtimePrecision"].astype(str)
        for name in info["originalLayersNames"].astype(str).split(","):
            layers.setdefault(name, precision in ("u8", "i8"))

    def layer_of(node):
        names = [node.name, *node.output, f"{node.output[0]}_original", f"{node.name}/WithoutBiases"]
        return next((layers[n] for n in names if n in layers), None)

    verdicts = {}
    for node in original.nodes:
        if node.op_type in ("QuantizeLinear", "DequantizeLinear", "Constant"):
            continue
        at, result = node, layer_of(node)
        for _ in range(LONGEST_WAY):  # taken away: what it became part of
            if result is not None:
                break
            readers = original.readers.get(at.output[0], [])
            if not readers:
                break
            at = readers[0]
            result = layer_of(at)
        if result is not None:
            verdicts[node.name] = result
    return verdicts
