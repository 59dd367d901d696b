"""YOLOv8n with seeded weights, as ultralytics exports it."""

import os

from lib import seeded, yolov8

target = yolov8.target


def build(gains):
    return yolov8.build("yolov8n", width=0.25, depth=1 / 3, gains=gains)


def make(sources):
    return build(seeded.load_gains(os.path.dirname(__file__))).SerializeToString()
