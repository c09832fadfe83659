"""Who does the work: this process, or the workers of a Dask cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from softmax_geometry.checks import InputError

Item = TypeVar("Item")
Result = TypeVar("Result")

CONNECT_SECONDS = 10


@dataclass(frozen=True, eq=False)
class Workers:
    """Independent pieces of work are given to `map`; `client` is the Dask client, or None for this process."""

    client: Any = None

    def map(self, function: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[tuple[Item, Result]]:
        """Each item with function(item), as they come to be done.

        On a cluster the function must be importable there, and a piece whose worker dies is done again by another.

        Examples
        --------
        >>> list(here.map(abs, [-1, 2]))
        [(-1, 1), (2, 2)]
        """
        if self.client is None:
            for item in items:
                yield item, function(item)
            return
        from dask.distributed import CancelledError, as_completed
        from distributed import KilledWorker

        futures = self.client.map(function, items, pure=False)
        item_of = {future.key: item for future, item in zip(futures, items, strict=True)}
        try:
            for future in as_completed(futures):
                try:
                    result = future.result()
                except (KilledWorker, CancelledError, OSError) as error:
                    raise InputError(f"scheduler: expected its workers to live, lost them ({error})") from error
                yield item_of[future.key], result
        finally:
            self.client.cancel(futures)


here = Workers()


@contextmanager
def workers_at(scheduler: str | None) -> Iterator[Workers]:
    """The workers of the Dask scheduler at an address such as tcp://10.0.0.1:8786, or this process for None.

    Raises
    ------
    InputError
        If Dask is not installed or no scheduler answers there.
    """
    if scheduler is None:
        yield here
        return
    try:
        from dask.distributed import Client
    except ImportError as error:
        raise InputError(
            "scheduler: expected dask.distributed to be installed, got none (pip install 'dask[distributed]')"
        ) from error
    try:
        client = Client(scheduler, timeout=CONNECT_SECONDS)
    except (OSError, ValueError) as error:
        raise InputError(f"scheduler: expected the address of a running Dask scheduler, got {scheduler!r}") from error
    with client:
        yield Workers(client)
