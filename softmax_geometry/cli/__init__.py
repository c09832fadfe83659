"""The command line: `softmax-geometry report | figures | explorer | region | structure | score | diagnose | claims`.

Exit code 0: done; 1: the run could not finish; 2: bad input, with one sentence on standard error.
"""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Sequence
from typing import Any

from softmax_geometry.checks import InputError, printable, readable


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    try:
        import tyro  # this and what the commands need take a while, in which Ctrl-C may come

        from softmax_geometry.cli.commands import Command

        command: Any = tyro.cli(Command, prog="softmax-geometry", description=__doc__, args=arguments)  # pyright: ignore[reportCallIssue, reportArgumentType]
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
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    try:
        print(json.dumps(numbers, indent=1, allow_nan=False) if command.json else command.table(numbers), flush=True)
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        print(f"softmax-geometry: standard output cannot be written ({error.strerror})", file=sys.stderr)
        return 1
    return 0
