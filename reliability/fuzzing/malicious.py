"""Files that are made to do harm: each must be refused, and nothing may come of it."""

from __future__ import annotations

import functools
import gzip
import json
import os
import pickle
import struct
import tarfile
import zipfile
from typing import Any

import numpy as np
import torch

from reliability.fuzzing.archives import bomb, short_central_directory, tar, tar_header, tar_link, zip_of
from reliability.fuzzing.arrays import npy, npz, saved
from reliability.fuzzing.workers import CANARY


class Payload:
    """An object whose pickle would write the canary."""

    def __init__(self, call: Any, *arguments: Any) -> None:
        self.call, self.arguments = call, arguments

    def __reduce__(self) -> tuple[Any, Any]:
        return self.call, self.arguments


def payloads() -> dict[str, Payload]:
    """Pickles that write the canary by several ways."""
    return {
        "os.system": Payload(os.system, f"touch {CANARY}"),
        "open": Payload(open, CANARY, "w"),
        "exec": Payload(exec, f"open({CANARY!r}, 'w')"),
        "eval": Payload(eval, f"open({CANARY!r}, 'w')"),
        "np.save": Payload(np.savetxt, CANARY, np.ones(1)),
        "partial": Payload(functools.partial(os.mkdir, CANARY)),
        "torch.save": Payload(torch.save, 1, CANARY),
    }


def objects(payload: Any) -> bytes:
    """A `.npy` file of an object array."""
    return npy(np.array([[payload, 1.0], [1.0, 1.0]], dtype=object))


def tensors() -> dict[str, dict[str, bytes]]:
    """Malicious files of tensors by suffix and by what they try."""
    files: dict[str, dict[str, bytes]] = {".npy": {}, ".npz": {}, ".pt": {}, ".safetensors": {}}
    for name, payload in payloads().items():
        files[".npy"][f"objects: {name}"] = objects(payload)
        files[".npy"][f"bare pickle: {name}"] = pickle.dumps(payload)
        for member in ("weight", "bias", "z", "labels", "means"):
            files[".npz"][f"objects in {member}: {name}"] = npz([(member, objects(payload))])
        files[".npz"][f"bare pickle: {name}"] = pickle.dumps(payload)
        files[".npz"][f"pickle as member: {name}"] = npz(
            [("weight", pickle.dumps(payload)), ("z", pickle.dumps(payload))]
        )
        files[".safetensors"][f"bare pickle: {name}"] = pickle.dumps(payload)
        for protocol in (0, 2, 4, 5):
            files[".pt"][f"bare pickle {protocol}: {name}"] = pickle.dumps(payload, protocol)
        for legacy in (False, True):
            for where in ("value", "key", "whole"):
                files[".pt"][f"{'legacy ' if legacy else ''}{where}: {name}"] = _checkpoint(payload, legacy, where)
        files[".pt"][f"tar: {name}"] = tar({"pickle": pickle.dumps(payload), "storages": pickle.dumps(payload)})
        files[".pt"][f"npz named .pt: {name}"] = npz([("weight", objects(payload))])
        files[".npz"][f"checkpoint named .npz: {name}"] = _checkpoint(payload, False, "value")
    for shape in ((2**37,), (2**20, 2**20), (2**62, 2), (2**31, 2**31), (2**64, 1), (10**40,)):
        promise = npy(np.ones((2, 2)), shape)
        files[".npy"][f"promises {shape}"] = promise
        files[".npz"][f"promises {shape}"] = npz([(n, promise) for n in ("weight", "z", "means")])
        files[".safetensors"][f"promises {shape}"] = _safetensors({"weight": _entry(shape), "z": _entry(shape)})
    files[".npy"]["nested header"] = npy(np.ones(2), "(" * 4000 + ")" * 4000)
    files[".npy"]["header of 4 GB"] = b"\x93NUMPY\x02\x00" + struct.pack("<I", 2**32 - 1) + b"{" * 1000
    files[".npy"]["code in the header"] = npy(np.ones(2), f"(open({CANARY!r}, 'w'),)")
    files[".npy"]["power in the header"] = npy(np.ones(2), "(9**9**9**9,)")
    for name in ("weight", "z"):
        files[".npz"][f"bomb in {name}"] = bomb(f"{name}.npy", npy(np.zeros((0, 1)), (3, 2**26)), 1536)
    files[".safetensors"]["header of 2^63"] = struct.pack("<Q", 2**63 - 1) + b"{}"
    files[".safetensors"]["header of 90 MB"] = struct.pack("<Q", 90 * 2**20) + b"{}"
    files[".safetensors"]["nested header"] = _raw(b'{"a":' * 30000 + b"1" + b"}" * 30000)
    files[".safetensors"]["nested lists"] = _raw(b'{"a":' + b"[" * 30000 + b"]" * 30000 + b"}")
    files[".safetensors"]["overlapping"] = _safetensors({"weight": _entry((2, 2)), "z": _entry((2, 2))}, bytes(32))
    files[".safetensors"]["hole"] = _safetensors({"weight": _entry((2, 2), 8)}, bytes(40))
    files[".safetensors"]["negative"] = _safetensors({"weight": _entry((-2, -2))}, bytes(32))
    for suffix in (".npz", ".pt"):
        files[suffix]["paths outside"] = zip_of({"../../canary": b"1", "/tmp/canary": b"1", "..\\canary": b"1"})
        files[suffix]["zip of a million names"] = short_central_directory()
    for name, tensor in (
        ("expanded", torch.zeros(1).expand(2**21, 2**21)),
        ("expanded bias", torch.zeros(2**40, device="meta")),
    ):
        for legacy in (False, True):
            content = {"weight": tensor, "fc.weight": tensor}
            files[".pt"][f"{'legacy ' if legacy else ''}{name}"] = saved(content, legacy)
    files[".pt"]["deep pickle"] = b"\x80\x02" + b"(" * 100_000 + b"l" * 100_000 + b"."
    files[".pt"]["pickle of 2^60"] = b"\x80\x04\x8e" + struct.pack("<Q", 2**60) + b"x."
    return files


