"""Quantized files for check_fusion.py: made by the quantizers, and with rules broken on purpose."""

import os
import subprocess

import harness
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from places import models_directory

SAMPLES = 2
SIZES = {
    "mobilenet_v2": (3, 224, 224),
    "mobilenet_v3_large": (3, 224, 224),
    "resnet18": (3, 224, 224),
    "yolov8n": (3, 640, 640),
    "ppocr_v4_det": (3, 160, 160),
}


def samples_of(name, model):
    """Random numbers: ranges decide about accuracy, not about which rules hold."""
    chance = np.random.default_rng(7)
    if name == "minilm_l6":
        shape = (SAMPLES, 16)
        return {
            "input_ids": chance.integers(1000, 20000, shape),
            "attention_mask": np.ones(shape, np.int64),
            "token_type_ids": np.zeros(shape, np.int64),
        }
    size = (SAMPLES, *SIZES[name])
    return {model.graph.input[0].name: chance.random(size).astype(np.float32)}


def name_nodes(model):
    """Verdicts are matched by node name."""
    for i, node in enumerate(model.graph.node):
        node.name = node.name or f"{node.op_type}_{i}"


def by_vernier(program, name, target, path):
    source = str(models_directory() / f"{name}.onnx")
    data = path + ".npz"
    np.savez(data, **samples_of(name, onnx.load(source, load_external_data=False)))
    command = [program, "quantize", source, path, "--data", data, "--target", target, "--samples",
               str(SAMPLES), "--judge", "0", "--range", "minmax", "--bias-correction", "fast",
               "--threads", "1", "-q"]  # fmt: skip
    if name == "ppocr_v4_det":
        command += ["--shape", "x=1x3x160x160"]
    done = subprocess.run(command, capture_output=True, text=True)
    os.unlink(data)
    if done.returncode != 0:
        raise harness.HarnessError(f"vernier quantize {name}: {done.stderr.strip()[:300]}")
    model = onnx.load(path)
    name_nodes(model)
    onnx.save(model, path)


class Reader:
    """ONNX Runtime's CalibrationDataReader."""

    def __init__(self, samples):
        self.samples, self.at = samples, 0

    def get_next(self):
        if self.at == SAMPLES:
            return None
        self.at += 1
        return {k: v[self.at - 1 : self.at] for k, v in self.samples.items()}


def by_onnxruntime(name, path, form="QDQ", activations="QUInt8"):
    import logging

    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static

    logging.getLogger().setLevel(logging.ERROR)
    model = onnx.load(str(models_directory() / f"{name}.onnx"))
    name_nodes(model)
    source = path + ".src"
    onnx.save(model, source)
    quantize_static(
        source,
        path,
        Reader(samples_of(name, model)),
        quant_format=getattr(QuantFormat, form),
        per_channel=True,
        activation_type=getattr(QuantType, activations),
        weight_type=QuantType.QInt8,
    )
    os.unlink(source)
    model = onnx.load(path)
    name_nodes(model)
    onnx.save(model, path)


# ------------------------------------------------------------------ breaks in real files


