"""Command lines: every command with its options, with files that are good, odd or missing."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
import warnings
from itertools import pairwise
from pathlib import Path
from random import Random

from reliability.fuzzing.workers import Case
from softmax_geometry.cli import main

VALUES = {
    "--epsilon": ("0.05", "0.5", "0.001", "1", "0", "-0.1", "nan", "inf", "1e-320", "x", "0.99999999999", ""),
    "--estimator": ("U_max", "U_entropy", "margin", "U_density", "U_max ", ""),
    "--source": ("empirical", "conformal", "gaussian", "None", "x"),
    "--precision": ("float32", "float64", "float16"),
    "--density": ("em", "per_class", "None", "class", "x"),
    "--seed": ("0", "7", "-1", "99999999999999999999999", "1.5", "x"),
    "--key": ("fc", "fc.weight", "weight", "nothing", "", "\x1b[31m", "ω", "a\nb"),
    "--verdict": ("refuted", "proved", "corrected", "x", "", "\x1b[31m"),
    "--format": ("svg", "png", "pdf", "svg,png", "gif", "", ",", "svg,,"),
}
FLAGS = ("--json", "--ceiling", "--list", "--help", "--nothing", "--no-json")
OUTS = (
    *("out.html", "out.npz", "out.json", "out", "missing/out.html", "missing/out.npz", "a" * 300 + ".html", ""),
    "nul\0.html",
    *("head.npz", "folder.html", "folder.npz", "/proc/self/none/x.html", "ω.html", "a" * 246 + ".npz", "a\nb.html"),
)
GOOD_OUT = {"report": "out.html", "explorer": "out.html", "score": "out.npz", "figures": "folder"}
OPTIONS = {
    "region": ("--train", "--bias", "--key", "--epsilon", "--estimator", "--source"),
    "structure": ("--bias", "--key"),
    "score": ("--train", "--bias", "--key", "--out", "--precision", "--seed", "--density"),
    "diagnose": ("--train", "--test", "--ood", "--bias", "--key", "--precision", "--seed", "--density"),
    "claims": ("--verdict",),
    "report": ("--head", "--train", "--test", "--ood", "--bias", "--key", "--epsilon", "--out"),
    "figures": ("--head", "--train", "--bias", "--key", "--epsilon", "--out", "--format"),
    "explorer": ("--out",),
}
NEEDED = {"report": ("--head", "--train"), "region": ("--train",), "diagnose": ("--train", "--test", "--ood")}
RARE = {"--bias": 0.05, "--key": 0.05}  # given, they mostly lead to a refusal
FIGURES = ("widths", "figure-4", "figure-2", "widths", "widths", "figure-4", "nothing", "../x")
WARNING = "softmax-geometry: warning: "
SLOW = ("report", "figures", "explorer")


def command_line(command: str, rng: Random, heads: list[str], features: list[str]) -> list[str]:
    """Arguments of a command: mostly what it needs, sometimes not; options with values good and bad."""
    line = [command]
    if command in ("region", "structure", "score", "diagnose") and rng.random() < 0.98:
        line.append(rng.choice(heads))
    if command == "score" and rng.random() < 0.98:
        line.append(rng.choice(features))
    if command == "figures":
        line += rng.sample(FIGURES, rng.choice((1, 1, 2)))
    for option in OPTIONS[command]:
        if rng.random() < (0.97 if option in NEEDED.get(command, ()) else RARE.get(option, 0.25)):
            line += [option, _value(option, rng, heads, features, command)]
    if command in SLOW and "--out" not in line:
        line += ["--out", _value("--out", rng, heads, features, command)]
    line += [flag for flag in FLAGS if rng.random() < (0.3 if flag == "--json" else 0.02)]
    if rng.random() < 0.02:
        line.insert(rng.randrange(len(line) + 1), rng.choice(("--", "-", "", "\0", "ω", "@file", "--epsilon", "-h")))
    return line


def _value(option: str, rng: Random, heads: list[str], features: list[str], command: str) -> str:
    if option in ("--head", "--bias"):
        return rng.choice(heads)
    if option in ("--train", "--test", "--ood"):
        return rng.choice(features)
    if option == "--out":
        return GOOD_OUT[command] if rng.random() < 0.6 else rng.choice(OUTS)
    good = VALUES[option][:3]
    return rng.choice(good if rng.random() < 0.7 else VALUES[option])


def command_case(line: list[str], files: dict[str, bytes], process: bool = False) -> Case:
    """The case of a command line; in a process of its own if asked, and if a process can be given such arguments."""
    out = [value for option, value in pairwise(line) if option == "--out"]
    writes = [name for value in out for name in _written(line[0], value)]
    process = process and not any("\0" in argument for argument in line)
    return Case(files, lambda: (_in_process if process else _here)(line), writes)


def _written(command: str, out: str) -> list[str]:
    if command == "figures":
        names = [f"{name}.{end}" for name in FIGURES for end in ("svg", "png", "pdf")]
        return [*(str(part) for part in (Path(out), *Path(out).parents)), *(str(Path(out) / name) for name in names)]
    return [out, out.removesuffix(".html") + ".json"] if out.endswith(".html") else [out]


def _here(line: list[str]) -> str | None:
    out, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
        try:
            code = main(line)
        except SystemExit as error:  # how tyro ends after --help, or where an option is not right
            code = error.code
            if code == 2 and "softmax-geometry" in errors.getvalue():
                return "refused by tyro"
    return _judged(code, errors.getvalue())


def _in_process(line: list[str]) -> str | None:
    done = subprocess.run(
        [sys.executable, "-m", "softmax_geometry.cli", *line],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    if done.returncode == 2 and "Traceback" not in done.stderr and not done.stderr.startswith("softmax-geometry: "):
        return "refused by tyro"
    return _judged(done.returncode, done.stderr)


def _judged(code: object, errors: str) -> str | None:
    """None for a success that says nothing but warnings, the sentence for a refusal; else the test fails."""
    if code == 0:
        for line in errors.splitlines():
            assert line.startswith(WARNING), f"success, but standard error says: {errors[:500]!r}"
            warnings.warn(line.removeprefix(WARNING), stacklevel=2)
        return None
    assert code in (1, 2), f"exit code {code}: {errors[-500:]!r}"
    said = errors.removesuffix("\n").removeprefix("softmax-geometry: ")
    assert errors.startswith("softmax-geometry: "), f"code {code} without a sentence: {errors[-500:]!r}"
    return said
