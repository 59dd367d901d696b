"""ResNet-50 with seeded weights, as torchvision's model comes out of PyTorch's exporter."""

from lib import resnet


def make(sources):
    return resnet.build("resnet50", (3, 4, 6, 3), 4).SerializeToString()
