import gzip
import hashlib
import struct

import numpy as np
import pytest

from experiments import data
from experiments.data import balanced_sample, load_images
from softmax_geometry.checks import InputError

PIXELS = np.arange(4 * 28 * 28, dtype=np.uint32).reshape(4, 28, 28).astype(np.uint8)
LABELS = np.array([2, 0, 1, 2], dtype=np.uint8)


def idx(array: np.ndarray) -> bytes:
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A folder with four tiny pictures as the test set of MNIST, known by their checksums."""
    content = {"t10k-images-idx3-ubyte": idx(PIXELS), "t10k-labels-idx1-ubyte": idx(LABELS)}
    (tmp_path / "mnist").mkdir()
    for name, bytes_ in content.items():
        (tmp_path / "mnist" / f"{name}.gz").write_bytes(gzip.compress(bytes_))
        monkeypatch.setitem(data._CHECKSUMS["mnist"], name, hashlib.sha256(bytes_).hexdigest())
    return tmp_path


def test_gzipped_plain_and_torchvision_folder(root):
    for step in ("gzipped", "plain", "torchvision"):
        if step == "plain":
            for path in (root / "mnist").iterdir():
                path.with_suffix("").write_bytes(gzip.decompress(path.read_bytes()))
                path.unlink()
        if step == "torchvision":
            (root / "MNIST").mkdir()
            (root / "mnist").rename(root / "MNIST" / "raw")
        images = load_images("mnist", "test", root)
        np.testing.assert_array_equal(images.pixels, PIXELS)
        np.testing.assert_array_equal(images.labels, LABELS)
        assert set(images.checksums) == {"t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"}


def test_root_from_the_environment(root, monkeypatch):
    monkeypatch.setenv("SOFTMAX_GEOMETRY_DATA", str(root))
    assert len(load_images("mnist", "test")) == 4
    monkeypatch.delenv("SOFTMAX_GEOMETRY_DATA")
    with pytest.raises(InputError, match=r"--data or \$SOFTMAX_GEOMETRY_DATA, got none"):
        load_images("mnist", "test")


def test_missing_files(root):
    with pytest.raises(InputError, match=r"expected train-images-idx3-ubyte or train-images-idx3-ubyte\.gz in"):
        load_images("mnist", "train", root)
    with pytest.raises(InputError, match="to hold a folder fashion_mnist or FashionMNIST/raw, it does not"):
        load_images("fashion_mnist", "test", root)


@pytest.mark.parametrize("damage", ["truncate", "flip", "not gzip", "empty"])
def test_damaged_files(root, damage):
    path = root / "mnist" / "t10k-images-idx3-ubyte.gz"
    content = bytearray(path.read_bytes())
    if damage == "flip":
        content[len(content) // 2] ^= 255
    path.write_bytes({"truncate": content[:-20], "flip": content, "not gzip": b"hello", "empty": b""}[damage])
    with pytest.raises(InputError, match="t10k-images"):
        load_images("mnist", "test", root)


def test_another_file_of_the_same_name(root):
    (root / "mnist" / "t10k-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(LABELS[::-1])))
    with pytest.raises(InputError, match="expected the published file, sha256"):
        load_images("mnist", "test", root)


def test_unknown_names():
    with pytest.raises(InputError, match="expected mnist, fashion_mnist, mnist5000, got 'svhn'"):
        load_images("svhn", "test")
    with pytest.raises(InputError, match="expected train or test, got 'valid'"):
        load_images("mnist", "valid")


def test_mnist5000_needs_no_files_and_splits_every_digit():
    train, test = load_images("mnist5000", "train"), load_images("mnist5000", "test")
    assert np.bincount(train.labels).tolist() == [400] * 10
    assert np.bincount(test.labels).tolist() == [100] * 10
    rows = {row.tobytes() for row in train.pixels}
    assert not any(row.tobytes() in rows for row in test.pixels)


def test_of_classes_relabels_in_the_order_given(root):
    images = load_images("mnist", "test", root).of_classes((2, 0))
    assert images.labels.tolist() == [0, 1, 0]
    np.testing.assert_array_equal(images.pixels, PIXELS[[0, 1, 3]])
    with pytest.raises(InputError, match="expected classes of mnist, got 7"):
        images.of_classes((7,))


def test_balanced_sample():
    labels = np.array([0] * 50 + [1] * 3 + [4] * 20)
    chosen = balanced_sample(labels, 5, np.random.default_rng(0))
    assert np.bincount(labels[chosen]).tolist() == [5, 3, 0, 0, 5]
    assert len(set(chosen.tolist())) == len(chosen)
    assert (np.diff(chosen) > 0).all()
    again = balanced_sample(labels, 5, np.random.default_rng(0))
    other = balanced_sample(labels, 5, np.random.default_rng(1))
    np.testing.assert_array_equal(chosen, again)
    assert chosen.tolist() != other.tolist()
