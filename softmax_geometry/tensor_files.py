"""Named tensors in `.npz`, `.safetensors` and torch checkpoint files. Nothing is unpickled."""

from __future__ import annotations

import json
import pickle
import threading
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from softmax_geometry.checks import Array, InputError, readable

TORCH_SUFFIXES = (".pt", ".pth", ".ckpt")
_STATE_DICT_KEYS = ("state_dict", "model_state_dict", "model")
_ALONE = threading.Lock()
_UNREADABLE = (
    OSError,
    ValueError,
    EOFError,
    KeyError,
    RuntimeError,
    MemoryError,
    TypeError,
    OverflowError,
    SyntaxError,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)


class StoredTensor(NamedTuple):
    """A tensor in a file: what is known before it is read, and how to read it."""

    shape: tuple[int, ...]
    floating: bool
    read: Callable[[], Any]


def open_tensors(path: Path, suffixes: tuple[str, ...]) -> dict[str, StoredTensor]:
    """The tensors of a file by name, in the order of the file; `suffixes` are the kinds that are welcome.

    Raises
    ------
    InputError
        If the file is missing, damaged, of another kind, or holds pickled objects.
    """
    _check_file(path, suffixes)
    if path.suffix == ".npz":
        return _open_npz(path)
    return _open_safetensors(path) if path.suffix == ".safetensors" else _open_torch(path)


def read_npy(path: Path, mapped: bool = False) -> Any:
    """The array in a `.npy` file, or with `mapped` a view of the file, of which only what is used is read.

    Raises
    ------
    InputError
        If the file is missing, damaged, of another kind, or holds pickled objects.
    """
    _check_file(path, (".npy",))
    try:
        with path.open("rb") as file:
            magic = file.read(len(np.lib.format.MAGIC_PREFIX))
        if magic == np.lib.format.MAGIC_PREFIX:
            with _quiet():
                return np.load(path, mmap_mode="r" if mapped else None, allow_pickle=False)
    except _UNREADABLE as error:
        raise _unreadable(path, error) from error
    raise InputError(f"{path}: expected a .npy file, got something else")


def listing(names: Iterable[str]) -> str:
    """The names for a message, the first twelve of them when there are many."""
    names = list(names)
    shown = ", ".join(readable(name, 60) for name in names[:12]) + (
        f" and {len(names) - 12} more" if len(names) > 12 else ""
    )
    return shown or "nothing"


def import_torch() -> Any:
    """The torch module, imported when first needed.

    Raises
    ------
    InputError
        If torch is not installed; the message says how to install it.
    """
    try:
        import torch
    except ImportError as error:
        raise InputError(
            "torch: expected it to be installed, got none (pip install 'softmax-geometry[torch]')"
        ) from error
    return torch


def _check_file(path: Path, suffixes: tuple[str, ...]) -> None:
    if path.suffix not in suffixes:
        raise InputError(f"{path}: expected a file named {' or '.join(suffixes)}, got {path.suffix or 'no suffix'}")
    try:
        path.open("rb").close()
    except (OSError, ValueError) as error:  # a ValueError: a null character in the path
        raise InputError(f"{path}: cannot be read ({getattr(error, 'strerror', error)})") from error


def _open_npz(path: Path) -> dict[str, StoredTensor]:
    if not zipfile.is_zipfile(path):
        raise InputError(f"{path}: expected a whole .npz file, got something else or a part of one")
    try:
        with path.open("rb") as content, _quiet(), np.load(content, allow_pickle=False) as file:
            arrays = {name: np.asarray(file[name]) for name in file.files}
    except _UNREADABLE as error:
        raise _unreadable(path, error) from error
    return {name: StoredTensor(a.shape, a.dtype.kind == "f", lambda a=a: a) for name, a in arrays.items()}


def _open_safetensors(path: Path) -> dict[str, StoredTensor]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "numpy") as file:
            slices = {name: file.get_slice(name) for name in file.offset_keys()}
            return {
                name: StoredTensor(
                    tuple(tensor.get_shape()),
                    tensor.get_dtype() in ("F64", "F32", "F16", "BF16"),
                    lambda name=name: _read_safetensor(path, name),
                )
                for name, tensor in slices.items()
            }
    except (SafetensorError, *_UNREADABLE) as error:
        raise _unreadable(path, error) from error


def _read_safetensor(path: Path, name: str) -> Any:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "numpy") as file:
            tensor = file.get_slice(name)
            if tensor.get_dtype() == "BF16":
                return _read_bfloat16(path, name).reshape(tensor.get_shape())
            return file.get_tensor(name)
    except (SafetensorError, *_UNREADABLE, TypeError, AttributeError) as error:  # the last two: a type numpy lacks
        raise _unreadable(path, error) from error


def _read_bfloat16(path: Path, name: str) -> Array:
    """bfloat16, which numpy lacks, as float32: the same bits and 16 zeros. The header is already checked."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        start, end = json.loads(file.read(length))[name]["data_offsets"]
        file.seek(8 + length + start)
        halves = np.frombuffer(file.read(end - start), dtype="<u2")
    return (halves.astype(np.uint32) << 16).view(np.float32)


def _open_torch(path: Path) -> dict[str, StoredTensor]:
    torch = import_torch()
    try:
        with _quiet():
            content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise InputError(
            f"{path}: expected a checkpoint of tensors only, got other pickled objects or a damaged file "
            "(save model.state_dict() with torch.save)"
        ) from error
    except Exception as error:  # a damaged checkpoint can fail in any way
        raise _unreadable(path, error) from error
    for key in _STATE_DICT_KEYS:
        if isinstance(content, dict) and isinstance(content.get(key), dict):
            content = content[key]
    if not isinstance(content, dict):
        raise InputError(f"{path}: expected a state dict, got {type(content).__name__}")
    return {
        str(name): StoredTensor(
            tuple(tensor.shape),
            tensor.is_floating_point(),
            lambda tensor=tensor: (tensor.float() if tensor.itemsize < 4 else tensor).detach().numpy(),
        )
        for name, tensor in content.items()
        if isinstance(tensor, torch.Tensor) and tensor.layout == torch.strided and not tensor.is_quantized
        if tensor.device.type == "cpu" and tensor.nbytes <= tensor.untyped_storage().nbytes()
    }  # a tensor without its entries, or one that repeats few of them, can claim any size


@contextmanager
def _quiet() -> Iterator[None]:
    """What numpy and torch warn of in an odd file is no concern of whoever reads it: it can be read, or not.

    One thread at a time: filters of warnings belong to the process, and two that cross would leave them off.
    """
    with _ALONE, warnings.catch_warnings(action="ignore"):
        yield


def _unreadable(path: Path, error: Exception) -> InputError:
    reason = readable(error).rstrip(".") or type(error).__name__
    return InputError(f"{path}: cannot be read ({reason})")
