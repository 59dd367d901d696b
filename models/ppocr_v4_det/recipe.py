"""PP-OCRv4 mobile text detection: the ONNX file of the package, byte for byte."""


def make(sources):
    return sources["ch_PP-OCRv4_det_infer.onnx"]
