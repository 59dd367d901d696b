"""Convert every model to fp16 and bf16 and simplify it, and check the files.

Each file must pass onnx.checker. fp16: relative L2 to the fp32 model at most 2e-3 in vernier and in
ONNX Runtime; bf16: at most 2e-2 in vernier, and in ONNX's reference evaluator for models of less than
2 million parameters; both at most 0.52 of the size. Simplified: 1e-6 in ONNX Runtime, symbolic
dimensions kept, and no more nodes than onnxslim leaves (where that package is installed). Models for
pictures are given one picture to look at while converting and judged on others; the rest has the inputs
of scripts/parity, with another seed for judging. --converted simplifies models of ONNX's test data
instead (Debian's libonnx-testdata; exporters' output with inputs beside it), where onnxslim may leave fewer
nodes in a fifth of them. Exit code: 0 all good, 1 not.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

import documents
import harness
import inputs
import numpy as np
import onnx
from parity import Reference, relative_l2

LIMITS = {"fp16": 2e-3, "bf16": 2e-2, "simplify": 1e-6}
SIZE = 0.52
SMALL_PARAMETERS = 2_000_000
PACKAGES = ("onnx", "onnxruntime", "onnxslim")


class Failed(Exception):
    pass


def convert(program, source, target, options):
    done = subprocess.run([program, "convert", source, target, "--json", *options],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed((done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1])
    return json.loads(done.stdout)


def worst(got, want):
    """Largest relative L2 over the outputs, all compared in float64."""
    return max(relative_l2(np.asarray(got[n], np.float64), np.asarray(want[n], np.float64))
               for n in want)


def evaluate(path, feed):
    """ONNX's own reference implementation. Its MatMul returns float32 for two bfloat16, which its own
    check of types then refuses: the result is cast to what the standard says."""
    from onnx.reference import ReferenceEvaluator
    from onnx.reference.op_run import OpRun

    class MatMul(OpRun):
        def _run(self, a, b):
            product = np.matmul(a.astype(np.float32), b.astype(np.float32))
            return (product.astype(a.dtype),)

    session = ReferenceEvaluator(path, new_ops=[MatMul])
    return dict(zip([o.name for o in onnx.load(path, load_external_data=False).graph.output],
                    session.run(None, feed)))


def parameters(path):
    return sum(int(np.prod(t.dims)) for t in onnx.load(path).graph.initializer)


def slim_count(path):
    """Nodes that onnxslim leaves; None without it."""
    try:
        import onnxslim
    except ImportError:
        return None
    return len(onnxslim.slim(onnx.load(path)).graph.node)


def symbols(path):
    graph = onnx.load(path, load_external_data=False).graph
    return {d.dim_param for i in graph.input for d in i.type.tensor_type.shape.dim if d.dim_param}


def picture(recipe, name):
    """The input of a model for pictures: resized to its size, normalised as the recipe says."""
    import cv2

    how, entry = recipe["preprocess"], recipe["inputs"][0]
    height, width = (d if isinstance(d, int) else recipe["dims"][d] for d in entry["shape"][2:])
    pixels = cv2.imread(os.path.join(harness.models_directory(), name), cv2.IMREAD_COLOR)
    side = min(pixels.shape[:2])  # the middle square
    top, left = ((size - side) // 2 for size in pixels.shape[:2])
    pixels = cv2.resize(pixels[top:top + side, left:left + side], (width, height),
                        interpolation=cv2.INTER_AREA)
    if how.get("color") == "rgb":
        pixels = pixels[:, :, ::-1]
    values = (pixels / np.float32(255) - np.float32(how.get("mean", 0))) / np.float32(
        how.get("std", 1))
    return {entry["name"]: np.ascontiguousarray(values.transpose(2, 0, 1)[None], np.float32)}


def feeds(recipe, name):
    """(to look at, to judge on)"""
    shape = recipe["inputs"][0]["shape"]
    if recipe.get("preprocess") and len(shape) == 4 and shape[1] == 3:
        looked, judged = ("page.png",) * 2 if "det" in name else ("coffee.png", "chelsea.png")
        return picture(recipe, looked), picture(recipe, judged)
    dims = recipe["test_dims"][0]
    return inputs.make(recipe, 101, dims), inputs.make(recipe, 100, dims)


def check(program, name, path, kind, folder):
    recipe = harness.load_recipe(name)
    target = os.path.join(folder, f"{name}_{kind}.onnx")
    looked, feed = feeds(recipe, name)
    np.savez(os.path.join(folder, "look.npz"), **looked)
    options = ["--simplify"] if kind == "simplify" else ["--to", kind]
    report = convert(program, path, target,
                     [*options, "--input", os.path.join(folder, "look.npz")])
    onnx.checker.check_model(target, full_check=True)
    want = Reference(path).run(feed)
    row = {"model": name, "kind": kind, "nodes": report["nodes_after"],
           "bytes_ratio": os.path.getsize(target) / os.path.getsize(path)}
    ours = harness.run_model(program, path, feed, folder)
    distances = {"vernier": worst(harness.run_model(program, target, feed, folder), ours)}
    if kind != "bf16":
        distances["onnxruntime"] = worst(Reference(target).run(feed), want)
    elif parameters(path) < SMALL_PARAMETERS and not recipe.get("steps"):
        distances["onnx reference"] = worst(evaluate(target, feed), want)
    row["rel_l2"] = distances
    row["ok"] = all(value <= LIMITS[kind] for value in distances.values())
    if kind != "simplify":
        row["ok"] = row["ok"] and row["bytes_ratio"] <= SIZE
        row["kept_fp32"] = len(report["kept_fp32"])
    else:
        row["slim_nodes"] = slim_count(path)
        row["ok"] = row["ok"] and symbols(path) == symbols(target)
        if row["slim_nodes"] is not None:
            row["ok"] = row["ok"] and row["nodes"] <= row["slim_nodes"]
    return row


def load_case(folder):
    """Inputs and outputs of an ONNX test case by name."""
    graph = onnx.load(os.path.join(folder, "model.onnx")).graph
    held = {t.name for t in graph.initializer}

    def read(kind, names):
        tensors = {}
        for index, name in enumerate(names):
            with open(os.path.join(folder, "test_data_set_0", f"{kind}_{index}.pb"), "rb") as file:
                tensor = onnx.TensorProto.FromString(file.read())
            tensors[name] = onnx.numpy_helper.to_array(tensor)
        return tensors

    return (read("input", [i.name for i in graph.input if i.name not in held]),
            read("output", [o.name for o in graph.output]))


def upgraded(path, folder):
    """The model at opset 13, by ONNX's converter: neither peer takes the old ones."""
    from onnx import version_converter

    model = onnx.load(path)
    if model.opset_import[0].version < 13:
        held = {t.name for t in model.graph.initializer}
        model = version_converter.convert_version(model, 13)
        for port in [i for i in model.graph.input if i.name in held]:
            model.graph.input.remove(port)
    target = os.path.join(folder, "upgraded.onnx")
    onnx.save(model, target)
    return target


