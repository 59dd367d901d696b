"""MNN (CPU) as a vernier engine. Needs the packages MNN and numpy.

The ONNX file is converted by the package's own converter in a process of its own, into a temporary file
that is removed after loading; load_ns includes that. Precision "high" (fp32 arithmetic), memory "high"
(all of its faster algorithms). run() ends with the outputs in MNN's memory, in ONNX's order. The
package MNN.tools is not touched: it installs a telemetry client when it is imported. Options
(--engine mnn:key=value):

    optimize_level=1    the converter's own --optimizeLevel (default 1)
"""

import os
import subprocess
import sys
import tempfile
import time

from onnx_description import Malformed, describe
from worker_protocol import Engine, EngineError, numpy, package, serve

MNN = package("MNN")
nn = package("MNN.nn")
expr = package("MNN.expr")

CONVERT = "import sys, _tools; sys.exit(0 if _tools.mnnconvert(sys.argv) else 1)"
TYPES = {
    "float32": ("float", "float32"), "int32": ("int", "int32"), "int64": ("int", "int32"),
    "bool": ("int", "int32"), "uint8": ("uint8", "uint8"), "int8": ("int8", "int8"),
}


def convert(model, target, level):
    command = [sys.executable, "-c", CONVERT, "-f", "ONNX", "--modelFile", model, "--MNNModel",
               target, "--bizCode", "vernier", "--optimizeLevel", level]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0 or not os.path.exists(target):
        said = " ".join(done.stdout.decode("utf-8", "replace").split())[-400:]
        raise EngineError("unsupported", "E-UNSUPPORTED",
                          f"MNN's converter cannot convert the model: {said}")


class Mnn(Engine):
    name = "mnn"
    version = MNN.version()

    def __init__(self):
        self.runtime = None
        self.unload()

    def unload(self):
        self.module, self.variables, self.results = None, [], []
        self.given, self.described, self.notes = [], [], []

    def load(self, model, settings):
        self.unload()
        if settings["precision"] != "fp32":
            raise EngineError("unsupported", "E-ENGINE-PRECISION",
                              f"mnn runs in fp32 here, not in {settings['precision']}")
        wanted = dict(settings["options"])
        level = wanted.pop("optimize_level", "1")
        if level not in ("0", "1", "2"):
            raise EngineError("usage", "E-ENGINE-OPTION", "optimize_level: 0 | 1 | 2")
        for key in wanted:
            raise EngineError("usage", "E-ENGINE-OPTION", f"mnn has no option '{key}'")
        if not os.path.isfile(model):
            raise EngineError("invalid data", "E-FILE-OPEN", f"cannot open {model}")
        try:
            self.given, self.described = describe(model)
        except Malformed as error:
            raise EngineError("invalid model", "E-MODEL-PARSE", str(error)) from None
        begin = time.perf_counter()
        with tempfile.TemporaryDirectory(prefix="vernier-mnn-") as folder:
            target = os.path.join(folder, "model.mnn")
            convert(model, target, level)
            converted = time.perf_counter() - begin
            self.runtime = nn.create_runtime_manager(({
                "backend": "CPU", "numThread": settings["threads"], "precision": "high",
                "memory": "high", "power": "high"},))
            self.module = nn.load_module_from_file(
                target, [port["name"] for port in self.given],
                [port["name"] for port in self.described], runtime_manager=self.runtime)
        self.notes = ["backend=CPU", f"numThread={settings['threads']}", "precision=high",
                      "memory=high", "power=high", f"converter optimizeLevel={level}",
                      f"load includes conversion from ONNX ({converted * 1000:.0f} ms)",
                      "the first inference of new shapes is part of binding"]

    def inputs(self):
        return self.given

    def outputs(self):
        return self.described

    def bind(self, tensors):
        variables = []
        for port in self.given:
            if port["name"] not in tensors:
                raise EngineError("usage", "E-INPUT-NAME", f"input '{port['name']}' is missing")
            array = tensors[port["name"]]
            if array.dtype.name not in TYPES:
                raise EngineError("unsupported", "E-INPUT-DTYPE",
                                  f"mnn: input '{port['name']}' is {array.dtype}")
            kind, stored = TYPES[array.dtype.name]
            taken = numpy.ascontiguousarray(array.astype(stored))
            if not numpy.array_equal(taken.astype(array.dtype), array, equal_nan=taken.dtype.kind == "f"):
                raise EngineError("unsupported", "E-INPUT-DTYPE",
                                  f"mnn: input '{port['name']}' has numbers beyond {stored}")
            variables.append(expr.const(taken, list(array.shape), expr.NCHW, getattr(expr, kind)))
        self.variables = variables
        self.run()

    def run(self):
        self.results = self.module.onForward(self.variables)
        if len(self.results) != len(self.described):
            raise EngineError("unsupported", "E-UNSUPPORTED", "mnn could not run the model")

    def fetch(self):
        arrays = []
        for port, result in zip(self.described, self.results):
            array = numpy.array(result.read())
            if port["dtype"] in ("int64", "bool"):
                array = array.astype(port["dtype"])
            arrays.append((port["name"], array))
        return arrays

    def facts(self):
        return {"notes": self.notes}


if __name__ == "__main__":
    serve(Mnn())
