"""PP-OCRv4 mobile text recognition: the ONNX file of the package, byte for byte."""


def make(sources):
    return sources["ch_PP-OCRv4_rec_infer.onnx"]
