"""Makes a folder of different pictures from a few: random crops, flips and sizes, seeded.

usage: make_pictures.py OUT COUNT PICTURE... [--broken N]

Files are picture_1.jpg, picture_2.jpg, ... (every fifth a PNG). --broken N cuts the N-th file off
in the middle, as a copy that was interrupted.
"""

import argparse
import os
import random

import cv2


def make(pictures, chance):
    picture = pictures[chance.randrange(len(pictures))]
    height, width = picture.shape[:2]
    share = chance.uniform(0.5, 1.0)
    crop_height, crop_width = int(height * share), int(width * chance.uniform(0.5, 1.0))
    top, left = chance.randint(0, height - crop_height), chance.randint(0, width - crop_width)
    crop = picture[top:top + crop_height, left:left + crop_width]
    if chance.random() < 0.5:
        crop = cv2.flip(crop, 1)
    scale = chance.uniform(0.8, 2.0)
    return cv2.resize(crop, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out")
    parser.add_argument("count", type=int)
    parser.add_argument("pictures", nargs="+")
    parser.add_argument("--broken", type=int, default=0)
    options = parser.parse_args()
    pictures = []
    for path in options.pictures:
        picture = cv2.imread(path)
        if picture is None:
            parser.error(f"{path} is no picture")
        pictures.append(picture)
    os.makedirs(options.out, exist_ok=True)
    chance = random.Random(1)
    for number in range(1, options.count + 1):
        suffix = "png" if number % 5 == 0 else "jpg"
        path = os.path.join(options.out, f"picture_{number}.{suffix}")
        if not cv2.imwrite(path, make(pictures, chance)):
            parser.error(f"{path} cannot be written")
    if options.broken:
        suffix = "png" if options.broken % 5 == 0 else "jpg"
        path = os.path.join(options.out, f"picture_{options.broken}.{suffix}")
        os.truncate(path, os.path.getsize(path) // 2)


main()