def archives() -> dict[str, bytes]:
    """Malicious zip and tar archives by what they try."""
    names = (
        "/etc/passwd",
        "../up",
        "a/../../up",
        "..\\up",
        "C:\\up",
        "c:/up",
        "//host/share",
        "\\\\host\\share",
        "a/..",
    )
    files = {f"tar {name}": tar({"good": b"1", name: b"2"}) for name in names}
    files |= {f"zip {name}": zip_of({"good": b"1", name: b"2"}) for name in names}
    for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE):
        for target in ("/etc/passwd", "../up", "good"):
            files[f"tar link {kind!r} to {target}"] = tar_link(kind, target)
    entry = zipfile.ZipInfo("odd")
    entry.external_attr = (0o120777) << 16
    files["zip link"] = zip_of({entry: b"/etc/passwd"})
    files["zip bomb"] = bomb("zeros", b"", 300)
    files["tar bomb"] = gzip.compress(tar_header(2**33) + bytes(2**20))
    files["tar promise"] = tar_header(2**40)
    files["tar of long names"] = gzip.compress(tar_header(2**31, tarfile.GNUTYPE_LONGNAME) + bytes(2**20))
    files["tar of pax headers"] = gzip.compress(tar_header(2**31, tarfile.XHDTYPE) + bytes(2**20))
    return files


def _checkpoint(payload: Any, legacy: bool, where: str) -> bytes:
    weight = torch.ones(2, 2)
    content = {"value": {"weight": weight, "extra": payload}, "key": {"weight": (payload, weight)}, "whole": payload}[
        where
    ]
    return saved(content, legacy)


def _entry(shape: tuple[int, ...], start: int = 0) -> dict[str, Any]:
    return {"dtype": "F64", "shape": shape, "data_offsets": [start, start + 32]}


def _safetensors(header: dict[str, Any], data: bytes = bytes(32)) -> bytes:
    return _raw(json.dumps(header).encode(), data)


def _raw(header: bytes, data: bytes = b"") -> bytes:
    return struct.pack("<Q", len(header)) + header + data
