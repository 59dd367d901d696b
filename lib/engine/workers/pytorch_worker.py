"""PyTorch (CPU, eager) as a vernier engine. Needs the packages torch, onnx2torch and numpy, which
scripts/install-deps leaves out for their size.

The ONNX file becomes a torch.fx module by onnx2torch; run() is one call of it in inference mode, without
compilation. It takes no options.
"""

import os

from onnx_description import Malformed, describe
from worker_protocol import Engine, EngineError, numpy, package, serve

torch = package("torch", "pip install torch onnx2torch")
onnx2torch = package("onnx2torch", "pip install onnx2torch")


class PyTorch(Engine):
    name = "pytorch"
    version = torch.__version__

    def __init__(self):
        self.unload()

    def unload(self):
        self.module, self.tensors, self.results = None, [], []
        self.given, self.described, self.notes = [], [], []

    def load(self, model, settings):
        self.unload()
        if settings["precision"] != "fp32":
            raise EngineError("unsupported", "E-ENGINE-PRECISION",
                              f"pytorch runs in fp32 here, not in {settings['precision']}")
        for key in settings["options"]:
            raise EngineError("usage", "E-ENGINE-OPTION", f"pytorch has no option '{key}'")
        if not os.path.isfile(model):
            raise EngineError("invalid data", "E-FILE-OPEN", f"cannot open {model}")
        torch.set_num_threads(settings["threads"])
        try:
            self.given, self.described = describe(model)
            self.module = onnx2torch.convert(model).eval()
        except Malformed as error:
            raise EngineError("invalid model", "E-MODEL-PARSE", str(error)) from None
        except NotImplementedError as error:
            raise EngineError("unsupported", "E-UNSUPPORTED", str(error)) from None
        self.notes = ["eager", "inference_mode", "converter=onnx2torch",
                      f"num_threads={torch.get_num_threads()}"]

    def inputs(self):
        return self.given

    def outputs(self):
        return self.described

    def bind(self, tensors):
        self.tensors = []
        for port in self.given:
            if port["name"] not in tensors:
                raise EngineError("usage", "E-INPUT-NAME", f"input '{port['name']}' is missing")
            self.tensors.append(torch.from_numpy(tensors[port["name"]]))

    def run(self):
        with torch.inference_mode():
            self.results = self.module(*self.tensors)

    def fetch(self):
        results = self.results if isinstance(self.results, (list, tuple)) else [self.results]
        return [(port["name"], numpy.array(result.numpy()))
                for port, result in zip(self.described, results)]

    def facts(self):
        return {"notes": self.notes}


if __name__ == "__main__":
    serve(PyTorch())
