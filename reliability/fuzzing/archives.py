"""Zip and tar archives, honest and not; the same bytes each time."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zipfile
import zlib
from typing import Any


def tar(files: dict[str, bytes], mode: str = "w") -> bytes:
    """A tar archive."""
    if mode == "w:gz":
        return gzip.compress(tar(files), mtime=0)
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # pyright: ignore[reportArgumentType, reportCallIssue]
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def zip_of(files: dict[Any, bytes]) -> bytes:
    """A zip archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            entry = name if isinstance(name, zipfile.ZipInfo) else zipfile.ZipInfo(name)
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def tar_link(kind: bytes, target: str) -> bytes:
    """A tar archive of one link or device."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        entry = tarfile.TarInfo("odd")
        entry.type, entry.linkname = kind, target
        archive.addfile(entry)
    return out.getvalue()


def tar_header(size: int, kind: bytes = tarfile.REGTYPE) -> bytes:
    """The header of a member that claims this size."""
    entry = tarfile.TarInfo("large")
    entry.size, entry.type = size, kind
    return entry.tobuf(tarfile.GNU_FORMAT)


def bomb(name: str, head: bytes, megabytes: int) -> bytes:
    """A zip with a member of `head` and then zeros, a thousandth of that in size."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    start = packer.compress(head) + packer.flush(zlib.Z_FULL_FLUSH)
    data = start + megabytes * (packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH)) + packer.flush()
    sizes = struct.pack("<HHIIIHH", 0, 0x21, 0, len(data), len(head) + megabytes * 2**20, len(name), 0)
    local = b"PK\x03\x04" + struct.pack("<HHH", 20, 0, 8) + sizes + name.encode() + data
    entry = b"PK\x01\x02" + struct.pack("<HHHH", 20, 20, 0, 8) + sizes + bytes(14) + name.encode()
    return local + entry + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(entry), len(local), 0)


def short_central_directory() -> bytes:
    """A zip whose end record claims 65,535 entries in 4 GB of directory."""
    return b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 65535, 65535, 2**32 - 2, 0, 0)
