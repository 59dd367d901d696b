"""Seeded, realistic inputs for the models of models/, made from what their recipe.json says."""

import numpy as np

CLS, SEP = 101, 102

# Seven rows of five pixels a letter, as hexadecimal numbers.
GLYPHS = {
    "0": "0E11131519110E", "1": "040C040404040E", "2": "0E11010204081F", "3": "1F02040201110E",
    "4": "02060A121F0202", "5": "1F101E0101110E", "6": "0608101E11110E", "7": "1F010204080808",
    "8": "0E11110E11110E", "9": "0E11110F01020C", "A": "0E11111F111111", "B": "1E11111E11111E",
    "E": "1F10101E10101F", "H": "1111111F111111", "L": "1010101010101F", "N": "11191513111111",
    "O": "0E11111111110E", "R": "1E11111E141211", "S": "0F10100E01011E", "T": "1F040404040404",
}  # fmt: skip


def resolve(shape, dims):
    """Shape with its symbolic dimensions bound by `dims`."""
    return [d if isinstance(d, int) else dims[d] for d in shape]


def smooth_noise(rng, n, c, h, w):
    """Pictures of unit variance with power at several scales, as photographs have; [n,c,h,w]."""
    total = np.zeros((n, c, h, w))
    for octave in range(5):
        cell = 2**octave
        gh, gw = -(-h // cell), -(-w // cell)
        # Channels of a picture resemble each other.
        grid = 0.8 * rng.standard_normal((n, 1, gh, gw)) + 0.6 * rng.standard_normal((n, c, gh, gw))
        total += cell**0.5 * grid.repeat(cell, 2).repeat(cell, 3)[:, :, :h, :w]
    return total / total.std()


def image(rng, recipe, dims):
    """Smooth noise, standardised as by the model's own preprocessing."""
    entry = recipe["inputs"][0]
    return {entry["name"]: smooth_noise(rng, *resolve(entry["shape"], dims)).astype(np.float32)}


def image01(rng, recipe, dims):
    """Smooth noise squashed into 0..1."""
    entry = recipe["inputs"][0]
    x = smooth_noise(rng, *resolve(entry["shape"], dims))
    return {entry["name"]: (1 / (1 + np.exp(-1.5 * x))).astype(np.float32)}


def glyph(letter):
    """7x6 array of 0 and 1: the letter and the gap after it."""
    rows = [int(GLYPHS[letter][i : i + 2], 16) for i in range(0, 14, 2)]
    return np.array([[(row >> bit) & 1 for bit in (4, 3, 2, 1, 0)] + [0] for row in rows])


def text_line(rng, width, scale):
    """[7*scale, width] ink of words of random letters."""
    cells, room = [], width // (6 * scale)
    while room >= 2:
        length = int(min(rng.integers(2, 8), room))
        cells += [glyph(letter) for letter in rng.choice(list(GLYPHS), length)]
        cells.append(np.zeros((7, 6)))
        room -= length + 1
    ink = np.concatenate(cells, 1).repeat(scale, 0).repeat(scale, 1)[:, :width]
    return np.pad(ink, ((0, 0), (0, width - ink.shape[1])))


def text(rng, recipe, dims):
    """Dark text on bright, uneven paper, standardised as by the model's own preprocessing.

    Noise alone would leave a text detector's output at zero everywhere, where a relative distance
    says nothing.
    """
    entry, how = recipe["inputs"][0], recipe["preprocess"]
    n, c, h, w = resolve(entry["shape"], dims)
    paper = 0.85 + 0.05 * smooth_noise(rng, n, c, h, w)
    for row in paper:
        scale, y = (4, (h - 28) // 2) if h < 64 else (3, 16)
        while y + 7 * scale < h:
            left = 8 if h < 64 else int(rng.integers(8, w // 4))
            ink = text_line(rng, w - left - 8, scale)
            row[:, y : y + 7 * scale, left : w - 8] -= 0.7 * ink
            y += int(7 * scale * rng.uniform(1.6, 3.0))
            scale = int(rng.integers(2, 5)) if h >= 64 else scale
    mean, std = (np.array(how[k]).reshape(1, 3, 1, 1) for k in ("mean", "std"))
    return {entry["name"]: ((np.clip(paper, 0, 1) - mean) / std).astype(np.float32)}


def tokens(rng, recipe, dims):
    """Sentences of different lengths: [CLS] words [SEP], padded; the first one is full."""
    n, s = dims["N"], dims["S"]
    ids, mask, types = (np.zeros((n, s), np.int64) for _ in range(3))
    for row in range(n):
        length = s if row == 0 and n > 1 else int(rng.integers(max(s // 2, 3), s))
        ids[row, :length] = rng.integers(1000, recipe["vocabulary"], length)
        ids[row, 0], ids[row, length - 1] = CLS, SEP
        mask[row, :length] = 1
        types[row, length // 2 : length] = row % 2
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}


def speech(rng, count, rate):
    """Speech-like noise: voiced harmonics in syllables of changing pitch, with breath; -1..1."""
    t = np.arange(count) / rate
    pitch = 120 + 30 * np.sin(2 * np.pi * 0.7 * t + rng.random() * 6)
    phase = 2 * np.pi * np.cumsum(pitch) / rate
    voiced = sum(np.sin(k * phase + rng.random() * 6) / k**1.2 for k in range(1, 15))
    syllables = np.clip(np.sin(2 * np.pi * 3.1 * t + rng.random() * 6), 0, None)
    pauses = np.sin(2 * np.pi * 0.4 * t + rng.random() * 6) > -0.4
    return 0.25 * voiced * syllables * pauses + 0.01 * rng.standard_normal(count)


def audio(rng, recipe, dims, steps=None):
    """Chunks of a stream, each led by the last samples of the chunk before, as the model wants.

    `input` is [batch,samples], with `steps` [steps,batch,samples]; the state starts at zero.
    """
    batch, samples, rate = dims["batch"], dims["samples"], dims["sr"]
    context = samples // 9  # 64 of 576 at 16 kHz, 32 of 288 at 8 kHz
    chunk, count = samples - context, steps or 1
    streams = np.stack([speech(rng, context + chunk * count, rate) for _ in range(batch)])
    x = np.stack([streams[:, i * chunk : i * chunk + samples] for i in range(count)])
    return {
        "input": (x if steps else x[0]).astype(np.float32),
        "state": np.zeros((2, batch, 128), np.float32),
        "sr": np.array(rate, np.int64),
    }


GENERATORS = {"image": image, "image01": image01, "text": text, "tokens": tokens, "audio": audio}


def make(recipe, seed, dims, **options):
    """dict of input name -> array for one input set."""
    return GENERATORS[recipe["generator"]](np.random.default_rng(seed), recipe, dims, **options)