class Editor:
    def __init__(self, path):
        self.model = onnx.load(path)
        self.graph = self.model.graph
        self.constants = {i.name: i for i in self.graph.initializer}
        self.count = 0

    def of(self, op):
        return [n for n in self.graph.node if n.op_type == op]

    def maker(self, name):
        return next((n for n in self.graph.node if name in n.output), None)

    def readers(self, name):
        return [n for n in self.graph.node if name in n.input]

    def add(self, array):
        self.count += 1
        name = f"planted_{self.count}"
        self.graph.initializer.append(numpy_helper.from_array(np.asarray(array), name))
        self.constants[name] = self.graph.initializer[-1]
        return name

    def array(self, name):
        return numpy_helper.to_array(self.constants[name])

    def pair_behind(self, node):
        """(Q, DQs) behind a node or behind the Relu or Clip that follows it."""
        readers = self.readers(node.output[0])
        if len(readers) == 1 and readers[0].op_type in ("Relu", "Clip"):
            readers = self.readers(readers[0].output[0])
        if len(readers) != 1 or readers[0].op_type != "QuantizeLinear":
            return None
        return readers[0], self.readers(readers[0].output[0])

    def drop_pair(self, node):
        pair = self.pair_behind(node)
        if pair is None:
            return
        q, dqs = pair
        for dq in dqs:
            for reader in self.readers(dq.output[0]):
                for i, name in enumerate(reader.input):
                    if name == dq.output[0]:
                        reader.input[i] = q.input[0]
            self.graph.node.remove(dq)
        self.graph.node.remove(q)

    def set_parameters(self, node, scale=1.0, shift=0):
        pair = self.pair_behind(node)
        if pair is None:
            return
        q, dqs = pair
        new_scale = self.add(self.array(q.input[1]) * np.float32(scale))
        zero = self.array(q.input[2])
        new_zero = self.add((zero.astype(np.int64) + shift).astype(zero.dtype))
        for node_ in (q, *dqs):
            node_.input[1], node_.input[2] = new_scale, new_zero

    def unsigned_weight(self, node):
        dq = self.maker(node.input[1])
        weight = self.array(dq.input[0]).astype(np.int64) + 128
        scale = self.array(dq.input[1])
        dq.input[0] = self.add(weight.astype(np.uint8))
        dq.input[2] = self.add(np.full(scale.shape, 128, np.uint8))

    def float_weight(self, node):
        dq = self.maker(node.input[1])
        weight, scale = self.array(dq.input[0]), self.array(dq.input[1])
        shape = (-1,) + (1,) * (weight.ndim - 1) if scale.ndim else ()
        node.input[1] = self.add((weight * scale.reshape(shape)).astype(np.float32))

    def scaled_bias(self, node, factor=2.0):
        dq = self.maker(node.input[2]) if len(node.input) > 2 else None
        if dq is not None:
            dq.input[1] = self.add(self.array(dq.input[1]) * np.float32(factor))

    def float_bias(self, node):
        dq = self.maker(node.input[2]) if len(node.input) > 2 else None
        if dq is not None:
            bias = self.array(dq.input[0]) * self.array(dq.input[1])
            node.input[2] = self.add(bias.astype(np.float32))

    def make_output(self, node):
        self.graph.output.append(helper.make_tensor_value_info(node.output[0], 1, None))

    def save(self, path):
        onnx.save(self.model, path)


def break_resnet(path):
    edit = Editor(path)
    convs = edit.of("Conv")
    for conv in convs[3:5]:
        edit.drop_pair(conv)
    for conv in convs[6:8]:
        edit.set_parameters(conv, shift=9)
    edit.unsigned_weight(convs[9])
    edit.scaled_bias(convs[10])
    edit.float_bias(convs[11])
    edit.float_weight(convs[12])
    edit.make_output(convs[14])
    edit.set_parameters(edit.of("MaxPool")[0], scale=1.25)
    edit.set_parameters(edit.of("Add")[2], scale=1.5)
    edit.save(path)


def break_mobilenet(path):
    edit = Editor(path)
    convs = edit.of("Conv")
    for conv in convs[5:30:6]:
        edit.drop_pair(conv)
    for conv in convs[8:30:7]:
        edit.unsigned_weight(conv)
    for conv in convs[10:40:9]:
        edit.scaled_bias(conv)
    for node in edit.of("GlobalAveragePool")[:2]:
        edit.drop_pair(node)
    for node in edit.of("HardSwish")[3:6]:
        edit.set_parameters(node, scale=1.5)
    edit.save(path)


def break_yolo(path):
    edit = Editor(path)
    convs = edit.of("Conv")
    for conv in convs[10:30:5]:
        edit.drop_pair(conv)
    for node in edit.of("Sigmoid")[30:36:2]:
        edit.drop_pair(node)
    for conv in convs[40:44]:
        edit.scaled_bias(conv)
    for node in edit.of("Concat")[2:4]:
        edit.drop_pair(node)
    for node in edit.of("MaxPool")[:1]:
        edit.set_parameters(node, scale=1.25)
    for node in edit.of("Resize")[:1]:
        edit.set_parameters(node, scale=1.25)
    for node in edit.of("Resize")[1:2]:
        mode = next(a for a in node.attribute if a.name == "mode")
        mode.s = b"linear"
    edit.save(path)


# ------------------------------------------------------------------ small branches, one break each


