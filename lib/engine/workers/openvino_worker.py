"""OpenVINO (CPU) as a vernier engine. Needs the packages openvino and numpy.

Configured the best way known for latency: the LATENCY hint, one stream with all threads, the precision
named (f32 unless bf16 is asked for and the chip has it), the model compiled for the shapes that are
bound, inputs as shared tensors and outputs left in OpenVINO's own memory, so that run() holds no copy.
With several inferences in flight: THROUGHPUT hint, a stream and a request for each. Options
(--engine openvino:key=value):

    pinning=0           threads are not bound to cores (default: OpenVINO decides)
    <PROPERTY>          anything in capitals is a CPU property as it stands
"""

import os

from onnx_description import Malformed, describe
from worker_protocol import MAX_STREAMS, Engine, EngineError, numpy, package, serve

ov = package("openvino")

PRECISIONS = {"fp32": "f32", "bf16": "bf16"}
CAPABILITIES = {"fp32": "FP32", "bf16": "BF16"}


def fixed(dims):
    return dims is not None and all(isinstance(dim, int) for dim in dims)


class OpenVino(Engine):
    name = "openvino"
    version = ov.get_version().split("-")[0]
    max_streams = MAX_STREAMS

    def __init__(self):
        self.core = ov.Core()
        self.unload()

    def unload(self):
        self.requests, self.compiled, self.model = [], None, None
        self.tensors, self.shapes, self.properties = [], None, {}
        self.threads = self.used = 1
        self.given, self.results = [], []

    def configure(self, settings):
        precision = settings["precision"]
        if precision not in PRECISIONS:
            raise EngineError("unsupported", "E-ENGINE-PRECISION",
                              f"openvino runs in fp32 or bf16; for {precision} convert or quantize "
                              "the file")
        capabilities = self.core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        if CAPABILITIES[precision] not in capabilities:
            raise EngineError("unsupported", "E-ENGINE-PRECISION",
                              f"this processor has no {precision} for openvino, it has "
                              + ", ".join(capabilities))
        streams = settings["streams"]
        self.threads = settings["threads"] * streams
        self.properties = {
            "PERFORMANCE_HINT": "LATENCY" if streams == 1 else "THROUGHPUT",
            "PERFORMANCE_HINT_NUM_REQUESTS": str(streams),
            "NUM_STREAMS": str(streams),
            "INFERENCE_NUM_THREADS": str(self.threads),
            "INFERENCE_PRECISION_HINT": PRECISIONS[precision],
            # Else it leaves the second thread of a core alone, whatever number was asked for.
            "ENABLE_HYPER_THREADING": "YES" if self.threads > 1 else "NO",
        }
        wanted = dict(settings["options"])
        pinning = wanted.pop("pinning", None)
        if pinning not in (None, "0", "1"):
            raise EngineError("usage", "E-ENGINE-OPTION", "pinning: 0 | 1")
        if pinning is not None:
            self.properties["ENABLE_CPU_PINNING"] = "YES" if pinning == "1" else "NO"
        for key, value in wanted.items():
            if key != key.upper():
                raise EngineError("usage", "E-ENGINE-OPTION", f"openvino has no option '{key}'")
            self.properties[key] = value

    def load(self, model, settings):
        self.unload()
        self.configure(settings)
        self.requests = [None] * settings["streams"]
        if not os.path.isfile(model):
            raise EngineError("invalid data", "E-FILE-OPEN", f"cannot open {model}")
        try:
            self.given, self.results = describe(model)
            self.model = self.core.read_model(model)
        except Malformed as error:
            raise EngineError("invalid model", "E-MODEL-PARSE", str(error)) from None
        except Exception as error:
            text = str(error)
            if "not supported" in text or "unsupported" in text.lower():
                raise EngineError("unsupported", "E-UNSUPPORTED", text) from None
            raise EngineError("invalid model", "E-MODEL-INVALID", text) from None
        sizes = settings["dims"]
        shapes = [[sizes.get(dim, dim) for dim in port["dims"]]
                  for port in self.given if port["dims"] is not None]
        if len(shapes) == len(self.given) and all(fixed(shape) for shape in shapes):
            self.compile(shapes)

    def compile(self, shapes):
        """Compiles for these input shapes, unless that is what there is."""
        if self.shapes == shapes:
            return
        self.compiled = None
        try:
            self.model.reshape({self.model.input(port["name"]): ov.PartialShape(list(shape))
                                for port, shape in zip(self.given, shapes)})
            self.compiled = self.core.compile_model(self.model, "CPU", self.properties)
        except Exception as error:
            raise EngineError("unsupported", "E-UNSUPPORTED", str(error)) from None
        used = self.compiled.get_property("INFERENCE_NUM_THREADS")
        # It takes no more threads than there are cores. Requests in flight may share them; one
        # inference that gets fewer than were asked for would be measured under a wrong label.
        if used != self.threads and (len(self.requests) == 1 or used < self.threads // len(
                self.requests)):
            raise EngineError("unsupported", "E-ENGINE-THREADS",
                              f"openvino would use {used} threads instead of {self.threads}")
        self.used = used
        self.shapes = shapes
        self.requests = [self.compiled.create_infer_request() for _ in self.requests]

    def inputs(self):
        return self.given

    def outputs(self):
        return self.results

    def bind(self, tensors):
        arrays = []
        for port in self.given:
            if port["name"] not in tensors:
                raise EngineError("usage", "E-INPUT-NAME", f"input '{port['name']}' is missing")
            array = tensors[port["name"]]
            if array.dtype == object:
                raise EngineError("unsupported", "E-INPUT-DTYPE", "openvino: text inputs")
            arrays.append(array)
        self.compile([list(array.shape) for array in arrays])
        self.tensors = [ov.Tensor(array, shared_memory=True) for array in arrays]
        for request in self.requests:
            for port, tensor in zip(self.given, self.tensors):
                request.set_tensor(port["name"], tensor)

    def runner(self, stream):
        request = self.requests[stream]
        if len(self.requests) == 1:
            infer = super(type(request), request).infer  # less Python than InferRequest.infer
            return lambda: infer({}, share_outputs=True, decode_strings=False)
        start, wait = request.start_async, request.wait

        def once():
            start(share_inputs=True)
            wait()

        return once

    def fetch(self, stream=0):
        request = self.requests[stream]
        return [(port["name"], numpy.array(request.get_tensor(port["name"]).data))
                for port in self.results]

    def placement(self):
        nodes = []
        for node in self.compiled.get_runtime_model().get_ordered_ops():
            info = {key: value.value for key, value in node.get_rt_info().items()}
            kernel = f"{info.get('primitiveType', '')} {info.get('runtimePrecision', '')}".strip()
            if info.get("layerType") in ("Parameter", "Result", "Const", "Input", "Output"):
                continue
            nodes.append({"node": info.get("originalLayersNames") or node.get_friendly_name(),
                          "op": str(info.get("layerType", "")), "backend": "cpu",
                          "kernel": kernel, "reason": ""})
        return nodes

    def facts(self):
        notes = [f"{key}={value}" for key, value in self.properties.items()]
        notes.append("inputs are shared tensors, outputs stay in the request's memory")
        if self.compiled is None:
            return {"notes": notes + ["compiled when inputs are bound"]}
        if self.used != self.threads:
            notes.append(f"openvino uses {self.used} threads for all requests: there are no more")
        return {"notes": notes, "placement": self.placement()}


if __name__ == "__main__":
    serve(OpenVino())
