"""What is fuzzed: each target makes its inputs from their numbers, so that every one can be made again."""

from __future__ import annotations

import contextlib
import functools
import gzip
import io
import json
import os
import zipfile
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

import numpy as np
import torch
from PIL import Image
from safetensors.numpy import save
from scipy.io import savemat

from experiments.data import cifar, idx, photographs, reading, svhn
from experiments.running.records import read_record
from experiments.training.checkpoints import load_state
from reliability.fuzzing import arrays, malicious
from reliability.fuzzing.commands import OPTIONS, SLOW, command_case, command_line
from reliability.fuzzing.mutation import mutated, noise
from reliability.fuzzing.workers import Case
from softmax_geometry.checks import InputError
from softmax_geometry.features import Features
from softmax_geometry.head import Head
from softmax_geometry.streams import load_features, load_population

os.environ.pop(reading.DATA_VARIABLE, None)


@dataclass(frozen=True)
class Target:
    """One entrance of the software.

    Attributes
    ----------
    name : str
    case : function
        The input of a number.
    inputs : int
        How many of them the measurement tries.
    limit : float
        Seconds after which an input counts as hanging.
    """

    name: str
    case: Callable[[int], Case]
    inputs: int
    limit: float = 30.0


def targets() -> list[Target]:
    """All targets."""
    heads = [Target(f"Head.load {suffix}", functools.partial(_head, suffix), n) for suffix, n in _TENSOR_INPUTS.items()]
    features = [
        Target(f"features {suffix}", functools.partial(_features, suffix), n // 2)
        for suffix, n in _TENSOR_INPUTS.items()
        if suffix not in (".pt", "legacy .pt")
    ]
    data = [Target(name, functools.partial(_data, name), n) for name, n in _DATA_INPUTS.items()]
    kept = [
        Target("checkpoint of a training", _state, 4000),
        Target("record of a run", _record, 6000),
    ]
    commands = [
        Target(f"command {name}", functools.partial(_command, name, False), _COMMAND_INPUTS[name]) for name in OPTIONS
    ]
    processes = [Target("commands as processes", _process, 40, 120.0)]
    return [*heads, *features, *data, *kept, *commands, *processes]


_TENSOR_INPUTS = {".npz": 15_000, ".npy": 15_000, ".safetensors": 14_000, ".pt": 6_000, "legacy .pt": 7_000}
_DATA_INPUTS = {
    "IDX": 8000,
    "zip and tar": 8000,
    "JPEG folders": 2000,
    "CIFAR binary": 1500,
    "CIFAR as JPEG": 1500,
    "SVHN .mat": 2000,
    "SVHN mosaic": 600,
    "pets": 1000,
    "flowers": 1000,
}
_COMMAND_INPUTS = {
    "region": 900,
    "structure": 900,
    "score": 400,
    "diagnose": 300,
    "claims": 200,
    "report": 40,
    "figures": 60,
    "explorer": 20,
}


def malicious_cases() -> dict[str, Case]:
    """Every malicious file before every reader that takes files of its name."""
    cases = {}
    for suffix, files in malicious.tensors().items():
        path = f"x{suffix}"
        for name, content in files.items():
            here = {path: content}
            if "bomb in z" not in name:
                cases[f"Head.load {suffix}: {name}"] = Case(here, functools.partial(_done, Head.load, path))
                cases[f"structure {suffix}: {name}"] = command_case(["structure", path], here)
            if suffix != ".pt":
                if "bomb in weight" in name:
                    continue
                cases[f"load_population {suffix}: {name}"] = Case(here, functools.partial(_done, load_population, path))
                line = ["score", "good.npz", path, "--out", "out.npz"]
                cases[f"score {suffix}: {name}"] = command_case(line, here | {"good.npz": _good_head()})
            else:
                call = functools.partial(_done, load_state, Path(path), "mine")
                cases[f"checkpoint: {name}"] = Case(here, call)
    for name, content in malicious.archives().items():
        cases[f"members: {name}"] = Case({}, functools.partial(_members, content))
    return cases


# Heads and features


def _mixed(
    rng: Random, valid: Sequence[bytes], nearly: Callable[[Random], bytes], rewrap: Callable | None = None
) -> bytes:
    """A nearly valid file, a mutated valid one (its contents mutated where they are wrapped), or noise."""
    kind = rng.random()
    if kind < 0.25:
        content = nearly(rng)
        return content if rng.random() < 0.8 else mutated(content, valid, rng)
    if kind < 0.9:
        chosen = rng.choice(valid)
        return rewrap(chosen, rng) if rewrap is not None and rng.random() < 0.6 else mutated(chosen, valid, rng)
    return noise(valid, rng)


def _tensor_file(suffix: str, rng: Random) -> bytes:
    valid, nearly, rewrap = _valid(suffix), functools.partial(_nearly, suffix), None
    if suffix in (".npz", ".pt"):
        rewrap = _member_mutated
    return _mixed(rng, valid, nearly, rewrap)


@cache
def _valid(suffix: str) -> list[bytes]:
    rng = np.random.default_rng(0)
    weight, bias, z, labels = rng.normal(size=(3, 4)), rng.normal(size=3), rng.normal(size=(12, 4)), np.arange(12) % 3
    both = {"weight": weight, "bias": bias, "z": z, "labels": labels}
    law = {"means": weight, "covariances": np.stack([np.eye(4)] * 3), "priors": np.full(3, 1 / 3)}
    if suffix == ".npy":
        return [arrays.npy(a) for a in (weight, z, z.astype("f4"), np.asfortranarray(weight), weight.astype(">f8"))]
    if suffix == ".npz":
        out = io.BytesIO()
        np.savez_compressed(out, **both)
        named = [arrays.npz([(k, arrays.npy(v)) for k, v in d.items()]) for d in (both, law)]
        return [*named, out.getvalue()]
    if suffix == ".safetensors":
        return [save(both), save({"fc.weight": weight.astype("f4"), "fc.bias": bias.astype("f4"), "z": z}), save(law)]
    mlp = torch.nn.Sequential(torch.nn.Linear(4, 5), torch.nn.ReLU(), torch.nn.Linear(5, 3))
    contents = [
        {"weight": torch.tensor(weight), "bias": torch.tensor(bias)},
        {"state_dict": mlp.state_dict(), "epoch": 3},
    ]
    files = []
    for content in contents:
        out = io.BytesIO()
        torch.save(content, out, _use_new_zipfile_serialization=suffix == ".pt")
        files.append(out.getvalue())
    return files


def _nearly(suffix: str, rng: Random) -> bytes:
    named = arrays.drawn(arrays.NAMED, rng) or []
    if suffix == ".npy":
        _, spec, declared = named[0] if named else ("z", arrays.Spec("<f8", (3, 4), "normal", False, 0), None)
        return arrays.npy(arrays.built(spec), declared)
    if suffix == ".npz":
        return arrays.npz([(name, arrays.npy(arrays.built(spec), declared)) for name, spec, declared in named])
    if suffix == ".safetensors":
        return arrays.safetensors(named)
    return arrays.checkpoint(named, legacy=suffix != ".pt")


def _member_mutated(content: bytes, rng: Random) -> bytes:
    """A zip with one member mutated and its checksum right again."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    chosen = rng.choice(list(files))
    pickled = [name for name in files if name.endswith(".pkl")]
    if pickled and rng.random() < 0.7:
        chosen = pickled[0]
    files[chosen] = mutated(files[chosen], list(files.values()), rng)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, member in files.items():
            archive.writestr(name, member)
    return out.getvalue()


def _done(function: Callable[..., Any], *arguments: Any) -> None:
    function(*arguments)


def _head(suffix: str, number: int) -> Case:
    rng = Random(f"head {suffix} {number}")
    path = f"x{suffix.split()[-1] if rng.random() < 0.5 else suffix.split()[-1].replace('.pt', '.pth')}"
    files, bias, key = {path: _tensor_file(suffix, rng)}, None, None
    if suffix == ".npy" and rng.random() < 0.3:
        bias, files["b.npy"] = "b.npy", _tensor_file(".npy", rng)
    if rng.random() < 0.1:
        key = rng.choice(("fc", "2", "weight", "fc.weight", "0.weight", "\n"))
    return Case(files, functools.partial(_done, Head.load, path, bias, key))


def _features(suffix: str, number: int) -> Case:
    rng = Random(f"features {suffix} {number}")
    files = {f"x{suffix}": _tensor_file(suffix, rng)}
    if suffix == ".npy" and rng.random() < 0.3:
        files = {f"s/{name}{i}.npy": _tensor_file(".npy", rng) for name in ("z", "labels") for i in range(2)}
        return Case(files, functools.partial(_streamed, "s"))
    return Case(files, functools.partial(_done, rng.choice((Features.load, load_population)), f"x{suffix}"))


def _streamed(folder: str) -> None:
    for _ in load_features(folder).map(len):
        pass


# Data sets


def _load(known: Collection[bytes] | None, load: Callable[..., Any], *arguments: Any) -> None:
    """Load with these contents as the published ones; with None, everything passes for published."""
    photographs._read.cache_clear()
    cifar._from_jpeg.cache_clear()

    def check(path: Path, content: bytes, expected: str) -> None:
        if known is not None and content not in known:
            raise InputError(f"{path}: expected the published file, got another")

    with contextlib.ExitStack() as stack:
        for module in (reading, idx, cifar):
            stack.enter_context(mock.patch.object(module, "check_hash", check))
        load(*arguments)


def _members(content: bytes) -> None:
    for _ in reading.members(Path("x"), content):
        pass


def _data(name: str, number: int) -> Case:
    rng = Random(f"{name} {number}")
    root = Path()
    if name == "IDX":
        files = dict(_idx_files())
        chosen = rng.choice(list(files))
        inner = (
            mutated(files[chosen], list(files.values()), rng)
            if rng.random() < 0.9
            else noise(list(files.values()), rng)
        )
        packed = rng.random() < 0.6
        content = gzip.compress(inner, 1, mtime=0) if packed else inner
        files[chosen] = content
        if packed:
            files[f"{chosen}.gz"] = mutated(content, [content], rng) if rng.random() < 0.5 else files[chosen]
            del files[chosen]
        return Case(files, functools.partial(_load, None, idx.load_idx, "mnist", "test", root))
    if name in _published():
        files, load, arguments = _published()[name]
        known = frozenset(files.values())
        if rng.random() < 0.95:
            chosen = rng.choice(list(files))
            mutant = mutated(files[chosen], list(known), rng)
            files = files | {chosen: _member_mutated(mutant, rng) if _is_zip(mutant) else mutant}
        return Case(files, functools.partial(_load, known, load, *arguments))
    if name == "zip and tar":
        members = {"a/b.txt": b"text", "a/c.bin": bytes(1000), "ω.jpg": b"x" * 50}
        return Case({}, functools.partial(_members, _archive_mutated(members, rng)))
    if name == "JPEG folders":
        files = {}
        for part in ("train", "test"):
            for label in ("a", "b"):
                chosen = rng.choice(list(_pictures()))
                content = _pictures()[chosen]
                if rng.random() < 0.4:
                    content = mutated(content, list(_pictures().values()), rng)
                files[f"beans/{part}/{label}/x{chosen}"] = content
        size = rng.choice((1, 8, 32))
        return Case(files, functools.partial(_load, None, photographs.load_photographs, "beans", "train", root, size))
    raise KeyError(name)


def _archive_mutated(members: dict[str, bytes], rng: Random) -> bytes:
    """A zip or a tar, plain or compressed, mutated within the compression or as a whole."""
    kind = rng.choice(("zip", "tar", "tar.gz", "tar.xz", "tar.bz2"))
    if kind == "zip":
        content = malicious.zip_of(members)
        return _member_mutated(content, rng) if rng.random() < 0.2 else mutated(content, [content], rng)
    if kind == "tar.gz" and rng.random() < 0.7:
        content = malicious.tar(members)
        return gzip.compress(mutated(content, [content], rng), 1, mtime=0)
    content = malicious.tar(members, {"tar": "w", "tar.gz": "w:gz", "tar.xz": "w:xz", "tar.bz2": "w:bz2"}[kind])
    return mutated(content, [content], rng)


@cache
def _idx_files() -> dict[str, bytes]:
    pixels, labels = bytes(range(256)) * 7, bytes(range(2))
    images = b"\0\0\x08\x03" + b"".join(n.to_bytes(4, "big") for n in (2, 28, 28)) + pixels[: 2 * 784]
    return {
        "mnist/t10k-images-idx3-ubyte": images,
        "mnist/t10k-labels-idx1-ubyte": b"\0\0\x08\x01" + (2).to_bytes(4, "big") + labels,
    }


@cache
def _pictures() -> dict[str, bytes]:
    pixels = np.random.default_rng(0).integers(0, 256, (12, 10, 3), dtype=np.uint8)
    files = {}
    for suffix, kind in ((".jpg", "JPEG"), (".png", "PNG"), (".tif", "TIFF"), (".jpeg", "WEBP")):
        out = io.BytesIO()
        Image.fromarray(pixels).save(out, kind)
        files[suffix] = out.getvalue()
    for suffix, mode in ((".PNG", "P"), (".TIFF", "I;16"), (".JPG", "L")):
        out = io.BytesIO()
        image = (
            Image.fromarray(pixels[..., 0].astype(np.uint16))
            if mode == "I;16"
            else Image.fromarray(pixels).convert(mode)
        )
        image.save(out, {".PNG": "PNG", ".TIFF": "TIFF", ".JPG": "JPEG"}[suffix])
        files[suffix] = out.getvalue()
    return files


@cache
def _compact_cifar() -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.zeros((32, 32, 3), np.uint8)).save(out, "JPEG")
    jpeg, packed = out.getvalue(), io.BytesIO()
    np.savez(
        packed,
        jpeg_test=np.frombuffer(jpeg * 2, np.uint8),
        offsets_test=np.array([0, len(jpeg), 2 * len(jpeg)]),
        y_test=np.array([1, 2]),
    )
    return packed.getvalue()


@cache
def _mosaic() -> tuple[bytes, bytes]:
    pixels = np.zeros((32, 32 * svhn._COLUMNS, 3), np.uint8)
    picture, labels = io.BytesIO(), io.BytesIO()
    Image.fromarray(pixels).save(picture, "WEBP", lossless=True)
    np.save(labels, np.arange(100, dtype=np.uint8) % 10)
    return picture.getvalue(), labels.getvalue()


@cache
def _published() -> dict[str, tuple[dict[str, bytes], Callable[..., Any], tuple[Any, ...]]]:
    """Small stand-ins for the published files of data sets, and how they are loaded."""
    root, jpeg, batch = Path(), _pictures()[".jpg"], bytes(2) + bytes(range(256)) * 12
    picture, labels = _mosaic()
    batches = {"cifar-100-binary/test.bin": batch * 2, "cifar-100-binary/train.bin": batch}
    lists = {"annotations/trainval.txt": b"Cat_1 1 1 1\nDog_2 2 1 1\n", "annotations/test.txt": b"Cat_3 1 1 1\n"}
    cats = malicious.tar({f"images/{name}.jpg": jpeg for name in ("Cat_1", "Dog_2", "Cat_3")}, "w:gz")
    split = {"trnid": np.array([[1]]), "valid": np.array([[2]]), "tstid": np.array([[3]])}
    flowers = {
        "flowers/102flowers.tgz": malicious.tar({f"jpg/image_{i:05d}.jpg": jpeg for i in (1, 2, 3)}, "w:gz"),
        "flowers/imagelabels.mat": _mat({"labels": np.array([[1, 2, 3]])}),
        "flowers/setid.mat": _mat(split),
    }
    svhn_mat = _mat({"X": np.zeros((32, 32, 3, 2), np.uint8), "y": np.array([[1], [10]], np.uint8)})
    mosaic = {svhn._MOSAIC: picture, svhn._MOSAIC.replace(".webp", "_labels.npy"): labels}
    pets = {"pets/images.tar.gz": cats, "pets/annotations.tar.gz": malicious.tar(lists, "w:gz")}
    archive = {"cifar-100-binary.tar.gz": malicious.tar(batches, "w:gz"), **batches}
    return {
        "CIFAR binary": (archive, cifar.load_cifar, ("cifar100", "test", root)),
        "CIFAR as JPEG": ({cifar.COMPACT["cifar10"][0]: _compact_cifar()}, cifar.load_cifar, ("cifar10", "test", root)),
        "SVHN .mat": ({"test_32x32.mat": svhn_mat}, svhn.load_svhn, ("test", root)),
        "SVHN mosaic": (mosaic, svhn.load_svhn, ("train", root)),
        "pets": (pets, photographs.load_photographs, ("pets", "train", root, 8)),
        "flowers": (flowers, photographs.load_photographs, ("flowers", "train", root, 8)),
    }


def _mat(content: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    savemat(out, content)
    return out.getvalue()


def _is_zip(content: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return archive.testzip() is None and bool(archive.namelist())
    except Exception:
        return False


# What trainings and runs keep


@cache
def _states() -> list[bytes]:
    model = torch.nn.Linear(3, 2)
    buffers = {"state": {0: {"momentum_buffer": torch.zeros(2, 3)}}, "param_groups": [{"lr": 0.1, "params": [0, 1]}]}
    out = io.BytesIO()
    torch.save({"fingerprint": "mine", "model": model.state_dict(), "optimizer": buffers, "step": 3}, out)
    return [out.getvalue()]


def _state(number: int) -> Case:
    rng = Random(f"state {number}")
    content = _mixed(rng, _states(), functools.partial(_nearly, ".pt"), _member_mutated)
    return Case({"x.pt": content}, functools.partial(_done, load_state, Path("x.pt"), "mine"))


RECORD = {
    "label": "a",
    "config": {"x": 1},
    "seed": 0,
    "metrics": {"auroc": 0.5},
    "caveats": {},
    "provenance": {"data": {}},
}
ODD = (None, 1, 1e999, "x", [], {}, True, 10**400, "\ud800", [[[]]])


def _record(number: int) -> Case:
    rng = Random(f"record {number}")
    content = dict(RECORD)
    if rng.random() < 0.4:
        content[rng.choice([*RECORD, "path", "arrays", "self", ""])] = rng.choice(ODD)
    if rng.random() < 0.1:
        del content[rng.choice(list(content))]
    text = json.dumps(content).encode()
    if rng.random() < 0.6:
        text = mutated(text, [text], rng)
    if rng.random() < 0.02:
        text = rng.choice((b"[" * 100_000, b'{"a":' * 50_000, b"1" * 100_000, b"\xff\xfe", b"\xef\xbb\xbf{}"))
    files = {"r-seed0.json": text}
    if rng.random() < 0.7:
        files["r-seed0.npz"] = _tensor_file(".npz", rng)
    return Case(files, _read_record)


def _read_record() -> None:
    found = read_record(Path("r-seed0.json"))
    assert isinstance(found.arrays, dict)


# Commands


@cache
def _good_head() -> bytes:
    rng = np.random.default_rng(1)
    return arrays.npz([("weight", arrays.npy(rng.normal(size=(3, 4)))), ("bias", arrays.npy(rng.normal(size=3)))])


@cache
def _good_features() -> bytes:
    labels = np.arange(40) % 3
    z = np.random.default_rng(2).normal(size=(40, 4)) + 3 * np.eye(4)[labels]
    return arrays.npz([("z", arrays.npy(z)), ("labels", arrays.npy(labels))])


def _population(rng: np.random.Generator, labelled: bool) -> bytes:
    scale = float(rng.choice([1.0, 1.0, 1.0, 1e-200, 1e200, 1e-30, 1e30]))
    n, H, K = int(rng.choice([1, 2, 7, 40, 40])), 4, int(rng.choice([2, 3, 3, 3, 5]))
    z, labels = rng.normal(size=(n, H)), np.arange(n) % K
    z = np.ones((n, H)) if rng.random() < 0.1 else (z + 3 * np.eye(H)[labels % H]) * scale
    return arrays.npz([("z", arrays.npy(z)), *([("labels", arrays.npy(labels))] if labelled else [])])


def _files(number: int) -> tuple[dict[str, bytes], list[str], list[str]]:
    """Files for a command line: names of what may be heads and what may be features, mostly good."""
    rng, draw = Random(f"files {number}"), np.random.default_rng(number)
    scale = rng.choice((1.0, 1.0, 1.0, 1e-200, 1e200, 0.0, 1e-30, 1e30))
    weight = draw.normal(size=(rng.choice((2, 3, 3, 3, 6)), 4)) * scale
    if rng.random() < 0.1:
        weight[1] = weight[0]
    files = {
        "good.npz": _good_head(),
        "drawn.npz": arrays.npz(
            [
                ("weight", arrays.npy(weight)),
                ("bias", arrays.npy(draw.normal(size=len(weight)) * rng.choice((0, 1, 1e5)))),
            ]
        ),
        "odd.npz": _tensor_file(".npz", rng),
        "odd.npy": _tensor_file(".npy", rng),
        "odd.safetensors": _tensor_file(".safetensors", rng),
        "odd.pt": _tensor_file(rng.choice((".pt", "legacy .pt")), rng),
        "z.npz": _population(draw, True),
        "labelled.npz": _good_features(),
        "plain.npz": _population(draw, False),
        "law.npz": _valid(".npz")[1],
        "folder.npz/x": b"",
        "shards/z0.npy": _tensor_file(".npy", rng) if rng.random() < 0.5 else _valid(".npy")[1],
        "a\x1b[31m\nb.npz": b"",
    }
    odd = [
        "odd.npz",
        "odd.npy",
        "odd.safetensors",
        "odd.pt",
        "missing.npz",
        "folder.npz",
        "",
        "a\x1b[31m\nb.npz",
        "nul\0.npz",
        "b" * 300 + ".npz",
    ]
    heads = ["good.npz", "good.npz", "drawn.npz"] * 20 + odd
    features = ["labelled.npz", "labelled.npz", "labelled.npz", "z.npz", "plain.npz"] * 20 + ["law.npz", "shards", *odd]
    return files, heads, features


def _command(command: str, process: bool, number: int) -> Case:
    files, heads, features = _files(number)
    return command_case(command_line(command, Random(f"{command} {number}"), heads, features), files, process)


def _process(number: int) -> Case:
    names = [name for name in OPTIONS if name not in SLOW] + ["explorer"]
    return _command(names[number % len(names)], True, number + 10**6)
