"""What an ONNX file says about its inputs and outputs, for engines that lose the names, symbols or
types on their way in. Reads the few bytes it needs (the file is mapped, weights are stepped over).

Format: protobuf wire encoding and onnx.proto3 (ModelProto.graph = 7; GraphProto: initializer = 5,
input = 11, output = 12, sparse_initializer = 15; ValueInfoProto: name = 1, type = 2).
"""

import mmap

DTYPES = {
    1: "float", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64",
    8: "string", 9: "bool", 10: "float16", 11: "double", 12: "uint32", 13: "uint64",
    14: "complex64", 15: "complex128", 16: "bfloat16",
}


class Malformed(Exception):
    """The file is no ONNX model."""


def _varint(data, at):
    value = shift = 0
    while shift < 70:
        if at >= len(data):
            raise Malformed("the file ends within a number")
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
    raise Malformed("a number is too long")


def _fields(data, begin, end):
    """(number, value) of each field: an integer, or (begin, end) of a length-delimited one."""
    at = begin
    while at < end:
        key, at = _varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = _varint(data, at)
        elif kind == 2:
            length, at = _varint(data, at)
            value = (at, at + length)
            at += length
        elif kind in (1, 5):
            value, at = None, at + (8 if kind == 1 else 4)
        else:
            raise Malformed(f"wire type {kind}")
        if at > end:
            raise Malformed("a field is longer than what holds it")
        yield key >> 3, value


def _all(data, span, number):
    return [value for found, value in _fields(data, *span) if found == number]


def _text(data, spans):
    return data[spans[-1][0]:spans[-1][1]].decode("utf-8", "replace") if spans else ""


def _dimension(data, span):
    result = None
    for number, value in _fields(data, *span):
        if number == 1:
            result = value if value < 1 << 63 else None
        elif number == 2:
            result = data[value[0]:value[1]].decode("utf-8", "replace") or None
    return result


def _port(data, span):
    port = {"name": _text(data, _all(data, span, 1)), "dtype": "undefined", "dims": None}
    tensors = [tensor for kind in _all(data, span, 2) for tensor in _all(data, kind, 1)]
    if not tensors:
        port["kind"] = "other"
    for tensor in tensors:
        for number, value in _fields(data, *tensor):
            if number == 1:
                port["dtype"] = DTYPES.get(value, "undefined")
            elif number == 2:
                port["dims"] = [_dimension(data, dim) for dim in _all(data, value, 1)]
    return port


def describe(path):
    """(inputs, outputs) of the model: lists of {"name", "dtype", "dims"}. Inputs that have an
    initializer are defaults and are left out. Raises Malformed, OSError."""
    with open(path, "rb") as file:
        try:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError:
            raise Malformed("the file is empty") from None
    with data:
        try:
            graphs = _all(data, (0, len(data)), 7)
            if not graphs:
                raise Malformed("there is no graph")
            defaults, inputs, outputs = set(), [], []
            for number, value in _fields(data, *graphs[-1]):
                if number == 5:
                    defaults.add(_text(data, _all(data, value, 8)))
                elif number == 11:
                    inputs.append(_port(data, value))
                elif number == 12:
                    outputs.append(_port(data, value))
        except TypeError:  # a number where a message belongs
            raise Malformed("a field has another type than onnx.proto says") from None
    return [port for port in inputs if port["name"] not in defaults], outputs
