"""OpenCV's DNN module (CPU), of the PyPI package opencv-python-headless, as a vernier engine.

The engine `opencv-system` is the one of the operating system's C++ package. OpenCV has one thread pool
for the process and sums up no outputs of its own: run() is one forward() into arrays that are reused.
Options (--engine opencv:key=value):

    engine=auto         auto | classic | new: the graph engines of OpenCV 5 (auto is OpenCV's default:
                        the new one, and the classic one for what that cannot read)
    winograd=0          no Winograd convolutions (default 1, OpenCV's own default)
"""

import os

from onnx_description import Malformed, describe
from worker_protocol import Engine, EngineError, numpy, package, serve

cv2 = package("cv2")

ENGINES = {"auto": "ENGINE_AUTO", "classic": "ENGINE_CLASSIC", "new": "ENGINE_NEW"}


def refusal(error):
    """OpenCV's exceptions say where, what and why on many lines."""
    return EngineError("unsupported", "E-UNSUPPORTED", " ".join(str(error).split())[:600])


class OpenCv(Engine):
    name = "opencv"
    version = cv2.__version__

    def __init__(self):
        self.unload()

    def unload(self):
        self.net, self.given, self.results, self.notes = None, [], [], []
        self.names, self.arrays = [], None

    def load(self, model, settings):
        self.unload()
        if settings["precision"] != "fp32":
            raise EngineError("unsupported", "E-ENGINE-PRECISION",
                              "opencv runs in fp32 here; convert or quantize the file instead of "
                              f"asking for {settings['precision']}")
        wanted = dict(settings["options"])
        engine, winograd = wanted.pop("engine", "auto"), wanted.pop("winograd", "1")
        if engine not in ENGINES or winograd not in ("0", "1"):
            raise EngineError("usage", "E-ENGINE-OPTION",
                              "engine: auto | classic | new; winograd: 0 | 1")
        for key in wanted:
            raise EngineError("usage", "E-ENGINE-OPTION", f"opencv has no option '{key}'")
        if not os.path.isfile(model):
            raise EngineError("invalid data", "E-FILE-OPEN", f"cannot open {model}")
        cv2.setNumThreads(settings["threads"])
        if cv2.getNumThreads() != settings["threads"]:
            raise EngineError("unsupported", "E-ENGINE-THREADS",
                              f"opencv would use {cv2.getNumThreads()} threads")
        try:
            self.given, self.results = describe(model)
            if hasattr(cv2.dnn, ENGINES[engine]):
                self.net = cv2.dnn.readNetFromONNX(model, getattr(cv2.dnn, ENGINES[engine]))
            elif engine == "auto":
                self.net = cv2.dnn.readNetFromONNX(model)
            else:
                raise EngineError("unsupported", "E-ENGINE-OPTION",
                                  f"opencv {cv2.__version__} has one graph engine only")
            self.net.setPreferableBackend(cv2.dnn.DNN_BACKEND_OPENCV)
            self.net.setPreferableTarget(cv2.dnn.DNN_TARGET_CPU)
            self.net.enableWinograd(winograd == "1")
        except Malformed as error:
            raise EngineError("invalid model", "E-MODEL-PARSE", str(error)) from None
        except cv2.error as error:
            raise refusal(error) from None
        self.notes = [f"engine={engine}", f"threads={cv2.getNumThreads()}", f"winograd={winograd}",
                      "backend=DNN_BACKEND_OPENCV", "target=DNN_TARGET_CPU",
                      "inputs are set (copied) when they are bound, not in a run"]

    def inputs(self):
        return self.given

    def outputs(self):
        return self.results

    def bind(self, tensors):
        self.arrays = None
        try:
            for port in self.given:
                if port["name"] not in tensors:
                    raise EngineError("usage", "E-INPUT-NAME", f"input '{port['name']}' is missing")
                array = tensors[port["name"]]
                if array.dtype == object:
                    raise EngineError("unsupported", "E-INPUT-DTYPE", "opencv: text inputs")
                self.net.setInput(array, port["name"])
            names = list(self.net.getUnconnectedOutLayersNames())
        except cv2.error as error:
            raise refusal(error) from None
        wanted = [port["name"] for port in self.results]
        # Where the names of the file are known they are asked for, else those that OpenCV made up.
        self.names = wanted if set(wanted) <= set(names) else names
        if len(self.names) != len(wanted):
            raise EngineError("unsupported", "E-UNSUPPORTED",
                              f"opencv finds {len(names)} outputs, the model has {len(wanted)}")

    def run(self):
        try:
            self.arrays = self.net.forward(self.names)
        except cv2.error as error:
            raise refusal(error) from None

    def fetch(self):
        return [(port["name"], numpy.array(array))
                for port, array in zip(self.results, self.arrays)]

    def facts(self):
        return {"notes": self.notes}


if __name__ == "__main__":
    serve(OpenCv())
