"""SVHN, the CIFAR sets and the safe reading of archives."""

import hashlib
import io
import stat
import tarfile
import zipfile

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from experiments.data import cifar, load_images, svhn
from experiments.data.reading import members
from experiments.data.sources import PUBLISHED, File
from softmax_geometry.checks import InputError


def md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def tar_of(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def zip_of(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def publish(monkeypatch, name: str, contents: dict[str, bytes]) -> None:
    files = tuple(File(f"https://example.org/{file}", f"md5:{md5(content)}") for file, content in contents.items())
    monkeypatch.setitem(PUBLISHED, name, files)


def random_pixels(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (n, 32, 32, 3), dtype=np.uint8)


@pytest.fixture
def canonical_cifar(monkeypatch):
    """CIFAR archives of three images a batch: a function that gives an archive, its batches and all pixels."""

    def make(name: str):
        folder, label_bytes = cifar.FOLDERS[name], 2 if name == "cifar100" else 1
        batches, pixels = {}, {}
        for split, known in cifar.BATCHES[name].items():
            for seed, batch in enumerate(known):
                pixels[batch] = random_pixels(3, seed)
                labels = [bytes([9 - i, i])[2 - label_bytes :] for i in range(3)]
                planes = [image.transpose(2, 0, 1).tobytes() for image in pixels[batch]]
                batches[batch] = b"".join(label + plane for label, plane in zip(labels, planes, strict=True))
                monkeypatch.setitem(cifar.BATCHES[name][split], batch, md5(batches[batch]))
        archive = tar_of({f"{folder}/{batch}": content for batch, content in batches.items()})
        publish(monkeypatch, name, {f"{name}.tar.gz": archive})
        return archive, batches, pixels

    return make


@pytest.mark.parametrize("name", ["cifar10", "cifar100"])
def test_cifar_binary_archive_and_unpacked_folder(name, canonical_cifar, tmp_path):
    archive, batches, pixels = canonical_cifar(name)
    for form in ("archive", "archive in a folder", "unpacked"):
        root = tmp_path / form
        (root / name).mkdir(parents=True)
        if form == "unpacked":
            folder = root / cifar.FOLDERS[name]
            folder.mkdir()
            for batch, content in batches.items():
                (folder / batch).write_bytes(content)
        else:
            (root / (name if "folder" in form else ".") / f"{name}.tar.gz").write_bytes(archive)
        for split, known in cifar.BATCHES[name].items():
            images = load_images(name, split, root)
            np.testing.assert_array_equal(images.pixels, np.concatenate([pixels[batch] for batch in known]))
            assert images.labels.tolist() == [0, 1, 2] * len(known)
            assert images.caveat == ""
            assert all(len(value) == 64 for value in images.checksums.values())
        assert not list((root / name).glob("*.bin"))


def test_damaged_cifar(canonical_cifar, tmp_path):
    archive, batches, _ = canonical_cifar("cifar10")
    (tmp_path / "cifar10.tar.gz").write_bytes(archive[:-100])
    with pytest.raises(InputError, match=r"cifar10.tar.gz: expected the published file, md5 .*…, got .*…"):
        load_images("cifar10", "test", tmp_path)
    (tmp_path / "cifar10.tar.gz").unlink()
    folder = tmp_path / "cifar-10-batches-bin"
    folder.mkdir()
    (folder / "test_batch.bin").write_bytes(batches["test_batch.bin"][:3073])
    with pytest.raises(InputError, match=r"test_batch.bin: expected the published file"):
        load_images("cifar10", "test", tmp_path)
    with pytest.raises(InputError, match=r"data_batch_1.bin: cannot be read \(No such file"):
        load_images("cifar10", "train", tmp_path)


def test_jpeg_files_end_to_end(tmp_path, monkeypatch):
    ramps = np.arange(0, 96, dtype=np.uint8)[:, None, None, None] + np.zeros((1, 32, 32, 3), np.uint8)
    files = []
    for image in ramps[:3]:
        out = io.BytesIO()
        Image.fromarray(image).save(out, "JPEG")
        files.append(out.getvalue())
    arrays = {}
    for split, chosen in (("train", [0, 1]), ("test", [2])):
        arrays[f"jpeg_{split}"] = np.frombuffer(b"".join(files[i] for i in chosen), np.uint8)
        arrays[f"offsets_{split}"] = np.cumsum([0, *(len(files[i]) for i in chosen)])
        arrays[f"y_{split}"] = np.array(chosen, np.uint8)
    out = io.BytesIO()
    np.savez(out, **arrays)
    path, _, caveat = cifar.COMPACT["tinyimagenet100_32"]
    monkeypatch.setitem(cifar.COMPACT, "tinyimagenet100_32", (path, sha256(out.getvalue()), caveat))
    (tmp_path / path).parent.mkdir()
    (tmp_path / path).write_bytes(out.getvalue())
    train, test = (load_images("tinyimagenet100_32", split, tmp_path) for split in ("train", "test"))
    np.testing.assert_allclose(train.pixels, ramps[:2], atol=1)
    np.testing.assert_allclose(test.pixels, ramps[2:3], atol=1)
    assert (train.labels.tolist(), test.labels.tolist()) == ([0, 1], [2])
    assert "not CIFAR-100" in train.caveat
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / path).parent.mkdir()
    (tmp_path / "other" / path).write_bytes(out.getvalue()[:-1])
    with pytest.raises(InputError, match="expected the published file, sha256"):
        load_images("tinyimagenet100_32", "train", tmp_path / "other")


@pytest.mark.parametrize("folder", ["svhn", "."])
def test_svhn_of_matlab_files(tmp_path, monkeypatch, folder):
    pixels, out = random_pixels(3), io.BytesIO()
    savemat(out, {"X": pixels.transpose(1, 2, 3, 0), "y": np.array([[1], [10], [9]])})
    publish(monkeypatch, "svhn", {"train_32x32.mat": b"", "test_32x32.mat": out.getvalue()})
    (tmp_path / folder).mkdir(exist_ok=True)
    path = tmp_path / folder / "test_32x32.mat"
    path.write_bytes(out.getvalue())
    images = load_images("svhn", "test", tmp_path)
    np.testing.assert_array_equal(images.pixels, pixels)
    assert images.labels.tolist() == [1, 0, 9]
    assert images.caveat == ""
    path.write_bytes(out.getvalue()[:-50])
    with pytest.raises(InputError, match=r"test_32x32.mat: expected the published file, md5"):
        load_images("svhn", "test", tmp_path)
    with pytest.raises(InputError, match=r"svhn/train_32x32.mat or train_32x32.mat or svhn/svhn_test"):
        load_images("svhn", "train", tmp_path)


def test_a_matlab_file_of_something_else(tmp_path, monkeypatch):
    out = io.BytesIO()
    savemat(out, {"X": random_pixels(2)})
    publish(monkeypatch, "svhn", {"test_32x32.mat": out.getvalue()})
    (tmp_path / "test_32x32.mat").write_bytes(out.getvalue())
    with pytest.raises(InputError, match=r"test_32x32.mat: expected a MATLAB file of X and y"):
        load_images("svhn", "test", tmp_path)


def test_svhn_mosaic_is_split_where_it_stands(tmp_path, monkeypatch):
    pixels = random_pixels(6)
    mosaic = np.concatenate([np.concatenate(list(pixels[row : row + 3]), axis=1) for row in (0, 3)])
    picture, labels = io.BytesIO(), io.BytesIO()
    Image.fromarray(mosaic).save(picture, "WEBP", lossless=True)
    np.save(labels, np.array([3, 1, 4, 1, 5, 9], np.uint8))
    monkeypatch.setattr(svhn, "_MOSAIC_SHA256", sha256(picture.getvalue()))
    monkeypatch.setattr(svhn, "_LABELS_SHA256", sha256(labels.getvalue()))
    monkeypatch.setattr(svhn, "_COLUMNS", 3)
    monkeypatch.setattr(svhn, "_TRAIN", 4)
    (tmp_path / "svhn").mkdir()
    (tmp_path / "svhn" / "svhn_test_first10000.webp").write_bytes(picture.getvalue())
    (tmp_path / "svhn" / "svhn_test_first10000_labels.npy").write_bytes(labels.getvalue())
    train, test = (load_images("svhn", split, tmp_path) for split in ("train", "test"))
    np.testing.assert_array_equal(train.pixels, pixels[:4])
    np.testing.assert_array_equal(test.pixels, pixels[4:])
    assert (train.labels.tolist(), test.labels.tolist()) == ([3, 1, 4, 1], [5, 9])
    assert "none of its training set" in test.caveat
    (tmp_path / "svhn" / "svhn_test_first10000_labels.npy").unlink()
    with pytest.raises(InputError, match=r"labels.npy: cannot be read"):
        load_images("svhn", "test", tmp_path)


@pytest.mark.parametrize("name", ["/etc/passwd", "../up", "a/../../up", "..\\up", "C:\\up", "c:/up"])
@pytest.mark.parametrize("archive", [tar_of, zip_of])
def test_members_outside_the_archive(tmp_path, name, archive):
    with pytest.raises(InputError, match=r"x: expected members inside the archive's own folder, got "):
        list(members(tmp_path / "x", archive({"good": b"1", name: b"2"})))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_links_and_devices_in_a_tar(tmp_path, kind):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        entry = tarfile.TarInfo("odd")
        entry.type, entry.linkname = kind, "/etc/passwd"
        archive.addfile(entry)
    with pytest.raises(InputError, match="expected ordinary files as members, got 'odd'"):
        list(members(tmp_path / "x", out.getvalue()))


def test_a_link_in_a_zip(tmp_path):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        entry = zipfile.ZipInfo("odd")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    with pytest.raises(InputError, match="expected ordinary files as members, got 'odd'"):
        list(members(tmp_path / "x", out.getvalue()))


@pytest.mark.parametrize("archive", [tar_of, zip_of])
def test_absurdly_large_members_and_damage(tmp_path, monkeypatch, archive):
    content = archive({"folder/a": bytes(500), "b": bytes(2000)})
    assert dict(members(tmp_path / "x", content)) == {"folder/a": bytes(500), "b": bytes(2000)}
    for damaged in (content[: len(content) // 2], b"hello", b""):
        with pytest.raises(InputError, match="x: expected a zip or tar archive, got a damaged one"):
            list(members(tmp_path / "x", damaged))
    monkeypatch.setattr("experiments.data.reading.MEMBER_BYTES", 1000)
    with pytest.raises(InputError, match="expected members below 1000 bytes, got 'b' of 2000"):
        list(members(tmp_path / "x", content))
