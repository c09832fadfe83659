"""Measure and record: `python -m reliability [NAME …]`; without names, everything (hours)."""

from __future__ import annotations

import pkgutil
import sys
import time
from importlib import import_module

import reliability
from reliability.findings import write_record

TOOLS = ("__main__", "findings", "page")


def measurements() -> list[str]:
    """Names of all measurements."""
    return [module.name for module in pkgutil.iter_modules(reliability.__path__) if module.name not in TOOLS]


def main() -> int:
    """Run the measurements named on the command line; returns the exit code."""
    names = sys.argv[1:] or measurements()
    if unknown := sorted(set(names) - set(measurements())):
        print(f"NAME: expected {' | '.join(measurements())}, got {unknown[0]}", file=sys.stderr)
        return 2
    for name in names:
        module, start = import_module(f"reliability.{name}"), time.perf_counter()
        found = module.findings()
        for headline in found.headlines:
            verdict = "holds" if headline.holds else "FAILS"
            print(f"{name:<12} {headline.what:<48} {headline.figure:<32} {headline.target:<16} {verdict}", flush=True)
        command = f"python -m reliability {name}"
        write_record(name, (module.__doc__ or "").strip(), command, time.perf_counter() - start, found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
