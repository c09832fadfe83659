"""`import softmax_geometry` takes under 0.3 seconds, `softmax-geometry report` under twenty."""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.rows import Row


def seconds(*arguments: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    return time.perf_counter() - start


def rows() -> list[Row]:
    bare = statistics.median(seconds("-c", "pass") for _ in range(5))
    imported = statistics.median(seconds("-c", "import softmax_geometry") for _ in range(5))
    with tempfile.TemporaryDirectory() as folder:
        report = seconds("-m", "softmax_geometry.cli", "report", "--out", str(Path(folder) / "report.html"))
    return [
        Row("import softmax_geometry, beyond bare Python", "median of 5", imported - bare, 0.3, unit="s"),
        Row("softmax-geometry report", "bundled example", report, 20, unit="s"),
    ]
