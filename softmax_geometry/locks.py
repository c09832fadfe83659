"""Locks on open files. The system gives a lock back when the process that holds it ends, however it ends."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None


def lock(descriptor: int, wait: bool = False) -> bool:
    """Whether this process now holds the lock of an open file, and the file still has a name.

    Raises
    ------
    OSError
        Where there are no locks: on Windows, and on some network file systems.
    """
    if fcntl is None:
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return os.fstat(descriptor).st_nlink > 0


@contextmanager
def lock_kept(descriptor: int) -> Iterator[None]:
    """A lock that is held stays so in this context, even when the descriptor is closed."""
    if fcntl is None:
        yield
        return
    second = os.dup(descriptor)
    try:
        yield
    finally:
        os.close(second)
