"""Speaks docs/worker-protocol.md to a worker process, for the tests; written from the document and
sharing no code with either side."""

import json
import mmap
import os
import subprocess

import numpy

ONNX_OF = {"float32": "float", "float64": "double", "int64": "int64", "int32": "int32",
           "uint8": "uint8", "int8": "int8", "bool": "bool", "float16": "float16"}
NUMPY_OF = {onnx: name for name, onnx in ONNX_OF.items()}


class Refused(Exception):
    def __init__(self, error):
        super().__init__(f"{error['kind']}: {error['message']} [{error['id']}]")
        self.error = error


class Memory:
    """An anonymous memory file, as vernier makes them."""

    def __init__(self, size):
        self.size = size
        self.descriptor = os.memfd_create("test", os.MFD_CLOEXEC)
        os.ftruncate(self.descriptor, max(size, 1))
        self.map = mmap.mmap(self.descriptor, max(size, 1))

    def reference(self):
        return {"path": f"/proc/{os.getpid()}/fd/{self.descriptor}", "bytes": self.size}

    def close(self):
        self.map.close()
        os.close(self.descriptor)


class Worker:
    def __init__(self, command, environment=None):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, env=environment, bufsize=0)
        self.number = 0
        self.memory = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(30)
        for stream in (self.process.stdout, self.process.stderr):
            stream.close()

    def ask(self, command, **members):
        self.number += 1
        line = json.dumps({"id": self.number, "cmd": command, **members}) + "\n"
        self.process.stdin.write(line.encode())
        answer = self.process.stdout.readline()
        if not answer:
            self.process.wait(30)
            raise AssertionError("the worker died: " + self.process.stderr.read().decode())
        reply = json.loads(answer)
        assert reply["id"] == self.number, reply
        if not reply["ok"]:
            raise Refused(reply["error"])
        return reply

    def hello(self):
        return self.ask("hello", protocol=1)

    def load(self, model, **settings):
        return self.ask("load", model=model, settings={
            "backend": "cpu", "precision": "fp32", "threads": 1, "streams": 1,
            "max_memory_bytes": 0, "dims": {}, "options": {}, **settings})

    def bind(self, inputs):
        slots, total = [], 0
        for name, array in inputs.items():
            offset = -(-total // 64) * 64
            slots.append({"name": name, "dtype": ONNX_OF[array.dtype.name],
                          "shape": list(array.shape), "offset": offset, "bytes": array.nbytes})
            total = offset + array.nbytes
        memory = Memory(total)
        for slot, array in zip(slots, inputs.values()):
            memory.map[slot["offset"]:slot["offset"] + slot["bytes"]] = array.tobytes()
        reply = self.ask("bind", memory=memory.reference(), inputs=slots)
        if self.memory:
            self.memory.close()
        self.memory = memory
        return reply

    def fetch(self):
        memory = Memory(self.ask("outputs")["bytes"])
        outputs = {}
        for slot in self.ask("fetch", memory=memory.reference())["outputs"]:
            data = memory.map[slot["offset"]:slot["offset"] + slot["bytes"]]
            outputs[slot["name"]] = numpy.frombuffer(
                data, NUMPY_OF[slot["dtype"]]).reshape(slot["shape"])
        memory.close()
        return outputs
