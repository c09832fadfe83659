"""Run every benchmark and print its rows: `python -m benchmarks [NAME …]`."""

import importlib
import pkgutil
import sys

import benchmarks


def main() -> int:
    names = sys.argv[1:] or [
        m.name for m in pkgutil.iter_modules(benchmarks.__path__) if m.name not in ("__main__", "machine", "peers", "rows", "timing")
    ]
    for name in names:
        for row in importlib.import_module(f"benchmarks.{name}").rows():
            print(row, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
