"""The worker side of vernier's protocol (docs/worker-protocol.md), for engines in Python.

Subclass Engine, implement the methods, call serve(). Only numpy is needed. A worker that is called
<name>_worker.py and lies beside this file (or in a directory of $VERNIER_WORKERS) is the engine
<name> on vernier's command line.
"""

import gc
import importlib
import itertools
import json
import mmap
import os
import resource
import sys
import threading
import time

PROTOCOL = 1
ALIGNMENT = 64
MAX_RUNS = 1_000_000
MAX_STREAMS = 64


class EngineError(Exception):
    """An error with vernier's kind ("usage", "invalid model", "unsupported", "invalid data",
    "limit reached", "device", "internal") and identifier."""

    def __init__(self, kind, identifier, message, hint=""):
        super().__init__(message)
        self.kind = kind
        self.identifier = identifier
        self.hint = hint

    def as_json(self):
        error = {"kind": self.kind, "id": self.identifier, "message": str(self)}
        if self.hint:
            error["hint"] = self.hint
        return error


_reply_stream = None


def _replies():
    """The reply stream; from here on whatever a library prints goes to standard error."""
    global _reply_stream
    if _reply_stream is None:
        _reply_stream = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)
    return _reply_stream


def refuse(reason):
    """Answers every request with the reason why the engine can't run here, until the end of input."""
    error = EngineError("unsupported", "E-ENGINE-ABSENT", reason).as_json()
    replies = _replies()
    for line in sys.stdin:
        try:
            number = json.loads(line).get("id")
        except (ValueError, AttributeError):
            number = None
        replies.write(json.dumps({"id": number, "ok": False, "error": error}) + "\n")
        replies.flush()
    sys.exit(0)


def package(name, installer="scripts/install-deps --engines"):
    """Imports a package that the engine needs. When it isn't there the worker goes on as one that
    refuses everything with the reason."""
    _replies()  # some libraries print when they are imported
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] != name.split(".")[0]:
            refuse(f"package {name} needs {error.name}, which is not installed; {installer}")
        refuse(f"package {name} is not installed; {installer}")
    except Exception as error:  # a broken installation says so in many ways
        refuse(f"package {name} cannot be imported: {error}")


try:
    import numpy
except ImportError:
    refuse("package numpy is not installed; scripts/install-deps --python")

# ONNX's names of element types and numpy's.
NUMPY_OF = {
    "float": "float32", "uint8": "uint8", "int8": "int8", "uint16": "uint16", "int16": "int16",
    "int32": "int32", "int64": "int64", "bool": "bool", "float16": "float16",
    "double": "float64", "uint32": "uint32", "uint64": "uint64",
    "complex64": "complex64", "complex128": "complex128",
}
ONNX_OF = {numpy_name: onnx_name for onnx_name, numpy_name in NUMPY_OF.items()}


class Engine:
    """What a worker implements. Times are taken here, around load(), bind() and run()."""

    name = "?"
    version = "?"
    # Inferences in flight that the engine can do with one set of weights. When it is more than 1,
    # run() and fetch() take the number of the stream, and run() is called from a thread for each.
    max_streams = 1

    def load(self, model, settings):
        """Reads and prepares the model at the path `model`. `settings`: backend, precision,
        threads, streams, max_memory_bytes, dims {symbol: size}, options {key: text}."""
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
        """One inference, complete when it returns. With max_streams > 1: run(self, stream=0)."""
        raise NotImplementedError

    def runner(self, stream):
        """What is called, without arguments, for each inference of a stream: run() unless the engine
        has something with less Python around it."""
        if self.max_streams == 1:
            return self.run
        return lambda: self.run(stream)

    def fetch(self):
        """List of (name, numpy array) of the last run, in the model's order. With max_streams > 1:
        fetch(self, stream=0)."""
        raise NotImplementedError

    def unload(self):
        """Lets go of the model, as far as the engine can."""

    def facts(self):
        """{"notes": [...], "planned_arena_bytes": n, "weights_bytes": n, "isa": text,
        "placement": [...]}, all optional."""
        return {}


def _status_bytes(key):
    with open("/proc/self/status", encoding="ascii", errors="replace") as status:
        for line in status:
            if line.startswith(key + ":"):
                return int(line.split()[1]) * 1024
    return 0


def _map(memory, writable):
    """The memory file; without `writable` a private view, so that nobody can change the inputs."""
    descriptor = os.open(memory["path"], (os.O_RDWR if writable else os.O_RDONLY) | os.O_CLOEXEC)
    try:
        access = mmap.ACCESS_WRITE if writable else mmap.ACCESS_COPY
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


