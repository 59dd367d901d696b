"""The ImageNet class names and a few photographs, for trying the classifiers."""

import ast
import os


def labels(source):
    """The 1000 names, one a line, from the list literal in torchvision's _meta.py."""
    for node in ast.parse(source.decode("utf-8")).body:
        if isinstance(node, ast.Assign) and node.targets[0].id == "_IMAGENET_CATEGORIES":
            names = ast.literal_eval(node.value)
            if len(names) != 1000:
                raise ValueError(f"{len(names)} ImageNet categories, expected 1000")
            return ("\n".join(names) + "\n").encode("utf-8")
    raise ValueError("no _IMAGENET_CATEGORIES")


def make(sources):
    pictures = {n: d for n, d in sources.items() if os.path.splitext(n)[1] in (".png", ".jpg")}
    return {"imagenet_labels.txt": labels(sources["_meta.py"]), **pictures}
