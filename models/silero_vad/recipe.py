"""Silero VAD, the streaming voice detector: the ONNX file of the package, byte for byte."""


def make(sources):
    return sources["silero_vad.onnx"]