def in_turn(n, run):
    """The reply to "run" for one inference after the other. What the kernel did to the process is
    read between them."""
    clock, usage, whom = time.perf_counter_ns, resource.getrusage, resource.RUSAGE_SELF
    times, events = [0] * n, []
    before = usage(whom)
    first = None
    for i in range(n):
        begin = clock()
        run()
        end = clock()
        times[i] = end - begin
        first = first or begin
        after = usage(whom)
        change = [i, after.ru_nivcsw - before.ru_nivcsw, after.ru_minflt - before.ru_minflt,
                  after.ru_majflt - before.ru_majflt]
        if change != [i, 0, 0, 0]:
            events.append(change)
        before = after
    return {"ns": times, "wall_ns": end - first, "events": events}


def in_flight(n, runners):
    """The reply to "run" for a thread a stream, each with one inference at least, then taking the
    next of the n when it is done; and the stream that was done last."""
    runners = runners[:n]
    clock, turns = time.perf_counter_ns, itertools.count(len(runners))
    ready = threading.Barrier(len(runners))  # all threads exist before the clock starts
    done, starts, failures = [], [], []

    def work(stream):
        run, mine, take = runners[stream], [], turns.__next__
        ready.wait()
        starts.append(clock())
        try:
            turn = stream
            while turn < n and not failures:
                begin = clock()
                run()
                end = clock()
                mine.append((end, end - begin, stream))
                turn = take()
        except Exception as error:
            failures.append(error)
        done.extend(mine)

    threads = [threading.Thread(target=work, args=(stream,)) for stream in range(1, len(runners))]
    for thread in threads:
        thread.start()
    work(0)
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    done.sort()
    reply = {"ns": [ns for _, ns, _ in done], "wall_ns": done[-1][0] - min(starts), "events": []}
    return reply, done[-1][2]


class _Server:
    def __init__(self, engine):
        self.engine = engine
        self.memory = None
        self.pending = []
        self.state = 0  # 1 loaded, 2 bound, 3 has run
        self.done = False
        self.streams = 1
        self.last_stream = 0

    def need(self, state, what):
        if self.state < state:
            raise EngineError("usage", "E-WORKER-STATE", what)

    def hello(self, request):
        if request.get("protocol") != PROTOCOL:
            raise EngineError("usage", "E-WORKER-PROTOCOL", "this protocol version is not spoken")
        return {"protocol": PROTOCOL, "engine": self.engine.name, "version": self.engine.version,
                "pid": os.getpid()}

    def load(self, request):
        settings = request["settings"]
        streams = settings.setdefault("streams", 1)
        if not isinstance(streams, int) or not 1 <= streams <= MAX_STREAMS:
            raise EngineError("usage", "E-USAGE", f"streams must be 1 to {MAX_STREAMS}")
        if streams > self.engine.max_streams:
            raise EngineError("unsupported", "E-ENGINE-STREAMS",
                              f"{self.engine.name} keeps at most {self.engine.max_streams} "
                              f"inferences in flight with one set of weights, not {streams}")
        self.state = 0
        self.streams = streams
        begin = time.perf_counter_ns()
        self.engine.load(request["model"], settings)
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
        n = self.count(request)
        if self.streams > 1:
            runners = [self.engine.runner(stream) for stream in range(self.streams)]
            self.last_stream = in_flight(n, runners)[1]
        else:
            run = self.engine.runner(0)
            for _ in range(n):
                run()
            self.last_stream = 0
        self.state = 3
        return {}

    def run(self, request):
        n = self.count(request)
        runners = [self.engine.runner(stream) for stream in range(self.streams)]
        collecting = gc.isenabled()
        gc.disable()
        try:
            reply, self.last_stream = in_flight(n, runners) if self.streams > 1 else (
                in_turn(n, runners[0]), 0)
        finally:
            if collecting:
                gc.enable()
        self.state = 3
        return reply

    def fetched(self):
        return self.engine.fetch() if self.engine.max_streams == 1 else self.engine.fetch(
            self.last_stream)

    def outputs(self, request):
        self.need(3, "nothing has been run")
        self.pending = [(name, numpy.ascontiguousarray(array).reshape(array.shape))
                        for name, array in self.fetched()]
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
        self.engine.unload()
        self.memory = None
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
            reply["error"] = error.as_json()
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
    replies = _replies()
    server = _Server(engine)
    for line in sys.stdin:
        replies.write(server.answer(line) + "\n")
        replies.flush()
        if server.done:
            break
