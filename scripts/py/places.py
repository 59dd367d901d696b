"""Where the scripts find things; imports nothing that a bare Python does not have."""

import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]


def models_directory():
    """Where scripts/get-models puts models."""
    if os.environ.get("VERNIER_MODELS_DIR"):
        return pathlib.Path(os.environ["VERNIER_MODELS_DIR"])
    cache = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(cache) / "vernier" / "models"
