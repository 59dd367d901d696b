"""The worker side of vernier's protocol (docs/worker-protocol.md), for engines in Python.

Subclass Engine, implement the methods, call serve(). Only numpy is needed. A worker that is called
<name>_worker.py and lies beside this file (or in a directory of $VERNIER_WORKERS) is the engine
<name> on vernier's command line.
"""

import json
import mmap
import os
import sys
import time

import numpy

PROTOCOL = 1
ALIGNMENT = 64
MAX_RUNS = 1_000_000

# ONNX's names of element types and numpy's.
NUMPY_OF = {
    "float": "float32", "uint8": "uint8", "int8": "int8", "uint16": "uint16", "int16": "int16",
    "int32": "int32", "int64": "int64", "bool": "bool", "float16": "float16",
    "double": "float64", "uint32": "uint32", "uint64": "uint64",
    "complex64": "complex64", "complex128": "complex128",
}
ONNX_OF = {numpy_name: onnx_name for onnx_name, numpy_name in NUMPY_OF.items()}


class EngineError(Exception):
    """An error with vernier's kind ("usage", "invalid model", "unsupported", "invalid data",
    "limit reached", "device", "internal") and identifier."""

    def __init__(self, kind, identifier, message):
        super().__init__(message)
        self.kind = kind
        self.identifier = identifier


class Engine:
    """What a worker implements. Times are taken here, around load(), bind() and run()."""

    name = "?"
    version = "?"

    def load(self, model, settings):
        """Reads and prepares the model at the path `model`. `settings`: backend, precision,
        threads, max_memory_bytes, dims {symbol: size}, options {key: text}."""
        raise NotImplementedError

    def inputs(self):
        """List of {"name", "dtype", "dims"}: ONNX's type name; a dim is a size, a symbol or None."""
        raise NotImplementedError

    def outputs(self):
        raise NotImplementedError

    def bind(self, tensors):
        """Takes {name: numpy array}. The arrays stay valid until the next bind. Everything that
        copies or converts inputs belongs here, not into run()."""
        raise NotImplementedError

    def run(self):
        """One inference, complete when it returns."""
        raise NotImplementedError

    def fetch(self):
        """List of (name, numpy array) of the last run, in the model's order."""
        raise NotImplementedError

    def facts(self):
        """{"notes": [...], "planned_arena_bytes": n, "weights_bytes": n, "isa": text}, all optional."""
        return {}


def _status_bytes(key):
    with open("/proc/self/status", encoding="ascii", errors="replace") as status:
        for line in status:
            if line.startswith(key + ":"):
                return int(line.split()[1]) * 1024
    return 0


def _map(memory, writable):
    descriptor = os.open(memory["path"], (os.O_RDWR if writable else os.O_RDONLY) | os.O_CLOEXEC)
    try:
        access = mmap.ACCESS_WRITE if writable else mmap.ACCESS_READ
        return mmap.mmap(descriptor, memory["bytes"], access=access)
    finally:
        os.close(descriptor)


def _array(item, memory):
    if item["dtype"] == "string":
        return numpy.array(item["strings"], dtype=object).reshape(item["shape"])
    if item["dtype"] not in NUMPY_OF:
        raise EngineError("unsupported", "E-INPUT-DTYPE",
                          f"input '{item['name']}': numpy has no {item['dtype']}")
    dtype = numpy.dtype(NUMPY_OF[item["dtype"]])
    count = int(numpy.prod(item["shape"], dtype=numpy.int64))
    return numpy.frombuffer(memory, dtype, count, item["offset"]).reshape(item["shape"])


