#!/usr/bin/env python3
"""Tests of the shared parts of the recipes: python models/lib/selftest.py (needs no network)."""

import contextlib
import io
import json
import os
import pickle
import struct
import sys
import tempfile
import unittest
import zipfile

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

from lib import driver, graph, resnet, safetensors, seeded, torch_pickle  # noqa: E402


class Global:
    """Pickles as the named class, which need not exist here."""

    def __init__(self, module, name):
        self.code = f"c{module}\n{name}\n".encode()


def state_dict_pickle(key, count, size, stride, module="torch._utils", name="_rebuild_tensor_v2"):
    """A pickle of {"w": tensor} as PyTorch writes it, assembled opcode by opcode."""
    storage = b"(" + pickle_text("storage") + Global("torch", "FloatStorage").code
    storage += pickle_text(key) + pickle_text("cpu") + pickle_int(count) + b"tQ"
    numbers = b"(" + b"".join(map(pickle_int, size)) + b"t"
    numbers += b"(" + b"".join(map(pickle_int, stride)) + b"t"
    rebuilt = Global(module, name).code + b"(" + storage + pickle_int(0) + numbers + b"tR"
    return b"\x80\x02}" + pickle_text("w") + rebuilt + b"s."


def pickle_text(text):
    return b"X" + struct.pack("<I", len(text)) + text.encode()


def pickle_int(value):
    return b"J" + struct.pack("<i", value)


def legacy_file(state, key, values):
    parts = [pickle.dumps(v, 2) for v in (torch_pickle.LEGACY_MAGIC, 1001, {"little_endian": True})]
    parts += [state, pickle.dumps([key], 2)]
    return b"".join(parts) + struct.pack("<q", len(values)) + values.tobytes()


def zip_file(state, key, values):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("archive/data.pkl", state)
        archive.writestr(f"archive/data/{key}", values.tobytes())
    return stream.getvalue()


class TorchPickle(unittest.TestCase):
    values = np.arange(6, dtype=np.float32)

    def test_both_containers_give_the_strided_tensor(self):
        state = state_dict_pickle("7", 6, (3, 2), (1, 3))
        for make in (legacy_file, zip_file):
            got = torch_pickle.load_state_dict(make(state, "7", self.values))
            self.assertEqual(got["w"].tolist(), [[0, 3], [1, 4], [2, 5]])

    def test_other_classes_are_refused(self):
        state = state_dict_pickle("7", 6, (6,), (1,), "posix", "system")
        with self.assertRaisesRegex(pickle.UnpicklingError, "posix.system"):
            torch_pickle.load_state_dict(zip_file(state, "7", self.values))

    def test_tensor_past_its_storage_is_refused(self):
        state = state_dict_pickle("7", 6, (7,), (1,))
        with self.assertRaisesRegex(ValueError, "past its storage"):
            torch_pickle.load_state_dict(legacy_file(state, "7", self.values))


class Parts(unittest.TestCase):
    def test_safetensors(self):
        header = json.dumps({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}).encode()
        data = struct.pack("<Q", len(header)) + header + np.array([1, 2], "<f4").tobytes()
        self.assertEqual(safetensors.load(data)["a"].tolist(), [1, 2])

    def test_seeded_weights_never_change(self):
        got = seeded.uniform("layer1.0.conv1.weight", (3,), 1.0)
        want = np.array([0.3645832, -0.6819997, 0.94057536], np.float32)
        self.assertEqual(got.tolist(), want.tolist())

    def test_fold_batch_norm_equals_the_two_steps(self):
        rng = np.random.default_rng(0)
        w, x = rng.standard_normal((4, 3, 1, 1)), rng.standard_normal(3)
        scale, bias, mean = rng.standard_normal((3, 4))
        var = rng.random(4) + 0.1
        folded, offset = graph.fold_batch_norm(w, scale, bias, mean, var, 1e-3)
        want = scale * (w[:, :, 0, 0] @ x - mean) / np.sqrt(var + 1e-3) + bias
        np.testing.assert_allclose(folded[:, :, 0, 0] @ x + offset, want, rtol=1e-5, atol=1e-6)

    def test_resnet50_has_the_parameters_of_the_paper(self):
        weights = resnet.build("resnet50", (3, 4, 6, 3), 4).graph.initializer
        # torchvision counts 25,557,032 with scale and bias of BatchNormalization: 26,560 more.
        self.assertEqual(sum(int(np.prod(w.dims)) for w in weights), 25557032 - 26560)


class Driver(unittest.TestCase):
    def get(self, folder, recipe):
        with contextlib.redirect_stdout(io.StringIO()) as out:
            driver.get("fashion_mnist", recipe, folder, None, False)
        return out.getvalue()

    def recipe(self):
        return json.loads(json.dumps(driver.load_recipes()["fashion_mnist"]))

    def test_second_run_skips_and_damage_is_repaired(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertIn("wrote", self.get(folder, self.recipe()))
            self.assertIn("up to date", self.get(folder, self.recipe()))
            path = os.path.join(folder, "fashion_mnist.onnx")
            with open(path, "r+b") as f:
                f.write(b"damage")
            self.assertIn("wrote", self.get(folder, self.recipe()))
            self.assertIn("up to date", self.get(folder, self.recipe()))

    def test_wrong_hash_writes_nothing(self):
        recipe = self.recipe()
        recipe["files"]["fashion_mnist.onnx"]["sha256"] = "0" * 64
        with tempfile.TemporaryDirectory() as folder:
            with self.assertRaisesRegex(driver.RecipeError, "the recipe says 0000"):
                self.get(folder, recipe)
            self.assertEqual(os.listdir(folder), [])

    def test_needed_recipes_come_first_and_once(self):
        recipes = {"a": {"needs": ["c"]}, "b": {"needs": ["c"]}, "c": {}}
        self.assertEqual(driver.with_needs(["a", "b"], recipes), ["c", "a", "b"])

    def test_every_recipe_names_its_sources_and_files_by_hash(self):
        for name, recipe in driver.load_recipes().items():
            for entry in [*recipe["sources"], *recipe["files"].values()]:
                self.assertRegex(entry["sha256"], "^[0-9a-f]{64}$", name)


if __name__ == "__main__":
    unittest.main()
