"""The files of the sets of photographs, with their classes, out of archives and folders."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scipy.io import loadmat

from experiments.data.reading import members, read_file

SUFFIXES = (".jpg", ".jpeg", ".png", ".tif", ".tiff")
PARTS = ("train", "test", "all")
Archive = tuple[Path, bytes]  # path and content


@dataclass(frozen=True)
class Photograph:
    """An image file, not decoded yet."""

    where: str
    part: str  # one of PARTS
    label: str
    content: bytes


def of_folders(folder: Path) -> Iterator[Photograph]:
    """Files PART/CLASS/FILE below a folder."""
    for path in sorted(folder.glob("*/*/*")):
        part, label = path.parts[-3:-1]
        if part in PARTS and path.suffix.lower() in SUFFIXES:
            yield Photograph(str(path), part, label, read_file(path, None)[0])


def split_folders(archive: Archive) -> Iterator[Photograph]:
    """An archive of PART/CLASS/FILE."""
    for member, data in members(*archive):
        part, label = Path(member).parts[-3:-1]
        yield Photograph(f"{archive[0]}: {member}", part, label, data)


def _class_folders(archive: Archive) -> Iterator[Photograph]:
    """An archive of CLASS/FILE, inside other folders."""
    for member, data in members(*archive):
        path = Path(member)
        if path.suffix.lower() in SUFFIXES and not path.name.startswith("."):
            yield Photograph(f"{archive[0]}: {member}", "all", path.parent.name, data)


def _pets(images: Archive, annotations: Archive) -> Iterator[Photograph]:
    """Breeds by the file names; the lists of the annotations say which images count as what."""
    lists = {Path(member).name: data.decode() for member, data in members(*annotations) if member.endswith(".txt")}
    part_of = {
        line.split()[0]: part
        for part, name in (("train", "trainval.txt"), ("test", "test.txt"))
        for line in lists[name].splitlines()
    }
    for member, data in members(*images):
        path = Path(member)
        if path.suffix == ".jpg" and path.stem in part_of:
            yield Photograph(f"{images[0]}: {member}", part_of[path.stem], path.stem.rsplit("_", 1)[0], data)


def _flowers(images: Archive, labels: Archive, splits: Archive) -> Iterator[Photograph]:
    """Image n has the nth label; the paper's 2,040 training images are those for training and validation."""
    label_of = loadmat(io.BytesIO(labels[1]))["labels"].ravel()
    known = loadmat(io.BytesIO(splits[1]))
    train = {*known["trnid"].ravel().tolist(), *known["valid"].ravel().tolist()}
    for member, data in members(*images):
        if match := re.search(r"image_(\d+)\.jpg$", member):
            number = int(match[1])
            part = "train" if number in train else "test"
            yield Photograph(f"{images[0]}: {member}", part, f"{label_of[number - 1]:03d}", data)


PUBLISHED_FILES = {
    "satellite": _class_folders,
    "cancer": _class_folders,
    "pets": _pets,
    "flowers": _flowers,
    "beans": _class_folders,
}