def _lay_out(outputs):
    """Slots (JSON) of the outputs and the size of the memory they need."""
    slots, total = [], 0
    for name, array in outputs:
        slot = {"name": name, "shape": list(array.shape)}
        if array.dtype.kind in "OUS":
            slot["dtype"] = "string"
            slot["strings"] = [str(text) for text in array.ravel()]
        elif array.dtype.name in ONNX_OF:
            slot["dtype"] = ONNX_OF[array.dtype.name]
            slot["offset"] = -(-total // ALIGNMENT) * ALIGNMENT
            slot["bytes"] = array.nbytes
            total = slot["offset"] + array.nbytes
        else:
            raise EngineError("unsupported", "E-OUTPUT-DTYPE", f"output '{name}' is {array.dtype}")
        slots.append(slot)
    return slots, total


class _Server:
    def __init__(self, engine):
        self.engine = engine
        self.memory = None
        self.pending = []
        self.state = 0  # 1 loaded, 2 bound, 3 has run
        self.done = False

    def need(self, state, what):
        if self.state < state:
            raise EngineError("usage", "E-WORKER-STATE", what)

    def hello(self, request):
        if request.get("protocol") != PROTOCOL:
            raise EngineError("usage", "E-WORKER-PROTOCOL", "this protocol version is not spoken")
        return {"protocol": PROTOCOL, "engine": self.engine.name, "version": self.engine.version,
                "pid": os.getpid()}

    def load(self, request):
        self.state = 0
        begin = time.perf_counter_ns()
        self.engine.load(request["model"], request["settings"])
        end = time.perf_counter_ns()
        self.state = 1
        return {"load_ns": end - begin, "inputs": self.engine.inputs(),
                "outputs": self.engine.outputs(), "facts": self.engine.facts()}

    def bind(self, request):
        self.need(1, "no model is loaded")
        memory = _map(request["memory"], writable=False)
        tensors = {item["name"]: _array(item, memory) for item in request["inputs"]}
        self.state = 1
        begin = time.perf_counter_ns()
        self.engine.bind(tensors)
        end = time.perf_counter_ns()
        self.memory = memory
        self.state = 2
        return {"bind_ns": end - begin, "facts": self.engine.facts()}

    def count(self, request):
        self.need(2, "no inputs are bound")
        n = request.get("n")
        if not isinstance(n, int) or not 1 <= n <= MAX_RUNS:
            raise EngineError("usage", "E-USAGE", f"n must be 1 to {MAX_RUNS}")
        return n

    def warm(self, request):
        for _ in range(self.count(request)):
            self.engine.run()
        self.state = 3
        return {}

    def run(self, request):
        n = self.count(request)
        run, clock = self.engine.run, time.perf_counter_ns
        times = [0] * n
        for i in range(n):
            begin = clock()
            run()
            times[i] = clock() - begin
        self.state = 3
        return {"ns": times}

    def outputs(self, request):
        self.need(3, "nothing has been run")
        self.pending = [(name, numpy.ascontiguousarray(array).reshape(array.shape))
                        for name, array in self.engine.fetch()]
        return {"bytes": _lay_out(self.pending)[1]}

    def fetch(self, request):
        slots, total = _lay_out(self.pending)
        if request["memory"]["bytes"] < total:
            raise EngineError("usage", "E-WORKER-SHM", f"the outputs need {total} bytes")
        memory = _map(request["memory"], writable=True)
        for slot, (_, array) in zip(slots, self.pending):
            if slot["dtype"] != "string":
                memory[slot["offset"]:slot["offset"] + slot["bytes"]] = array.tobytes()
        memory.close()
        self.pending = []
        return {"outputs": slots}

    def stats(self, request):
        return {"rss_bytes": _status_bytes("VmRSS"), "peak_rss_bytes": _status_bytes("VmHWM")}

    def unload(self, request):
        self.state = 0
        self.pending = []
        return {}

    def bye(self, request):
        self.done = True
        return {}

    COMMANDS = ("hello", "load", "bind", "warm", "run", "outputs", "fetch", "stats", "unload",
                "bye")

    def answer(self, line):
        reply = {"id": None, "ok": True}
        try:
            request = json.loads(line)
            reply["id"] = request.get("id")
            command = request.get("cmd")
            if command not in self.COMMANDS:
                raise EngineError("usage", "E-WORKER-COMMAND", f"unknown command '{command}'")
            reply.update(getattr(self, command)(request))
        except EngineError as error:
            reply["ok"] = False
            reply["error"] = {"kind": error.kind, "id": error.identifier, "message": str(error)}
        except MemoryError:
            reply["ok"] = False
            reply["error"] = {"kind": "limit reached", "id": "E-LIMIT-MEMORY",
                              "message": "out of memory"}
        except Exception as error:  # whatever the engine throws is an answer, not an end
            reply["ok"] = False
            reply["error"] = {"kind": "internal", "id": "E-ENGINE",
                              "message": f"{type(error).__name__}: {error}"}
        return json.dumps(reply)


def serve(engine):
    """Answers requests until "bye" or the end of input."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints goes to standard error
    server = _Server(engine)
    for line in sys.stdin:
        replies.write(server.answer(line) + "\n")
        replies.flush()
        if server.done:
            break
