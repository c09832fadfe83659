"""What each page says in numbers, computed today: a page's name → the fragments of its sentences that hold them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping

import numpy as np
from scipy.optimize import brentq

import softmax_geometry as sg
from softmax_geometry.claims import LAST_EQUATION, claims
from softmax_geometry.explorer import tour
from softmax_geometry.figures import catalogue
from softmax_geometry.measures.scores import ADDED_SHARES

IN_WORDS = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
IMAGENET, IMAGENET_21K = 1000, 21_841  # classes

Pages = Mapping[str, str]


def readme(pages: Pages) -> list[str]:
    example = sg.load_example()
    region = sg.valid_region(example.head, example.train, epsilon=0.05, estimator="U_entropy")
    ood, test = (_percent(region.contains(part.z)) for part in (example.ood, example.test))
    variance = example.train.z.var(axis=0, dtype=np.float64).mean()
    by_variance = []
    for share in ADDED_SHARES:
        density = sg.fit_density(example.train, reg_covar=share * variance, method="per_class")
        scores = (sg.U_density(part.z, density) for part in (example.test, example.ood))
        by_variance.append(100 * sg.auroc(*scores).value)
    return [
        f"{ood:.1f} % of them are flagged, and {test:.0f} % of the digits",
        f"K = {example.head.K} classes, H = {example.head.H} features",
        f"its AUROC goes from {min(by_variance):.0f} % to {max(by_variance):.0f} %",
        f"a tour of {IN_WORDS[len(tour())]} steps",
    ]


def changelog(pages: Pages) -> list[str]:
    paper, ours = (sum(c.source == source for c in claims()) for source in ("paper", "ours"))
    return [f"{paper} results of the paper and {ours} of ours", f"a tour of {IN_WORDS[len(tour())]} steps"]


def tutorial(pages: Pages) -> list[str]:
    """Its own blocks, which the tests compare with what the code prints, in other words."""
    said = lambda pattern: _printed(pages["docs/tutorial.md"], pattern)  # noqa: E731
    n = said(r"calibration: Features\(N=(\d+)")
    auroc, caught = said(r"^AUROC\((0\.\d+)"), said(r"flagged: ([\d.]+) %.* of 520")
    ceiling, density = 100 * said(r"ceiling: AUROC\((0\.\d+)"), said(r"U_density ([\d.]+) ± [\d.]+;$")
    left = 100 - said(r"^confidence alone ([\d.]+) % ± [\d.]+   with density 100\.0 %")
    wide, narrow = re.findall(r"^(\d) \| (\d): ", pages["docs/tutorial.md"], re.MULTILINE)
    return [
        f"With n = {n:.0f} and ε = 0.05",
        f"√(0.05 · 0.95/{n + 2:.0f}), {100 * math.sqrt(0.05 * 0.95 / (n + 2)):.1f} percentage points",
        f"a logit gap of about {_rounds_to_one(np.float32)} on",
        f"{' and '.join(wide)} here",
        f"less of what is unfamiliar falls into it: {' and '.join(narrow)}.",
        f"into {said(r'of (520)$'):.0f} pieces",
        f"the AUROC is {auroc:.2f}: in {100 * auroc:.0f} of 100 pairs",
        f"{'a bit more' if 50 < caught < 60 else 'not a bit more'} than half of the pieces are caught",
        f'"AUROC {auroc:.2f}" lets {IN_WORDS[round(left / 20)]} of five negatives through',
        f"Cause 3 is {100 - density:.0f} points",
        f"overlap costs at most about {100 - ceiling:.0f} points",
        f"({ceiling:.0f} against {density:.0f})",
        f"({n:.0f} of {n:.0f} does not mean all: with 95 % confidence the share is above 1 − 3/{n:.0f}, "
        f"{100 * (1 - 3 / n):.1f} %.)",
    ]


def what_proofs_do_not_say(pages: Pages) -> list[str]:
    fitted = _printed(pages["docs/tutorial.md"], r"from training data flags ([\d.]+) %")
    return [
        f"they do not: {fitted:.0f} % instead of 5 %",
        f"a logit gap of about {_rounds_to_one(np.float32)} on",
    ]


def imagenet_heads(pages: Pages) -> list[str]:
    H = int(_printed(pages["docs/how-to/imagenet-heads.md"], r"Head\(K=1000, H=(\d+)"))
    pairs, of_21k = (math.comb(K, 2) for K in (IMAGENET, IMAGENET_21K))
    return [
        f"{pairs:,} for ImageNet, {of_21k / 1e6:.0f} million for ImageNet-21k",
        f"{8 * IMAGENET_21K**2 / 1e9:.1f} GB each at K = {IMAGENET_21K:,}",
        f"## What to print for {pairs:,} pairs",
        f"A million ImageNet features of H = {H} in float32 are {4e6 * H / 1e9:.0f} GB, "
        f"and their logits {8e6 * IMAGENET / 1e9:.0f} GB more",
        f"K·H²·8 bytes: {8 * IMAGENET * H**2 / 1e9:.0f} GB for this head",
        f"{8 * 10 * H**2 / 1e6:.0f} MB), or reduce z",
        f"log({IMAGENET - 1}) is {math.log(IMAGENET - 1):.1f}. Between the two the other {IMAGENET - 2} classes decide",
    ]


def larger_than_memory(pages: Pages) -> list[str]:
    return [f"images with H = 512 features are {4e7 * 512 / 1e9:.0f} GB in float32"]


def bundled_example(pages: Pages) -> list[str]:
    example = sg.load_example()
    K, H = example.head.K, example.head.H
    parts = {"train": example.train, "test": example.test, "ood": example.ood}
    of_each = {name: len(part) // len(np.unique(part.labels)) for name, part in parts.items()}
    dead = int(np.count_nonzero((example.train.z == 0).all(axis=0)))
    return [
        f"({K}, {H}), ({K},)",
        *(f"({len(part)}, {H}), ({len(part)},)" for part in parts.values()),
        f"{of_each['train']:,} training images of each digit",
        f"{of_each['test']} images of each digit from the MNIST test set",
        f"{of_each['ood']} images of each class of the Fashion-MNIST test set",
        f"{IN_WORDS[dead]} of the {'sixteen' if H == 16 else H} are zero",
    ]


def ledger(pages: Pages) -> list[str]:
    return [f"equations 1–{LAST_EQUATION} are all covered"]


def lenet_epoch(pages: Pages) -> list[str]:
    from experiments.networks import LeNet

    convolutions = {24: (1, 32, 5), 22: (32, 64, 3), 9: (64, 128, 3)}  # by the side of what comes out
    products = sum(side**2 * a * b * k**2 for side, (a, b, k) in convolutions.items())
    weights = [tuple(p.shape) for p in LeNet(16, 3).parameters() if p.ndim == 4]
    assert weights == [(b, a, k, k) for a, b, k in convolutions.values()]
    return [f"{(products + 128 * 4 * 4 * 16) / 1e6:.0f} million multiplications an image forward"]


def saturation(pages: Pages) -> list[str]:
    flat = _first(lambda x: np.exp(np.float32(-x)) == 0)
    return [
        f"passes {_rounds_to_one(np.float32)} (float32) or {_rounds_to_one(np.float64)} (float64)",
        f"The entropy lasts to {flat:.0f} in float32",
        f"flat from {-math.log(1e-7):.0f} on",
    ]


def figure_3(pages: Pages) -> list[str]:
    titles = [axes.get_title("left") for axes in catalogue()["figure-3"].draw().axes]
    optimal, general = (re.search(r"(\d+) %", title.split("\n")[1])[1] for title in titles)
    return [f"it holds {optimal} % of round Gaussian OOD data, against {general} %"]


def envelope(pages: Pages) -> list[str]:
    at, safe = catalogue()["envelope"].draw().axes[0].lines[2].get_xdata()
    return [f"from {at:.2f}, below {safe:.2f}"]


def counterexample(pages: Pages) -> list[str]:
    weights = 3 * np.eye(3) - 1
    near, far = (-sg.U_max(weights @ z) for z in np.array([[1, 1, -2], [2, 1, 1]]))
    return [f"rises from just under {near:.2f} to {far:.2f}"]


def magnitude(pages: Pages) -> list[str]:
    turn = brentq(lambda c: sg.U_max_log(c * np.array([2.0, 0, 0])) - sg.U_max_log(c * np.array([3.0, 2, -5])), 0.1, 2)
    return [f"the order turns at c = {turn:.3f}"]


def auroc_without_ability(pages: Pages) -> list[str]:
    places, values = catalogue()["auroc-without-ability"].draw().axes[1].lines[0].get_data()
    return [
        f"OOD data in the overlap are found (AUROC {np.interp(0, places, values):.0f} %), OOD data behind a class are "
        f"ranked as the *safest* of all (AUROC near {values[-1]:.0f})"
    ]


def five_problems(pages: Pages) -> list[str]:
    (axes,) = catalogue()["loss-terms"].draw().axes
    overlap = np.array([[bar.get_width() for bar in bars] for bars in axes.containers])[0]
    blamed = {int(y): x for line in axes.lines if line.get_marker() == "D" for x, y in line.get_xydata()}
    return [
        f"in the fourth problem {blamed[3]:.0f} % where the truth is {overlap[3]:.0f} %, "
        f"in the fifth {blamed[4]:.0f} % where it is {overlap[4]:.0f}."
    ]


QUOTED: dict[str, Callable[[Pages], list[str]]] = {
    "README.md": readme,
    "CHANGELOG.md": changelog,
    "docs/tutorial.md": tutorial,
    "docs/what-a-passed-proof-does-not-say.md": what_proofs_do_not_say,
    "docs/how-to/imagenet-heads.md": imagenet_heads,
    "docs/how-to/larger-than-memory.md": larger_than_memory,
    "softmax_geometry/example/README.md": bundled_example,
    "softmax_geometry/ledger/README.md": ledger,
    "benchmarks/training_feeds_images_at_little_cost.py": lenet_epoch,
    "figure saturation": saturation,
    "figure figure-3": figure_3,
    "figure envelope": envelope,
    "figure counterexample-3d": counterexample,
    "figure magnitude": magnitude,
    "figure auroc-without-ability": auroc_without_ability,
    "figure loss-terms": five_problems,
}


def _percent(flags: np.ndarray) -> float:
    return 100 * float(np.mean(flags))


def _printed(page: str, pattern: str) -> float:
    """The number that a block of a page shows; the tests compare the block with what its code prints."""
    found = re.search(pattern, page, re.MULTILINE)
    if found is None:
        raise LookupError(f"no block shows {pattern!r}")
    return float(found[1])


def _rounds_to_one(dtype: type[np.floating]) -> str:
    """The margin of logits from which on a softmax of two classes is exactly 1."""
    return f"{_first(lambda x: 1 / (1 + np.exp(dtype(-x))) == 1):.0f}"


def _first(holds: Callable[[float], bool]) -> float:
    """The least x in steps of 0.1 from which on something holds."""
    return next(x for x in np.arange(0, 200, 0.1) if holds(x))
