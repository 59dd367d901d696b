"""ONNX Runtime (CPU) as a vernier engine. Needs the packages onnxruntime and numpy.

Configured the best way known for latency: one intra-op pool of the threads asked for, sequential
execution, all graph optimisations, inputs bound before the timed part and outputs left in ONNX Runtime's
own memory, so that run() holds no copy. Inferences in flight are threads that share one session, each
with a binding of its own; the pool then has the workers of all of them. Options (--engine onnxruntime:key=value):

    spinning=0          idle threads of the pool sleep at once (default 1, ONNX Runtime's own default)
    optimization=all    disabled | basic | extended | all
    <session entry>     anything with a dot is a session configuration entry as it stands
"""

from worker_protocol import MAX_STREAMS, Engine, EngineError, numpy, package, serve

ort = package("onnxruntime", "scripts/install-deps --python")

TYPES = {
    "tensor(float)": "float", "tensor(double)": "double", "tensor(float16)": "float16",
    "tensor(bfloat16)": "bfloat16", "tensor(int8)": "int8", "tensor(uint8)": "uint8",
    "tensor(int16)": "int16", "tensor(uint16)": "uint16", "tensor(int32)": "int32",
    "tensor(uint32)": "uint32", "tensor(int64)": "int64", "tensor(uint64)": "uint64",
    "tensor(bool)": "bool", "tensor(string)": "string",
}
LEVELS = {
    "disabled": ort.GraphOptimizationLevel.ORT_DISABLE_ALL,
    "basic": ort.GraphOptimizationLevel.ORT_ENABLE_BASIC,
    "extended": ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED,
    "all": ort.GraphOptimizationLevel.ORT_ENABLE_ALL,
}


def describe(argument):
    if argument.type not in TYPES:
        return {"name": argument.name, "dtype": "undefined", "dims": None, "kind": argument.type}
    dims = [dim if isinstance(dim, (int, str)) else None for dim in argument.shape]
    return {"name": argument.name, "dtype": TYPES[argument.type], "dims": dims}


class OnnxRuntime(Engine):
    name = "onnxruntime"
    version = ort.__version__
    max_streams = MAX_STREAMS

    def __init__(self):
        self.session = None
        self.streams = 1
        self.bindings = []
        self.kept = []
        self.notes = []

    def options(self, settings):
        if settings["precision"] != "fp32":
            raise EngineError("unsupported", "E-ENGINE-PRECISION",
                              "onnxruntime runs a model as it is: convert or quantize the file "
                              f"instead of asking for {settings['precision']}")
        options = ort.SessionOptions()
        options.log_severity_level = 3
        # A caller's thread computes too, so the pool needs threads - 1 workers for each stream.
        self.streams = settings["streams"]
        threads = self.streams * (settings["threads"] - 1) + 1
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
        for symbol, size in settings["dims"].items():
            options.add_free_dimension_override_by_name(symbol, size)
        wanted = dict(settings["options"])
        level = wanted.pop("optimization", "all")
        spinning = wanted.pop("spinning", "1")
        if level not in LEVELS or spinning not in ("0", "1"):
            raise EngineError("usage", "E-ENGINE-OPTION", "optimization: " + " | ".join(LEVELS)
                              + "; spinning: 0 | 1")
        options.graph_optimization_level = LEVELS[level]
        options.add_session_config_entry("session.intra_op.allow_spinning", spinning)
        for key, value in wanted.items():
            if "." not in key:
                raise EngineError("usage", "E-ENGINE-OPTION", f"onnxruntime has no option '{key}'")
            options.add_session_config_entry(key, value)
        self.notes = [
            "provider=CPUExecutionProvider", "execution_mode=sequential", "inter_op_num_threads=1",
            f"intra_op_num_threads={threads}", f"callers={self.streams}",
            f"graph_optimization_level={level}",
            f"session.intra_op.allow_spinning={spinning}", "inputs and outputs through IOBinding",
        ] + [f"{key}={value}" for key, value in wanted.items()]
        return options

    def unload(self):
        self.bindings, self.kept, self.session = [], [], None

    def load(self, model, settings):
        self.unload()
        options = self.options(settings)
        try:
            self.session = ort.InferenceSession(model, options,
                                                providers=["CPUExecutionProvider"])
        except ort.capi.onnxruntime_pybind11_state.NotImplemented as error:
            raise EngineError("unsupported", "E-UNSUPPORTED", str(error)) from None
        except ort.capi.onnxruntime_pybind11_state.NoSuchFile as error:
            raise EngineError("invalid data", "E-FILE-OPEN", str(error)) from None
        except Exception as error:
            raise EngineError("invalid model", "E-MODEL-INVALID", str(error)) from None

    def inputs(self):
        return [describe(argument) for argument in self.session.get_inputs()]

    def outputs(self):
        return [describe(argument) for argument in self.session.get_outputs()]

    def bind(self, tensors):
        kept, inputs = [], []
        for argument in self.session.get_inputs():
            if argument.name not in tensors:
                raise EngineError("usage", "E-INPUT-NAME", f"input '{argument.name}' is missing")
            array = numpy.ascontiguousarray(tensors[argument.name]).reshape(
                tensors[argument.name].shape)
            value = None if array.dtype == object else ort.OrtValue.ortvalue_from_numpy(array)
            inputs.append((argument.name, array, value))
            kept += [array, value]
        bindings = [self.session.io_binding() for _ in range(self.streams)]
        for binding in bindings:
            for name, array, value in inputs:
                if value is None:
                    binding.bind_cpu_input(name, array)
                else:
                    binding.bind_ortvalue_input(name, value)
            for argument in self.session.get_outputs():
                binding.bind_output(argument.name, "cpu")
        self.bindings, self.kept = bindings, kept

    def runner(self, stream):
        run, binding = self.session.run_with_iobinding, self.bindings[stream]
        wrong = ort.capi.onnxruntime_pybind11_state.InvalidArgument

        def once():
            try:
                run(binding)
            except wrong as error:
                raise EngineError("invalid data", "E-INPUT-SHAPE", str(error)) from None

        return once

    def fetch(self, stream=0):
        names = [argument.name for argument in self.session.get_outputs()]
        return list(zip(names, self.bindings[stream].copy_outputs_to_cpu()))

    def facts(self):
        return {"notes": self.notes}


if __name__ == "__main__":
    serve(OnnxRuntime())
