"""Small stand-ins for the published files of data sets."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from scipy.io import savemat

from experiments.data import cifar, photographs, svhn
from reliability.fuzzing.archives import tar


@cache
def published() -> dict[str, tuple[dict[str, bytes], Callable[..., Any], tuple[Any, ...]]]:
    """Small stand-ins for the published files of data sets, and how they are loaded."""
    root, jpeg, batch = Path(), pictures()[".jpg"], bytes(2) + bytes(range(256)) * 12
    picture, labels = _mosaic()
    batches = {"cifar-100-binary/test.bin": batch * 2, "cifar-100-binary/train.bin": batch}
    lists = {"annotations/trainval.txt": b"Cat_1 1 1 1\nDog_2 2 1 1\n", "annotations/test.txt": b"Cat_3 1 1 1\n"}
    cats = tar({f"images/{name}.jpg": jpeg for name in ("Cat_1", "Dog_2", "Cat_3")}, "w:gz")
    split = {"trnid": np.array([[1]]), "valid": np.array([[2]]), "tstid": np.array([[3]])}
    flowers = {
        "flowers/102flowers.tgz": tar({f"jpg/image_{i:05d}.jpg": jpeg for i in (1, 2, 3)}, "w:gz"),
        "flowers/imagelabels.mat": _mat({"labels": np.array([[1, 2, 3]])}),
        "flowers/setid.mat": _mat(split),
    }
    svhn_mat = _mat({"X": np.zeros((32, 32, 3, 2), np.uint8), "y": np.array([[1], [10]], np.uint8)})
    mosaic = {svhn._MOSAIC: picture, svhn._MOSAIC.replace(".webp", "_labels.npy"): labels}
    pets = {"pets/images.tar.gz": cats, "pets/annotations.tar.gz": tar(lists, "w:gz")}
    archive = {"cifar-100-binary.tar.gz": tar(batches, "w:gz"), **batches}
    return {
        "CIFAR binary": (archive, cifar.load_cifar, ("cifar100", "test", root)),
        "CIFAR as JPEG": ({cifar.COMPACT["cifar10"][0]: _compact_cifar()}, cifar.load_cifar, ("cifar10", "test", root)),
        "SVHN .mat": ({"test_32x32.mat": svhn_mat}, svhn.load_svhn, ("test", root)),
        "SVHN mosaic": (mosaic, svhn.load_svhn, ("train", root)),
        "pets": (pets, photographs.load_photographs, ("pets", "train", root, 8)),
        "flowers": (flowers, photographs.load_photographs, ("flowers", "train", root, 8)),
    }


@cache
def idx_files() -> dict[str, bytes]:
    """Two images of MNIST with their labels, unpacked."""
    pixels, labels = bytes(range(256)) * 7, bytes(range(2))
    images = b"\0\0\x08\x03" + b"".join(n.to_bytes(4, "big") for n in (2, 28, 28)) + pixels[: 2 * 784]
    return {
        "mnist/t10k-images-idx3-ubyte": images,
        "mnist/t10k-labels-idx1-ubyte": b"\0\0\x08\x01" + (2).to_bytes(4, "big") + labels,
    }


@cache
def pictures() -> dict[str, bytes]:
    """Pictures of several kinds by the end of their names."""
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


def _mat(content: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    savemat(out, content)
    return b"MATLAB 5.0 MAT-file".ljust(116) + out.getvalue()[116:]  # without the date