class Branches:
    """A stem, x -> Conv -> Q/DQ, and branches behind it, each one a way of doing it right or wrong."""

    def __init__(self, opset=17):
        self.nodes, self.constants, self.outputs, self.count = [], [], [], 0
        self.opset = opset
        self.chance = np.random.default_rng(3)
        self.stem = self.pair(self.conv(self.pair("x"), "stem"))

    def const(self, array):
        self.count += 1
        name = f"c{self.count}"
        self.constants.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def op(self, kind, inputs, name=None, outputs=1, **attributes):
        self.count += 1
        name = name or f"{kind}_{self.count}"
        made = [f"{name}_y{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs, made, name=name, **attributes))
        return made[0] if outputs == 1 else made

    def pair(self, x, scale=0.02, zero=128, kind=np.uint8, written=True):
        zeros = [self.const(kind(zero))] if written else []
        q = self.op("QuantizeLinear", [x, self.const(np.float32(scale)), *zeros])
        return self.op("DequantizeLinear", [q, self.const(np.float32(scale)), *zeros])

    def weight(self, shape, axis=0, kind=np.int8, zero=0, scale=None):
        values = self.chance.integers(-100, 100, shape)
        if scale is None:
            scale = self.chance.uniform(0.005, 0.02, shape[axis]).astype(np.float32)
        self.last_scale = np.asarray(scale, np.float32)
        values = (values + zero if kind == np.int8 else values + 128).astype(kind)
        zeros = np.full(self.last_scale.shape, zero if kind == np.int8 else 128, kind)
        extra = {"axis": axis} if self.last_scale.ndim else {}
        inputs = [self.const(values), self.const(self.last_scale), self.const(zeros)]
        return self.op("DequantizeLinear", inputs, **extra)

    def bias(self, count, factor=1.0, x_scale=0.02):
        scale = (self.last_scale * np.float32(x_scale * factor)).astype(np.float32)
        values = self.chance.integers(-500, 500, count).astype(np.int32)
        extra = {"axis": 0} if scale.ndim else {}
        inputs = [self.const(values), self.const(scale), self.const(np.zeros(scale.shape, np.int32))]
        return self.op("DequantizeLinear", inputs, **extra)

    def conv(self, x, name, bias="int32", channels=16, size=3, **weight):
        shape = (channels, 16, size, size)
        inputs = [x, self.weight(shape, **weight)]
        if bias == "int32":
            inputs.append(self.bias(channels))
        elif bias == "wrong":
            inputs.append(self.bias(channels, 2.0))
        elif bias == "float":
            inputs.append(self.const(self.chance.random(channels).astype(np.float32)))
        return self.op("Conv", inputs, name, pads=[size // 2] * 4)

    def end(self, value):
        """The branch ends in a convolution, so that runtimes see integers asked for."""
        self.outputs.append(self.conv(value, f"end_{len(self.outputs)}", bias="none"))

    def done(self, value):
        self.outputs.append(value)

    def save(self, path):
        x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 16, 16, 16])
        outputs = [helper.make_tensor_value_info(o, TensorProto.FLOAT, None) for o in self.outputs]
        graph = helper.make_graph(self.nodes, "planted", [x], outputs, self.constants)
        opsets = [helper.make_opsetid("", self.opset)]
        onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=9), path)


def plant_convolutions(path):
    b = Branches(opset=21)
    s = b.stem
    b.end(b.pair(b.conv(s, "good")))
    b.end(b.pair(b.op("Relu", [b.conv(s, "relu_ok")], "relu_ok_relu"), 0.03, 0))
    b.end(b.pair(b.op("Relu", [b.conv(s, "relu_bad")], "relu_bad_relu"), 0.03, 20))
    clip = [b.const(np.float32(0)), b.const(np.float32(6))]
    b.end(b.pair(b.op("Clip", [b.conv(s, "clip_ok"), *clip], "clip_ok_clip"), 6 / 255, 0))
    b.end(b.pair(b.op("Clip", [b.conv(s, "clip_bad"), *clip], "clip_bad_clip"), 8 / 255, 0))
    b.end(b.conv(s, "no_q"))
    b.end(b.pair(b.op("HardSwish", [b.conv(s, "hard_swish")], "hard_swish_act")))
    mid = b.conv(s, "swish")
    b.end(b.pair(b.op("Mul", [mid, b.op("Sigmoid", [mid], "swish_sigmoid")], "swish_mul")))
    b.end(b.pair(b.conv(s, "bias_wrong", bias="wrong")))
    b.end(b.pair(b.conv(s, "bias_float", bias="float")))
    b.end(b.pair(b.conv(s, "weight_u8", kind=np.uint8)))
    b.end(b.pair(b.conv(s, "weight_zero", zero=3)))
    b.end(b.pair(b.conv(s, "weight_tensor", scale=0.01)))
    b.end(b.pair(b.conv(s, "weight_axis", bias="float", axis=1)))
    both = b.conv(s, "q_and_more")
    b.end(b.pair(both))
    b.done(b.op("Exp", [both], "q_and_more_exp"))
    out = b.conv(s, "graph_output")
    b.end(b.pair(out))
    b.done(out)
    two = b.conv(s, "two_q")
    b.end(b.pair(two))
    b.end(b.pair(two, 0.05))
    b.end(b.pair(b.conv(s, "wide"), 0.0002, 30000, np.uint16))
    wide = b.pair(b.conv(s, "to_wide"), 0.0002, 30000, np.uint16)
    b.done(b.pair(b.op("Conv", [wide, b.weight((16, 16, 1, 1))], "from_wide")))
    b.end(b.pair(b.conv(s, "signed"), 0.04, 0, np.int8))
    b.end(b.pair(b.op("Relu", [b.conv(s, "signed_relu")], "signed_relu_relu"), 0.04, 0, np.int8))
    b.end(b.pair(b.conv(s, "zero_left_out"), 0.04, 0, written=False))
    floats = b.const(b.chance.random((16, 16, 3, 3)).astype(np.float32))
    b.end(b.pair(b.op("Conv", [s, floats], "weight_float", pads=[1] * 4)))
    moved = b.op("Cast", [b.op("ReduceMin", ["x"], keepdims=0)], to=TensorProto.UINT8)
    q = b.op("QuantizeLinear", [b.conv(s, "before_moving_zero"), b.const(np.float32(0.02)), moved])
    q = b.op("DequantizeLinear", [q, b.const(np.float32(0.02)), moved])
    b.done(b.conv(q, "moving_zero"))
    b.save(path)


