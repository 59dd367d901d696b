"""Writes lib/onnx/schema_table.inc: what ONNX's own operator schemas (package onnx) say of every version
of every ai.onnx operator: numbers of inputs and outputs, element types, attributes with defaults.
"""

import argparse
import pathlib

import onnx
from onnx import defs

ROOT = pathlib.Path(__file__).resolve().parents[2]
OTHER = 31  # bit of everything that is no tensor: sequences, optionals, maps
NAMES = {
    "float": 1, "uint8": 2, "int8": 3, "uint16": 4, "int16": 5, "int32": 6, "int64": 7, "string": 8,
    "bool": 9, "float16": 10, "double": 11, "uint32": 12, "uint64": 13, "complex64": 14,
    "complex128": 15, "bfloat16": 16, "float8e4m3fn": 17, "float8e4m3fnuz": 18, "float8e5m2": 19,
    "float8e5m2fnuz": 20, "uint4": 21, "int4": 22, "float4e2m1": 23, "float8e8m0": 24, "uint2": 25,
    "int2": 26}


def mask(types):
    bits = 0
    for text in types:
        name = text[7:-1] if text.startswith("tensor(") else None
        bits |= 1 << NAMES.get(name, OTHER)
    return bits


def ports(schema, formal):
    groups = {c.type_param_str: c.allowed_type_strs for c in schema.type_constraints}
    return ", ".join(f"0x{mask(groups.get(p.type_str, [p.type_str])):x}U" for p in formal)


def default(attribute):
    value = onnx.helper.get_attribute_value(attribute.default_value) \
        if attribute.default_value.name else None
    if isinstance(value, bytes):
        value = value.decode()
    return f"{attribute.name}={value}" if isinstance(value, (int, str)) else attribute.name


def count(number):
    return -1 if number > 1000000 else number


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", default=ROOT / "lib/onnx/schema_table.inc")
    options = parser.parse_args()
    rows = []
    for schema in defs.get_all_schemas_with_history():
        if schema.domain or schema.support_level != defs.OpSchema.SupportType.COMMON:
            continue
        attributes = " ".join(default(a) for _, a in sorted(schema.attributes.items()))
        rows.append((schema.name, schema.since_version, (
            f'{{"{schema.name}", {schema.since_version}, {str(bool(schema.deprecated)).lower()},\n'
            f' {{{schema.min_input}, {count(schema.max_input)}}},'
            f' {{{schema.min_output}, {count(schema.max_output)}}},\n'
            f' {{{ports(schema, schema.inputs)}}},\n {{{ports(schema, schema.outputs)}}},\n'
            f' "{attributes}"}},\n')))
    text = (f"// Written by scripts/py/make_schema_table.py from onnx {onnx.__version__}.\n"
            "// clang-format off\n" + "".join(row for _, _, row in sorted(rows)))
    pathlib.Path(options.output).write_text(text + "// clang-format on\n", encoding="utf-8")
    print(f"{len(rows)} schemas")


if __name__ == "__main__":
    main()
