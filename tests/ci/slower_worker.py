"""ONNX Runtime with a planted regression: every inference is followed by a share of its own time of
busy waiting, inside what is timed. For scripts/ci-example.

    --engine slower:extra=0.1     10 % more work
    --engine slower:extra=0       none
"""

import os
import sys
import time

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(ROOT, "lib", "engine", "workers"))

from onnxruntime_worker import OnnxRuntime  # noqa: E402
from worker_protocol import serve  # noqa: E402


class Slower(OnnxRuntime):
    name = "slower"
    extra = 0.0

    def load(self, model, settings):
        options = dict(settings["options"])
        self.extra = float(options.pop("extra", "0"))
        super().load(model, dict(settings, options=options))

    def run(self):
        self.slowed(super().run)

    def runner(self, stream):
        inner = super().runner(stream)
        return lambda: self.slowed(inner)

    def slowed(self, inner):
        clock = time.perf_counter_ns
        begin = clock()
        inner()
        now = clock()
        end = now + (now - begin) * self.extra
        while now < end:
            now = clock()


if __name__ == "__main__":
    serve(Slower())