def plant_others(path):
    b = Branches(opset=14)
    s, ints = b.stem, lambda *v: b.const(np.array(v, np.int64))
    scales = [b.const(np.zeros(0, np.float32)), b.const(np.array([1, 1, 2, 2], np.float32))]
    other = b.pair(b.conv(s, "other"), 0.03)
    b.end(b.pair(b.op("Add", [s, other], "add"), 0.04))
    b.end(b.pair(b.op("Add", [s, b.const(np.float32(0.5))], "add_float_constant"), 0.04))
    b.end(b.op("Add", [s, other], "add_no_q"))
    b.end(b.pair(b.op("Mul", [s, other], "mul"), 0.04))
    b.end(b.pair(b.op("Sub", [s, other], "sub"), 0.04))
    b.end(b.pair(b.op("Relu", [b.op("Add", [s, other], "add_relu")], "add_relu_relu"), 0.04, 0))
    b.end(b.pair(b.op("MaxPool", [s], "pool", kernel_shape=[2, 2])))
    b.end(b.pair(b.op("MaxPool", [s], "pool_scale", kernel_shape=[2, 2]), 0.03))
    b.end(b.pair(b.op("AveragePool", [s], "mean", kernel_shape=[2, 2]), 0.03))
    b.end(b.pair(b.op("GlobalAveragePool", [s], "global"), 0.01))
    b.end(b.op("GlobalAveragePool", [s], "global_no_q"))
    joined = b.op("Concat", [s, other], "concat", axis=2)
    b.end(b.pair(joined, 0.04))
    b.end(b.op("Concat", [s, other], "concat_no_q", axis=2))
    b.end(b.pair(b.op("Resize", [s, *scales], "resize", mode="nearest")))
    b.end(b.pair(b.op("Resize", [s, *scales], "resize_linear", mode="linear")))
    b.end(b.pair(b.op("Softmax", [s], "softmax", axis=1), 1 / 256, 0))
    b.end(b.pair(b.op("Sigmoid", [s], "sigmoid"), 1 / 256, 0))
    b.end(b.pair(b.op("HardSigmoid", [s], "hard_sigmoid"), 1 / 256, 0))
    b.end(b.pair(b.op("HardSwish", [s], "hard_swish")))
    b.end(b.pair(b.op("LeakyRelu", [s], "leaky")))
    b.end(b.pair(b.op("Relu", [s], "relu_alone"), 0.02, 0))
    halves = b.op("Split", [s, ints(8, 8)], "split", outputs=2, axis=2)
    for half in halves:
        b.end(b.pair(half))
    halves = b.op("Split", [s, ints(8, 8)], "split_scale", outputs=2, axis=2)
    b.end(b.pair(halves[0]))
    b.end(b.pair(halves[1], 0.03))
    b.end(b.pair(b.op("Transpose", [s], "transpose", perm=[0, 1, 3, 2])))
    b.end(b.op("Transpose", [s], "transpose_no_q", perm=[0, 1, 3, 2]))
    flat = b.op("Reshape", [s, ints(1, 64, 64)], "reshape")
    m = b.op("MatMul", [flat, b.weight((64, 32), axis=1)], "matmul_no_q")
    b.done(b.op("Softmax", [m], "softmax_float"))
    flat = b.pair(b.op("Reshape", [s, ints(1, 64, 64)], "reshape_2"))
    b.done(b.pair(b.op("MatMul", [flat, b.weight((64, 32), axis=1)], "matmul"), 0.1))
    b.done(b.pair(b.op("MatMul", [flat, b.weight((64, 32), axis=0)], "matmul_axis"), 0.1))
    m = b.op("MatMul", [flat, b.weight((64, 32), axis=1)], "matmul_add")
    bias = b.const(b.chance.random(32).astype(np.float32))
    b.done(b.pair(b.op("Add", [m, bias], "matmul_add_add"), 0.1))
    m = b.op("MatMul", [flat, b.weight((64, 32), axis=1)], "matmul_add_no_q")
    b.done(b.op("Add", [m, bias], "matmul_add_no_q_add"))
    b.done(b.pair(b.op("MatMul", [flat, flat], "matmul_activations"), 0.5))
    matrix = b.pair(b.op("Reshape", [s, ints(16, 256)], "reshape_3"))
    for name, extra in (("gemm", {}), ("gemm_beta", {"beta": 0.5})):
        inputs = [matrix, b.weight((32, 256)), b.bias(32)]
        b.done(b.pair(b.op("Gemm", inputs, name, transB=1, **extra), 0.2))
    b.done(b.op("Gemm", [matrix, b.weight((32, 256)), b.bias(32)], "gemm_no_q", transB=1))
    inputs = [matrix, b.weight((32, 256)), b.const(b.chance.random(32).astype(np.float32))]
    b.done(b.op("Gemm", inputs, "gemm_float_bias_no_q", transB=1))
    up = b.op("ConvTranspose", [s, b.weight((16, 16, 2, 2), axis=1)], "up", strides=[2, 2])
    b.end(b.pair(up, 0.1))
    norm = [b.const(np.ones(16, np.float32)), b.const(np.zeros(16, np.float32))]
    b.end(b.pair(b.op("InstanceNormalization", [s, *norm], "norm")))
    b.save(path)


