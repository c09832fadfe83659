"""The command line: `softmax-geometry report | figures | explorer | region | structure | score | diagnose | claims`.

Exit code 0: done; 1: the run could not finish; 2: bad input. What went wrong, or may be, is one sentence on standard
error.
"""

from __future__ import annotations

import io
import json
import os
import sys
import warnings
from collections.abc import Sequence
from typing import Any

from softmax_geometry.checks import InputError, printable, readable


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    try:
        import tyro  # this and what the commands need take a while, in which Ctrl-C may come

        from softmax_geometry.cli.commands import Command

        try:
            command: Any = tyro.cli(Command, prog="softmax-geometry", description=__doc__, args=arguments)  # pyright: ignore[reportCallIssue, reportArgumentType]
        except OSError as error:  # help could not be printed
            return _unwritten(error)
        except SystemExit as end:  # help was printed, or what is wrong with the arguments
            if end.code or not (code := _printed("")):
                raise
            return code
        with warnings.catch_warnings(record=True) as warned:
            numbers = command.run()
    except InputError as error:
        print(f"softmax-geometry: {printable(str(error))}", file=sys.stderr)
        return 2
    except MemoryError as error:
        print(f"softmax-geometry: out of memory ({readable(error)})", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("softmax-geometry: interrupted", file=sys.stderr)
        return 1
    for text in dict.fromkeys(readable(warning.message) for warning in warned):
        print(f"softmax-geometry: warning: {text}", file=sys.stderr)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    return _printed((json.dumps(numbers, indent=1, allow_nan=False) if command.json else command.table(numbers)) + "\n")


def _printed(text: str) -> int:
    """Print text and whatever still waits to be printed; the exit code."""
    try:
        print(text, end="", flush=True)
    except OSError as error:
        return _unwritten(error)
    return 0


def _unwritten(error: OSError) -> int:
    """The exit code where standard output cannot be written; what still waits is dropped."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError):  # the reader, such as `head`, has seen enough
        return 0
    print(f"softmax-geometry: standard output cannot be written ({error.strerror})", file=sys.stderr)
    return 1
