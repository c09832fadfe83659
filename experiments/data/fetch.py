"""Downloads of the published files, checked."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from experiments.data.sources import PAGES, PUBLISHED
from softmax_geometry.checks import InputError


def fetch(names: Sequence[str], root: Path, progress: bool = False) -> None:
    """Download the published files of data sets into `root/NAME`, leaving out those that are there.

    Each file is checked against its published hash and appears complete or not at all; a file that is there and is
    not the published one is replaced.

    Raises
    ------
    InputError
        If a name is unknown, pooch is not installed, a download fails, or a file is not the published one.
    """
    for name in names:
        if name not in PUBLISHED:
            raise InputError(f"data: expected one of {', '.join(PUBLISHED)}, got {name!r}")
    try:
        import pooch
    except ImportError as error:
        raise InputError("data: expected pooch to be installed, got none (pip install pooch)") from error
    for name in names:
        for file in PUBLISHED[name]:
            try:
                pooch.retrieve(file.url, file.hash, file.name, root / name, progressbar=progress)
            except (OSError, ValueError) as error:
                with suppress(OSError):
                    (root / name).rmdir()  # goes only if nothing is in it
                reason = (str(error) or type(error).__name__).splitlines()[0]
                raise InputError(
                    f"data: expected the published file at {file.url}, got none ({reason}); see {PAGES[name]}"
                ) from error
