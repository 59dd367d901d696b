"""Read a PyTorch state dict (.pth) into numpy arrays without PyTorch.

Both containers are read: the zip archive of PyTorch 1.6 and later, and the older chain of pickles.
The unpickler admits only the classes that a state dict needs, so a file cannot run code.
"""

import collections
import io
import pickle
import struct
import zipfile

import numpy as np

LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
STORAGE_DTYPES = {
    "DoubleStorage": np.dtype("<f8"),
    "FloatStorage": np.dtype("<f4"),
    "HalfStorage": np.dtype("<f2"),
    "LongStorage": np.dtype("<i8"),
    "IntStorage": np.dtype("<i4"),
    "ShortStorage": np.dtype("<i2"),
    "CharStorage": np.dtype("i1"),
    "ByteStorage": np.dtype("u1"),
    "BoolStorage": np.dtype("?"),
}


class Storage:
    """One flat buffer; `array` is set when its bytes are known."""

    def __init__(self, dtype, count):
        self.dtype, self.count, self.array = dtype, count, None


class Tensor:
    """A strided view of a storage, resolved after all storages are read."""

    def __init__(self, storage, offset, size, stride):
        self.storage, self.offset, self.size, self.stride = storage, offset, size, stride

    def resolve(self):
        base = self.storage.array[self.offset :]
        last = sum((n - 1) * s for n, s in zip(self.size, self.stride))
        if any(n == 0 for n in self.size):
            return np.zeros(self.size, self.storage.dtype)
        if min(self.stride, default=0) < 0 or last >= len(base):
            raise ValueError("a tensor reaches past its storage")
        steps = [s * base.itemsize for s in self.stride]
        return np.lib.stride_tricks.as_strided(base, self.size, steps).copy()


def rebuild_tensor(storage, offset, size, stride, *_):
    return Tensor(storage, offset, tuple(size), tuple(stride))


def rebuild_parameter(tensor, *_):
    return tensor


class Unpickler(pickle.Unpickler):
    """Admits ordered dicts, tensors and storages; refuses every other class."""

    ALLOWED = {
        ("collections", "OrderedDict"): collections.OrderedDict,
        ("torch._utils", "_rebuild_tensor_v2"): rebuild_tensor,
        ("torch._utils", "_rebuild_parameter"): rebuild_parameter,
    }

    def __init__(self, stream, storages):
        super().__init__(stream)
        self.storages = storages

    def find_class(self, module, name):
        if (module, name) in self.ALLOWED:
            return self.ALLOWED[module, name]
        if module == "torch" and name in STORAGE_DTYPES:
            return STORAGE_DTYPES[name]
        raise pickle.UnpicklingError(f"class {module}.{name} is not part of a state dict")

    def persistent_load(self, pid):
        kind, dtype, key, _, count = pid[:5]
        if kind != "storage" or (len(pid) > 5 and pid[5] is not None):
            raise pickle.UnpicklingError("unknown persistent object")
        return self.storages.setdefault(str(key), Storage(dtype, count))


def read_zip(data):
    storages = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [n for n in archive.namelist() if n.endswith("/data.pkl")]
        if len(names) != 1:
            raise ValueError("the archive has no single data.pkl")
        state = Unpickler(io.BytesIO(archive.read(names[0])), storages).load()
        for key, storage in storages.items():
            raw = archive.read(names[0][: -len("data.pkl")] + "data/" + key)
            storage.array = np.frombuffer(raw, storage.dtype, storage.count)
    return state


def read_legacy(data):
    stream, storages = io.BytesIO(data), {}
    if Unpickler(stream, storages).load() != LEGACY_MAGIC:
        raise ValueError("not a PyTorch file")
    for _ in range(2):  # protocol version, system information
        Unpickler(stream, storages).load()
    state = Unpickler(stream, storages).load()
    for key in Unpickler(stream, storages).load():
        storage = storages[str(key)]
        (count,) = struct.unpack("<q", stream.read(8))
        if count != storage.count:
            raise ValueError("a storage has another size than the state dict says")
        storage.array = np.frombuffer(stream.read(count * storage.dtype.itemsize), storage.dtype)
    return state


def load_state_dict(data):
    """dict of name -> numpy array from the bytes of a .pth file."""
    state = read_zip(data) if data[:2] == b"PK" else read_legacy(data)
    return {name: value.resolve() for name, value in state.items() if isinstance(value, Tensor)}
