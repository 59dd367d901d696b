"""Makes a folder of different pictures from a few: random crops, flips and sizes, seeded.

usage: make_pictures.py OUT COUNT PICTURE... [--broken N]

Files are picture_1.jpg, picture_2.jpg, ... (every fifth a PNG). --broken N cuts the N-th file off
in the middle, as an interrupted copy would. Needs Pillow.
"""

import argparse
import os
import random

from PIL import Image


def make(pictures, chance):
    picture = pictures[chance.randrange(len(pictures))]
    width, height = picture.size
    crop_width = int(width * chance.uniform(0.5, 1.0))
    crop_height = int(height * chance.uniform(0.5, 1.0))
    left, top = chance.randint(0, width - crop_width), chance.randint(0, height - crop_height)
    crop = picture.crop((left, top, left + crop_width, top + crop_height))
    if chance.random() < 0.5:
        crop = crop.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    scale = chance.uniform(0.8, 2.0)
    return crop.resize((int(crop_width * scale), int(crop_height * scale)), Image.Resampling.BILINEAR)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out")
    parser.add_argument("count", type=int)
    parser.add_argument("pictures", nargs="+")
    parser.add_argument("--broken", type=int, default=0)
    options = parser.parse_args()
    pictures = [Image.open(path).convert("RGB") for path in options.pictures]
    os.makedirs(options.out, exist_ok=True)
    chance = random.Random(1)
    for number in range(1, options.count + 1):
        suffix = "png" if number % 5 == 0 else "jpg"
        path = os.path.join(options.out, f"picture_{number}.{suffix}")
        make(pictures, chance).save(path, quality=90)
    if options.broken:
        suffix = "png" if options.broken % 5 == 0 else "jpg"
        path = os.path.join(options.out, f"picture_{options.broken}.{suffix}")
        os.truncate(path, os.path.getsize(path) // 2)


main()
