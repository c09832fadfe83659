"""Make every number again: `python -m reliability.reproduction [--only STAGE] [--data DATA] [--minutes N]`."""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections import Counter
from pathlib import Path

from tqdm import tqdm

from experiments.data import DATA_VARIABLE
from reliability.reproduction.stages import STAGES, Asked, Check


def main() -> int:
    """Print each stage with its verdict; the exit code is 0 only if everything was made again and is the same."""
    parser = argparse.ArgumentParser(prog="python -m reliability.reproduction", description=__doc__)
    parser.add_argument("--only", choices=STAGES, action="append", metavar="STAGE", help=" | ".join(STAGES))
    parser.add_argument("--data", type=Path, help=f"folder of the data sets; default ${DATA_VARIABLE}")
    parser.add_argument("--minutes", type=float, default=math.inf, help="for the recorded runs; default: all (hours)")
    chosen = parser.parse_args()
    data = chosen.data or os.environ.get(DATA_VARIABLE)
    asked = Asked(None if data is None else Path(data).resolve(), chosen.minutes)
    checks = {name: _shown(name, asked) for name in chosen.only or STAGES}
    good = [check.verdict in ("same bits", "near") for of_stage in checks.values() for check in of_stage]
    print("everything reproduced" if all(good) else f"{good.count(False)} of {len(good)} not reproduced")
    return 0 if all(good) else 1


def _shown(name: str, asked: Asked) -> list[Check]:
    checks = []
    for check in tqdm(STAGES[name](asked), desc=name, disable=not sys.stderr.isatty()):
        checks.append(check)
        if check.verdict != "same bits":
            tqdm.write(f"  {check.verdict}: {check.what}" + (f" ({check.why})" if check.why else ""), file=sys.stdout)
    counts = Counter(check.verdict for check in checks)
    verdict = "DRIFT" if counts["drift"] else "NOT REPRODUCED" if counts["not reproduced"] else "reproduced"
    print(f"{name:<10} {verdict:<15}", ", ".join(f"{n} {kind}" for kind, n in counts.items()), flush=True)
    return checks


if __name__ == "__main__":
    sys.exit(main())