def check_case(program, source, folder):
    """Simplifies one test case. Vernier gets the file as it is."""
    path, target = os.path.join(source, "model.onnx"), os.path.join(folder, "simple.onnx")
    peers = upgraded(path, folder)
    feed, want = load_case(source)
    np.savez(os.path.join(folder, "look.npz"), **feed)
    report = convert(program, path, target,
                     ["--simplify", "--opset", "13", "--input", os.path.join(folder, "look.npz")])
    onnx.checker.check_model(target, full_check=True)
    try:
        want = Reference(peers).run(feed)
    except Exception:  # ONNX's converter leaves some operators wrong: then what the case expects
        pass
    distance = worst(Reference(target).run(feed), want)
    return {"nodes": report["nodes_after"], "slim_nodes": slim_count(peers),
            "rel_l2": {"onnxruntime": distance},
            "ok": distance <= LIMITS["simplify"] and symbols(path) == symbols(target)}


def check_cases(program, root, count, output):
    """`count` test cases, evenly from all in the folder; True when they pass."""
    names = sorted(n for n in os.listdir(root)
                   if os.path.exists(os.path.join(root, n, "test_data_set_0", "input_0.pb")))
    rows = []
    for name in names[::max(1, len(names) // count)][:count]:
        with tempfile.TemporaryDirectory() as folder:
            try:
                row = check_case(program, os.path.join(root, name), folder)
            except Exception as error:  # what any of the tools says of the file
                row = {"ok": False, "why": f"{type(error).__name__}: {error}"[:300]}
        rows.append({"case": name, **row})
        distances = "  ".join(f"{k} {v:.1e}" for k, v in row.get("rel_l2", {}).items())
        print(f"{name:40} {'ok' if row['ok'] else 'FAILED':7} nodes {row.get('nodes', '-')}"
              f"/{row.get('slim_nodes') or '-'}  {distances}{row.get('why', '')}", flush=True)
    counted = [r for r in rows if r.get("slim_nodes") is not None]
    as_few = sum(r["nodes"] <= r["slim_nodes"] for r in counted)
    headline = (f"{sum(r['ok'] for r in rows)} of {len(rows)} passed; "
                f"as few nodes as onnxslim in {as_few} of {len(counted)}")
    print(headline)
    if output:
        documents.write_document(
            output, "simplified files of ONNX's test data", headline,
            ["scripts/check-convert", "--converted", os.path.basename(root)], PACKAGES, rows=rows)
    return all(r["ok"] for r in rows) and as_few >= 0.8 * len(counted)


def main():
    parser = argparse.ArgumentParser(prog="check-convert", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", default=None, help="default: all that are there")
    parser.add_argument("--vernier")
    parser.add_argument("--kind", action="append", choices=list(LIMITS))
    parser.add_argument("--converted", metavar="FOLDER",
                        help="folder of test cases, such as libonnx-testdata's pytorch-converted")
    parser.add_argument("--count", type=int, default=20, help="of those (default 20)")
    parser.add_argument("--output", help="JSON file")
    options = parser.parse_args()
    program = harness.find_program(options.vernier)
    if options.converted:
        made = check_cases(program, options.converted, options.count, options.output)
        return 0 if made else 1
    rows, skipped = [], 0
    for name in options.models or harness.recipe_names():
        path = os.path.join(harness.models_directory(), f"{name}.onnx")
        if not os.path.exists(path):
            print(f"skipped {name}: not in {harness.models_directory()}")
            skipped += 1
            continue
        for kind in options.kind or LIMITS:
            with tempfile.TemporaryDirectory() as folder:
                try:
                    row = check(program, name, path, kind, folder)
                except (Failed, harness.HarnessError, onnx.checker.ValidationError) as error:
                    row = {"model": name, "kind": kind, "ok": False, "why": str(error)[:300]}
                except Exception as error:  # what ONNX Runtime or ONNX says of the file
                    row = {"model": name, "kind": kind, "ok": False,
                           "why": f"{type(error).__name__}: {error}"[:300]}
            rows.append(row)
            distances = "  ".join(f"{k} {v:.1e}" for k, v in row.get("rel_l2", {}).items())
            print(f"{name:22} {kind:9} {'ok' if row['ok'] else 'FAILED':7} "
                  f"{row.get('bytes_ratio', 0):.3f} of the size  nodes {row.get('nodes', '-')}"
                  f"{'/' + str(row['slim_nodes']) if row.get('slim_nodes') else ''}  {distances}"
                  f"{row.get('why', '')}", flush=True)
    failed = sum(not row["ok"] for row in rows)
    print(f"{len(rows) - failed} passed, {failed} failed, {skipped} skipped")
    if options.output:
        documents.write_document(
            options.output, "fp16, bf16 and simplified files against the float model",
            f"{len(rows) - failed} of {len(rows)} within the bars; short: "
            + (", ".join(f"{row['model']} {row['kind']}" for row in rows if not row["ok"]) or "none"),
            ["scripts/check-convert", *(options.models or ())],
            PACKAGES, limits=LIMITS, size=SIZE, rows=rows)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
