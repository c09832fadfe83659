"""Nearly valid arrays and the files they lie in, drawn by hypothesis."""

from __future__ import annotations

import io
import json
import re
import struct
import warnings
import zipfile
from functools import cache
from random import Random
from typing import Any, NamedTuple
from unittest import mock

import numpy as np
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

DTYPES = (
    *("<f8", "<f8", "<f8", "<f4", ">f8", ">f4", "<f2", "<f16", "<i8", ">i4", "|u1", "|i1", "<u8", "|b1"),
    *("<c16", "<U3", "|S2", "<M8[s]", "<m8[ns]", "|O", [("a", "<f8"), ("b", "<i4")], "|V3"),
)
FILLS = ("normal", "normal", "normal", "ones", "zeros", "huge", "tiny", "nan", "inf", "-inf", "labels")
NAMES = (
    *("weight", "bias", "z", "labels", "means", "covariances", "priors", "fc.weight", "fc.bias", "coef_"),
    *(
        "intercept_",
        "0.weight",
        "2.weight",
        "ω.weight",
        "weight\n",
        "\x1b[31m.weight",
        "a" * 300 + ".weight",
        "",
        "../z",
    ),
)
SHAPES = st.one_of(
    st.sampled_from([(3, 4), (3,), (2, 2), (2,), (60, 4), (60,), (1, 4), (3, 4, 4), (4,), (), (0, 4), (3, 0)]),
    st.lists(st.integers(0, 5), max_size=4).map(tuple),
)
DECLARED = (
    None,
    None,
    None,
    (2**20, 2**20),
    (2**62, 4),
    (-1, 4),
    (2**40,),
    (10**30, 1),
    (0, 2**62),
    (3.5, 2),
    "((" * 200,
)


class Spec(NamedTuple):
    """What an array is like."""

    dtype: Any
    shape: tuple[int, ...]
    fill: str
    fortran: bool
    seed: int


ARRAY = st.builds(Spec, st.sampled_from(DTYPES), SHAPES, st.sampled_from(FILLS), st.booleans(), st.integers(0, 99))
NAMED = st.lists(st.tuples(st.sampled_from(NAMES), ARRAY, st.sampled_from(DECLARED)), max_size=4)


def built(spec: Spec) -> np.ndarray:
    """The array of a description."""
    rng = np.random.default_rng(spec.seed)
    values = {
        "normal": lambda: rng.normal(size=spec.shape),
        "labels": lambda: rng.integers(0, 3, spec.shape),
        "huge": lambda: rng.normal(size=spec.shape) * 1e300,
        "tiny": lambda: rng.normal(size=spec.shape) * 1e-300,
        "zeros": lambda: np.zeros(spec.shape),
        "ones": lambda: np.ones(spec.shape),
    }.get(spec.fill, lambda: np.where(rng.random(spec.shape) < 0.2, float(spec.fill), 1.0))()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dtype = np.dtype(spec.dtype)
        if dtype == np.longdouble:
            return np.zeros(spec.shape, dtype)  # other numbers have padding, which is never the same
        try:
            array = np.asarray(values).astype(dtype)
        except (TypeError, ValueError):
            array = np.zeros(spec.shape, dtype)
    return np.asfortranarray(array) if spec.fortran else array


def npy(array: np.ndarray, declared: Any = None) -> bytes:
    """A `.npy` file, whose header may declare another shape than it has."""
    out = io.BytesIO()
    np.lib.format.write_array(out, array, allow_pickle=True)
    content = out.getvalue()
    if declared is None:
        return content
    header = f"{{'descr': {array.dtype.descr!r}, 'fortran_order': False, 'shape': {declared}, }}"
    if array.dtype.names is None:
        header = f"{{'descr': {array.dtype.str!r}, 'fortran_order': False, 'shape': {declared}, }}"
    text = header.encode() + b"\n"
    entries = bytes(64) if array.dtype.hasobject else array.tobytes()[:64]
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + entries


def npz(members: list[tuple[str, bytes]]) -> bytes:
    """A `.npz` file of these members, of which several may have one name."""
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w") as archive:
        warnings.simplefilter("ignore")
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), content)
    return out.getvalue()


def safetensors(named: list[tuple[str, Spec, Any]]) -> bytes:
    """A `.safetensors` file, written by hand so that its header may lie."""
    kinds = {"f8": "F64", "f4": "F32", "f2": "F16", "i8": "I64", "i4": "I32", "u1": "U8", "i1": "I8", "b1": "BOOL"}
    header, data = {}, b""
    for name, spec, declared in named:
        array = built(spec)
        content = b"" if array.dtype.hasobject else array.tobytes()
        kind = kinds.get(array.dtype.str[1:], ("BF16", "F8_E4M3", "U64", "X99")[spec.seed % 4])
        shape = array.shape if declared is None else declared
        header[name] = {"dtype": kind, "shape": shape, "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def checkpoint(named: list[tuple[str, Spec, Any]], legacy: bool) -> bytes:
    """A torch checkpoint, with expanded, sparse, half-precision and other tensors among its own."""
    content: dict[Any, Any] = {}
    for name, spec, declared in named:
        array = built(spec)
        if array.dtype.kind not in "fiubc" or array.dtype.itemsize > 16 or array.dtype == np.longdouble:
            content[name] = "text"
            continue
        tensor = torch.tensor(array.astype(array.dtype.newbyteorder("=")))
        if declared is not None and tensor.numel():
            tensor = tensor.flatten()[:1].expand(2**20, 2**20)
        elif spec.seed % 7 == 0 and tensor.dtype != torch.uint64:  # torch has no sparse ones
            tensor = tensor.to_sparse()
        elif spec.seed % 7 == 1 and not tensor.is_complex():
            tensor = tensor.to(torch.bfloat16)
        elif spec.seed % 7 == 2:
            tensor = tensor.to("meta")
        elif spec.seed % 7 == 3 and tensor.is_floating_point():
            tensor = torch.nn.Parameter(tensor)
        content[name] = tensor
    return saved({"state_dict": content} if legacy and len(content) > 2 else content, legacy)


def saved(content: Any, legacy: bool = False) -> bytes:
    """What torch saves of this; the older format, which names and sorts storages by address, the same each time."""
    out = io.BytesIO()
    with mock.patch.object(torch.serialization, "sorted", list, create=True):
        torch.save(content, out, _use_new_zipfile_serialization=not legacy)
    written = out.getvalue()
    if legacy:
        for number, address in enumerate(dict.fromkeys(re.findall(rb"\d{12,16}", written))):
            written = written.replace(address, b"%0*d" % (len(address), number))
    return written


def drawn(strategy: st.SearchStrategy[Any], rng: Random) -> Any:
    """What hypothesis makes of random bytes; None where they do not suffice."""
    found, run = _collector(strategy)
    found.clear()
    run(rng.randbytes(1024))
    return found[0] if found else None


@cache
def _collector(strategy: st.SearchStrategy[Any]) -> tuple[list[Any], Any]:
    found: list[Any] = []

    @settings(database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def collect(value: Any) -> None:
        found.append(value)

    return found, collect.hypothesis.fuzz_one_input