def make_files(program, folder):
    """(name, path) of ten files and more; a file that is in `folder` already is kept."""
    table = [
        ("mobilenet_v2-ort", lambda p: by_onnxruntime("mobilenet_v2", p)),
        ("mobilenet_v3-vernier-ort", lambda p: by_vernier(program, "mobilenet_v3_large", "ort-cpu", p)),
        ("resnet18-vernier-openvino", lambda p: by_vernier(program, "resnet18", "openvino", p)),
        ("yolov8n-vernier-ort", lambda p: by_vernier(program, "yolov8n", "ort-cpu", p)),
        ("ppocr_det-ort", lambda p: by_onnxruntime("ppocr_v4_det", p)),
        ("minilm-vernier-openvino", lambda p: by_vernier(program, "minilm_l6", "openvino", p)),
        ("minilm-ort", lambda p: by_onnxruntime("minilm_l6", p)),
        ("resnet18-vernier-tensorrt", lambda p: by_vernier(program, "resnet18", "tensorrt", p)),
        ("resnet18-ort-qoperator", lambda p: by_onnxruntime("resnet18", p, form="QOperator")),
        ("ppocr_det-vernier-openvino", lambda p: by_vernier(program, "ppocr_v4_det", "openvino", p)),
        ("planted-resnet18", lambda p: (by_vernier(program, "resnet18", "ort-cpu", p), break_resnet(p))),
        ("planted-mobilenet_v3", lambda p: (by_onnxruntime("mobilenet_v3_large", p), break_mobilenet(p))),
        ("planted-yolov8n", lambda p: (by_vernier(program, "yolov8n", "ort-cpu", p), break_yolo(p))),
        ("planted-convolutions", plant_convolutions),
        ("planted-others", plant_others),
    ]  # fmt: skip
    for name, make in table:
        path = os.path.join(folder, f"{name}.onnx")
        if not os.path.exists(path):
            try:
                make(path)
            except Exception:
                if os.path.exists(path):
                    os.unlink(path)
                raise
        yield name, path
