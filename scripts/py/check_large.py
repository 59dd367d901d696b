"""Convert a generated model of 5 GiB and check the peak memory.

The model is a chain of matrix products whose weights lie in a file beside it. Three conversions: to fp16,
a copy with the weights split off again, and a simplification. Each may take 1.3 times the largest weight
plus 64 MB of memory (peak resident set of the process, which counts file pages that are mapped and not
dropped), its outcome must pass onnx.checker, and weights picked at random must hold what they should. Takes
about 16 GB of disk. Exit code: 0 all good, 1 not.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile

import documents
import harness
import numpy as np
import onnx
from onnx import TensorProto, helper

WEIGHTS, SIDE_BYTES = 40, 4
FACTOR, ROOM = 1.3, 64_000_000
KINDS = {"fp16": ["--to", "fp16", "--split-weights"], "copy": ["--split-weights"],
         "simplify": ["--simplify", "--split-weights"]}


def weight(index, rows, columns):
    """Different in every weight, cheap to make."""
    row = np.random.default_rng(index).standard_normal(columns, np.float32) / np.float32(rows)
    return lambda r: np.roll(row, r % columns)


def write_model(path, weights, rows, columns):
    """A chain of products; weights are written row by row."""
    nodes, tensors = [], []
    with open(path + ".data", "wb") as data:
        for i in range(weights):
            tensor = TensorProto(name=f"w{i}", data_type=TensorProto.FLOAT)
            shape = (rows, columns) if i % 2 == 0 else (columns, rows)
            tensor.dims.extend(shape)
            tensor.data_location = TensorProto.EXTERNAL
            for key, value in (("location", os.path.basename(path) + ".data"),
                               ("offset", data.tell()), ("length", rows * columns * SIDE_BYTES)):
                entry = tensor.external_data.add()
                entry.key, entry.value = key, str(value)
            row = weight(i, *shape)
            for r in range(shape[0]):
                data.write(row(r).tobytes())
            tensors.append(tensor)
            nodes.append(helper.make_node("MatMul", [f"v{i}" if i else "x", f"w{i}"],
                                          [f"v{i + 1}" if i + 1 < weights else "y"], f"product{i}"))
    last = columns if weights % 2 else rows
    graph = helper.make_graph(
        nodes, "large", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, rows])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, last])], tensors)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8),
              path)


def convert(program, source, target, options):
    """(exit code, peak bytes, error line)"""
    with tempfile.TemporaryFile("w+") as errors:
        child = subprocess.Popen([program, "convert", source, target, "--json", "--no-verify", *options],
                                 stdout=subprocess.DEVNULL, stderr=errors)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        return child.returncode, usage.ru_maxrss * 1024, errors.read().strip()


def wrong_rows(path, rows, columns, dtype):
    """Rows picked from every weight of the outcome that do not hold what they should."""
    graph = onnx.load(path, load_external_data=False).graph
    random, wrong = np.random.default_rng(0), []
    for tensor in graph.initializer:
        if len(tensor.dims) != 2:
            continue
        where = {entry.key: entry.value for entry in tensor.external_data}
        index = int(tensor.name[1:].split("_")[0])
        shape = (rows, columns) if index % 2 == 0 else (columns, rows)
        picked = int(random.integers(shape[0]))
        got = np.fromfile(os.path.join(os.path.dirname(path), where["location"]), dtype, shape[1],
                          offset=int(where.get("offset", 0)) + picked * shape[1] * dtype.itemsize)
        if not np.array_equal(got, weight(index, *shape)(picked).astype(dtype)):
            wrong.append(f"{tensor.name}[{picked}]")
    return wrong


def check(program, source, kind, folder, shape):
    target = os.path.join(folder, f"{kind}.onnx")
    code, peak, error = convert(program, source, target, KINDS[kind])
    limit = int(FACTOR * shape[0] * shape[1] * SIDE_BYTES) + ROOM
    row = {"kind": kind, "peak_rss_bytes": peak, "limit_bytes": limit, "ok": code == 0}
    if code != 0:
        row["why"] = (error.splitlines() or [f"exit code {code}"])[-1]
        return row
    onnx.checker.check_model(target)
    row["wrong"] = wrong_rows(target, *shape, np.dtype(np.float16 if kind == "fp16" else np.float32))
    row["ok"] = peak <= limit and not row["wrong"]
    return row


def main():
    parser = argparse.ArgumentParser(prog="check-large", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vernier")
    parser.add_argument("--folder", help="where the files are made (default: the temporary folder)")
    parser.add_argument("--kind", action="append", choices=list(KINDS))
    parser.add_argument("--rows", type=int, default=4096)
    parser.add_argument("--columns", type=int, default=8192)
    parser.add_argument("--weights", type=int, default=WEIGHTS)
    parser.add_argument("--output", help="JSON file")
    options = parser.parse_args()
    program = harness.find_program(options.vernier)
    rows = []
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        need = 3 * options.weights * options.rows * options.columns * SIDE_BYTES
        if shutil.disk_usage(folder).free < need:
            raise harness.HarnessError(f"{folder} has less than {need / 1e9:.0f} GB left")
        source = os.path.join(folder, "large.onnx")
        write_model(source, options.weights, options.rows, options.columns)
        for kind in options.kind or KINDS:
            row = check(program, source, kind, folder, (options.rows, options.columns))
            rows.append(row)
            print(f"{kind:9} {'ok' if row['ok'] else 'FAILED':7} peak "
                  f"{row['peak_rss_bytes'] / 1e6:.1f} MB of {row['limit_bytes'] / 1e6:.1f} MB  "
                  f"{' '.join(row.get('wrong', []))}{row.get('why', '')}", flush=True)
            for name in (f"{kind}.onnx", f"{kind}.onnx.data"):
                path = os.path.join(folder, name)
                if os.path.exists(path):
                    os.unlink(path)
    if options.output:
        documents.write_document(
            options.output, "memory of converting a model of 5 GiB",
            "; ".join(f"{row['kind']} {row['peak_rss_bytes'] / 1e6:.0f} MB of "
                      f"{row['limit_bytes'] / 1e6:.0f}" for row in rows),
            ["scripts/check-large"], ("onnx",), rows=rows)
    return 0 if all(row["ok"] for row in rows) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except harness.HarnessError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
