#!/usr/bin/env python3
"""Every engine that is installed, on real models, over the worker protocol: outputs against ONNX
Runtime called directly, inferences in flight, refusals. What is missing is skipped with a reason.

Usage: workers_test.py WORKERS_FOLDER [EXAMPLE_FOLDER]
"""

import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import unittest

import numpy
import onnx
import onnxruntime

from worker_driver import Refused, Worker

FOLDER = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "lib/engine/workers")
EXAMPLES = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else "docs/examples")
MODELS = pathlib.Path(os.environ.get("VERNIER_MODELS_DIR") or pathlib.Path(
    os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "vernier" / "models")
SIZES = {"N": 1, "S": 16}
# Relative L2 error against ONNX Runtime. MNN's own approximation of erf and exp is coarser.
LIMIT = {("mnn", "minilm_l6"): 5e-3}
STREAMS = ("onnxruntime", "openvino")


def command(engine):
    program = FOLDER / f"{engine}_worker"
    return [str(program)] if program.exists() else [sys.executable,
                                                    str(FOLDER / f"{engine}_worker.py")]


def started(test, engine):
    if not pathlib.Path(command(engine)[-1]).exists():
        test.skipTest(f"{engine} is not part of this build")
    worker = Worker(command(engine))
    try:
        worker.hello()
    except Refused as refused:
        worker.__exit__()
        test.skipTest(f"{engine}: {refused}")
    return worker


def problem(name):
    """(path, inputs, expected outputs) of a real model with seeded inputs."""
    path = str(MODELS / f"{name}.onnx")
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    random = numpy.random.default_rng(7)
    inputs = {}
    for port in session.get_inputs():
        shape = [SIZES.get(dim, dim) for dim in port.shape]
        if port.type == "tensor(int64)":
            low, high = {"attention_mask": (1, 2), "token_type_ids": (0, 1)}.get(
                port.name, (1000, 2000))
            inputs[port.name] = random.integers(low, high, shape)
        else:
            inputs[port.name] = random.random(shape, dtype="float32")
    names = [port.name for port in session.get_outputs()]
    return path, inputs, dict(zip(names, session.run(names, inputs)))


def error(actual, expected):
    return max(float(numpy.linalg.norm(actual[name].astype("f8") - value)
                     / numpy.linalg.norm(value.astype("f8"))) for name, value in expected.items())


class RealModels(unittest.TestCase):
    def check(self, engine, name, **settings):
        if not (MODELS / f"{name}.onnx").exists():
            self.skipTest(f"{name} is missing: scripts/get-models {name}")
        path, inputs, expected = problem(name)
        with started(self, engine) as worker:
            loaded = worker.load(path, **settings)
            self.assertEqual([port["name"] for port in loaded["inputs"]], list(inputs))
            self.assertEqual([port["name"] for port in loaded["outputs"]], list(expected))
            worker.bind(inputs)
            runs = 2 if name == "yolov8n" else 5
            reply = worker.ask("run", n=runs)
            self.assertEqual(len(reply["ns"]), runs)
            self.assertTrue(all(ns > 0 for ns in reply["ns"]))
            self.assertGreaterEqual(reply["wall_ns"], max(reply["ns"]))
            for run, *changes in reply["events"]:
                self.assertTrue(0 <= run < runs and any(changes), reply["events"])
            if settings.get("streams", 1) > 1:
                self.assertLess(reply["wall_ns"], sum(reply["ns"]), "nothing was in flight")
            actual = worker.fetch()
            for port, value in expected.items():
                self.assertEqual(actual[port].shape, value.shape)
                self.assertEqual(actual[port].dtype, value.dtype)
            return error(actual, expected)


def add(engine, name):
    def test(self):
        self.assertLess(self.check(engine, name), LIMIT.get((engine, name), 1e-3))

    def test_streams(self):
        self.assertLess(self.check(engine, name, streams=4), LIMIT.get((engine, name), 1e-3))

    setattr(RealModels, f"test_{engine}_{name}", test)
    if engine in STREAMS and name == "minilm_l6":
        setattr(RealModels, f"test_{engine}_{name}_in_flight", test_streams)


for each in ("onnxruntime", "openvino", "opencv", "mnn", "pytorch"):
    for model in ("mobilenet_v3_large", "yolov8n", "minilm_l6"):
        add(each, model)
add("opencv-system", "resnet18")


class Behaviour(unittest.TestCase):
    def test_opencv_5_0_0_multiplies_by_a_hard_sigmoid_wrongly(self):
        # A fact about that release: a * HardSigmoid(Conv(mean(a))) loses the shape of a.
        helper, random = onnx.helper, numpy.random.default_rng(0)
        weights = {"w": (8, 8, 1, 1), "w0": (8, 3, 3, 3)}
        nodes = [helper.make_node("Conv", ["x", "w0"], ["c"], pads=[1] * 4),
                 helper.make_node("Relu", ["c"], ["a"]),
                 helper.make_node("GlobalAveragePool", ["a"], ["p"]),
                 helper.make_node("Conv", ["p", "w"], ["q"]),
                 helper.make_node("HardSigmoid", ["q"], ["g"], alpha=1 / 6, beta=0.5),
                 helper.make_node("Mul", ["a", "g"], ["m"]),
                 helper.make_node("Conv", ["m", "w"], ["y"])]
        graph = helper.make_graph(
            nodes, "g", [helper.make_tensor_value_info("x", 1, [1, 3, 16, 16])],
            [helper.make_tensor_value_info("y", 1, [1, 8, 16, 16])],
            [onnx.numpy_helper.from_array(random.random(shape, dtype="float32"), name)
             for name, shape in weights.items()])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
        with tempfile.TemporaryDirectory() as folder, started(self, "opencv") as worker:
            if worker.hello()["version"] != "5.0.0":
                self.skipTest("another OpenCV than 5.0.0")
            onnx.save(model, f"{folder}/m.onnx")
            worker.load(f"{folder}/m.onnx")
            worker.bind({"x": numpy.ones((1, 3, 16, 16), "float32")})
            worker.ask("run", n=1)
            self.assertEqual(worker.fetch()["y"].shape, (1, 8, 1, 1))

    def refusal(self, worker, command_name, **members):
        with self.assertRaises(Refused, msg=f"{command_name} {members}") as caught:
            worker.ask(command_name, **members)
        return caught.exception.error

    def test_a_missing_package_is_said(self):
        with tempfile.TemporaryDirectory() as folder:
            source = (FOLDER / "openvino_worker.py").read_text().replace(
                'package("openvino")', 'package("no_such_package_for_sure")')
            for name, text in (("x_worker.py", source), ("worker_protocol.py", None),
                               ("onnx_description.py", None)):
                pathlib.Path(folder, name).write_text(text or (FOLDER / name).read_text())
            with Worker([sys.executable, f"{folder}/x_worker.py"]) as worker:
                refused = self.refusal(worker, "hello", protocol=1)
        self.assertEqual((refused["kind"], refused["id"]), ("unsupported", "E-ENGINE-ABSENT"))
        self.assertEqual(refused["message"], "package no_such_package_for_sure is not installed; "
                         "scripts/install-deps --engines")

    def test_refusals_leave_a_worker_alive(self):
        for engine in ("onnxruntime", "openvino", "opencv", "mnn", "opencv-system"):
            with self.subTest(engine), tempfile.TemporaryDirectory() as folder:
                with started(self, engine) as worker:  # a skip ends this subtest only
                    settings = {"backend": "cpu", "precision": "fp32", "threads": 1, "streams": 1,
                                "max_memory_bytes": 0, "dims": {}, "options": {}}
                    bad = pathlib.Path(folder, "bad.onnx")
                    bad.write_bytes(b"\xff" * 64)
                    for path, change in ((str(bad), {}), (f"{folder}/none.onnx", {}),
                                         (str(bad), {"precision": "fp16"}),
                                         (str(bad), {"options": {"nonsense": "1"}})):
                        refused = self.refusal(worker, "load", model=path,
                                               settings={**settings, **change})
                        self.assertIn(refused["kind"], ("invalid model", "invalid data",
                                                        "unsupported", "usage"), refused)
                    if engine not in STREAMS:
                        refused = self.refusal(worker, "load", model=str(bad),
                                               settings={**settings, "streams": 2})
                        self.assertEqual(refused["id"], "E-ENGINE-STREAMS")
                    self.assertEqual(self.refusal(worker, "run", n=1)["id"], "E-WORKER-STATE")

    def test_weights_are_shared_by_inferences_in_flight(self):
        # 64 MiB of weights, 64 KiB of activations: four copies would show.
        size = 4096
        weights = numpy.random.default_rng(1).random((size, size), dtype="float32")
        helper = onnx.helper
        graph = helper.make_graph(
            [helper.make_node("MatMul", ["x", "w"], ["y"])], "g",
            [helper.make_tensor_value_info("x", 1, [1, size])],
            [helper.make_tensor_value_info("y", 1, [1, size])],
            [onnx.numpy_helper.from_array(weights, "w")])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        vernier = FOLDER.parents[2] / "vernier"
        x = numpy.ones((1, size), "float32")
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/m.onnx"
            onnx.save(model, path)
            for command_line in ([str(vernier), "worker"], command("onnxruntime"),
                                 command("openvino")):
                with self.subTest(command_line[-1]):
                    if not pathlib.Path(command_line[-1]).exists() and "worker" != command_line[-1]:
                        continue
                    grown = {}
                    for streams in (1, 4):
                        with Worker(command_line) as worker:
                            try:
                                worker.hello()
                            except Refused as refused:
                                self.skipTest(str(refused))
                            before = worker.ask("stats")["rss_bytes"]
                            worker.load(path, streams=streams)
                            worker.bind({"x": x})
                            worker.ask("run", n=8)
                            numpy.testing.assert_allclose(worker.fetch()["y"], x @ weights, 1e-3)
                            grown[streams] = worker.ask("stats")["rss_bytes"] - before
                    self.assertLess(grown[4], grown[1] + 40 * 2**20, grown)

    def test_an_example_in_another_language(self):
        if subprocess.run(["perl", "-MJSON::PP", "-e", "1"], check=False,
                          stderr=subprocess.DEVNULL).returncode != 0:
            self.skipTest("perl or its module JSON::PP is missing")
        lines = (EXAMPLES / "identity_worker").read_text().splitlines()
        self.assertLessEqual(len([line for line in lines if line and line[0] != "#"]), 40)
        x = numpy.arange(600, dtype="float32").reshape(2, 300)
        with Worker([str(EXAMPLES / "identity_worker")]) as worker:
            self.assertEqual(worker.hello()["engine"], "identity")
            worker.load("any.onnx")
            worker.bind({"x": x})
            worker.ask("warm", n=2)
            times = worker.ask("run", n=9)["ns"]
            self.assertEqual(len(times), 9)
            self.assertGreaterEqual(statistics.median(times), 0)
            numpy.testing.assert_array_equal(worker.fetch()["y"], x)
            self.assertEqual(self.refusal(worker, "fly")["id"], "E-WORKER-COMMAND")
            worker.ask("bye")


if __name__ == "__main__":
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__])
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(suite)
    failed = len(result.failures) + len(result.errors)
    for _, reason in result.skipped:
        print(f"SKIPPED: {reason}")
    skipped = len(result.skipped)
    print(f"{max(result.testsRun - failed - skipped, 0)} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed else 0)
