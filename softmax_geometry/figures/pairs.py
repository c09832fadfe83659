"""Figures on pairs of vectors of one norm, of which the one with the smaller largest cosine is the more confident."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from softmax_geometry.angles import confidence_from_cosines, envelope, features_at_cosines, max_cosine
from softmax_geometry.checks import Array, InputError
from softmax_geometry.estimators import U_max
from softmax_geometry.features import Features
from softmax_geometry.figures.entry import Entry
from softmax_geometry.head import Head
from softmax_geometry.plots.counterexample import Band, Path, circle_and_confidence, sphere_and_confidence
from softmax_geometry.structure import named_structure, simplex

_SHARE = np.linspace(0, 1, 61)[:, None]
_DIRECTIONS = 20_000
_DROP = 0.1


def draw_counterexample() -> Figure:
    """Theorem 4's refutation, z = (1, 1, −2) and z′ = (2, 1, 1), in a basis whose third axis is normal to all w."""
    c = 6.0
    weight = simplex(3, 3, scale=np.sqrt(c))
    tied, apart = np.array([[3, 3, -6], [2, -1, -1]]) / c
    paths = [
        Path(label, features_at_cosines(weight, x, np.sqrt(c)), x.max(axis=1), confidence_from_cosines(c, x), *ends)
        for label, x, ends in (
            ("towards z′: cosine falls, confidence rises", (1 - _SHARE) * tied + _SHARE * apart, ("z", "z′")),
            ("straight up (the paper's proof): both fall", np.cos(_SHARE * np.pi / 2) * tied, ()),
        )
    ]
    m = np.linspace(0, 1, 201)
    return sphere_and_confidence(weight, paths, Band("all that is possible (theorem E)", m, *envelope(m, c, K=3, H=3)))


def draw_sandwich() -> Figure:
    """Proposition 5 at c = 1: z_1 = (1, 0) and z_2 = (4/5, −3/5), and z_1 turned the other way, up to the tie."""
    head = Head(named_structure("sandwich"))

    def turned(label: str, to: float, *ends: str) -> Path:
        z = np.hstack([np.cos(_SHARE * to), np.sin(_SHARE * to)])
        return Path(label, z, (z @ head.weight.T).max(axis=1), _confidence(head, z), *ends)

    return circle_and_confidence(
        head.weight,
        [
            turned("away from w₁: cosine falls, confidence rises", -np.arccos(0.8), "z₁", "z₂"),
            turned("towards w₁: both fall", np.pi / 4),
        ],
    )


def draw_own_pair(head: Head, train: Features | None, epsilon: float) -> Figure:
    """The pair of directions of the head whose confidences most contradict their largest cosines.

    All vectors have the median norm of the training features, or the mean norm of the centred weights without any.

    Raises
    ------
    InputError
        If the weights span more than three dimensions or there is one feature, so that there is no picture.
    """
    reduced = _in_few_dimensions(head)
    lengths = np.linalg.norm(head.centred().weight if train is None else head.features(train.z, "train"), axis=1)
    norm = float(np.mean(lengths) if train is None else np.median(lengths))
    z = norm * _directions(reduced.H)
    cosine, confidence = max_cosine(reduced, z), _confidence(reduced, z)
    i, j = most_inverted_pair(cosine, confidence, _DROP)
    between = _great_circle(z[i], z[j])
    contradicts = confidence[j] > confidence[i]
    label = "z′: smaller cosine, more confidence" if contradicts else "no pair contradicts the order by cosine"
    path = Path(label, between, max_cosine(reduced, between), _confidence(reduced, between), "z", "z′")
    band = _observed(f"all directions with ‖z‖ = {norm:.3g}", cosine, confidence)
    draw = circle_and_confidence if reduced.H == 2 else sphere_and_confidence
    return draw(reduced.centred().weight, [path], band)


def most_inverted_pair(cosine: Array, confidence: Array, drop: float) -> tuple[int, int]:
    """Indices (i, j) with cosine_j ≤ cosine_i − drop and the largest confidence_j − confidence_i.

    Examples
    --------
    >>> most_inverted_pair(np.array([0.9, 0.5, 0.7, 0.89]), np.array([0.8, 0.3, 0.95, 1.0]), drop=0.1)
    (0, 2)
    """
    order = np.argsort(cosine, kind="stable")
    lower = np.searchsorted(cosine[order], cosine - drop, side="right")
    allowed = np.flatnonzero(lower)
    best = np.maximum.accumulate(confidence[order])
    i = int(allowed[np.argmax(best[lower[allowed] - 1] - confidence[allowed])])
    return i, int(order[np.argmax(confidence[order[: lower[i]]])])


def _confidence(head: Head, z: Array) -> Array:
    return -np.asarray(U_max(head.logits(z)))


def _in_few_dimensions(head: Head) -> Head:
    """The centred head in an orthonormal basis of the span of its weights, and of normals up to three dimensions."""
    centred = head.centred()
    _, sizes, basis = np.linalg.svd(centred.weight)
    rank = int((sizes > 1e-9 * sizes[0]).sum())
    if head.H < 2 or rank > 3:
        raise InputError(
            "head: expected at least 2 features and weights that span at most 3 dimensions,"
            f" got {head.H} and weights that span {rank}"
        )
    kept = basis[: min(head.H, 3)].copy()
    kept *= np.sign(kept[np.arange(len(kept)), np.abs(kept).argmax(axis=1)])[:, None]
    weight = centred.weight @ kept.T
    weight[:, rank:] = 0
    return Head(weight, centred.bias)


def _directions(H: int) -> Array:
    """Unit vectors spread evenly over the circle or, on a Fibonacci spiral, over the sphere."""
    k = np.arange(_DIRECTIONS) + 0.5
    if H == 2:
        angle = 2 * np.pi * k / _DIRECTIONS
        return np.stack([np.cos(angle), np.sin(angle)], axis=1)
    height, turn = 1 - 2 * k / _DIRECTIONS, np.pi * (1 + np.sqrt(5)) * k
    radius = np.sqrt(1 - height**2)
    return np.stack([radius * np.cos(turn), radius * np.sin(turn), height], axis=1)


def _great_circle(start: Array, end: Array) -> Array:
    norm = float(np.linalg.norm(start))
    angle = float(np.arccos(np.clip(start @ end / norm**2, -1, 1)))
    if angle < 1e-6:
        return np.repeat(start[None], len(_SHARE), axis=0)
    return (np.sin((1 - _SHARE) * angle) * start + np.sin(_SHARE * angle) * end) / np.sin(angle)


def _observed(label: str, cosine: Array, confidence: Array) -> Band:
    """Least and greatest confidence in slices of the largest cosine of equal width."""
    edges = np.linspace(cosine.min(), cosine.max(), 61)
    which = np.clip(np.digitize(cosine, edges) - 1, 0, 59)
    full = np.unique(which)
    extremes = np.array([(confidence[which == k].min(), confidence[which == k].max()) for k in full])
    return Band(label, (edges[full] + edges[full + 1]) / 2, extremes[:, 0], extremes[:, 1])


ENTRIES: tuple[Entry, ...] = (
    Entry(
        "counterexample-3d",
        "A smaller cosine and a higher confidence, in space",
        "Theorem 4 says that for three optimal weights the confidence falls when the largest cosine falls at "
        "fixed norm. In three dimensions it does not: z = (1, 1, −2) and z′ = (2, 1, 1) have the same norm as the "
        "weights (2, −1, −1), (−1, 2, −1), (−1, −1, 2), the largest cosine falls from 1/2 to 1/3, and the "
        "confidence rises from just under 0.50 to 0.91. z lies between two weights, z′ above a single one. The "
        "printed proof treats only the blue path, z lifted straight out of the plane of the weights, and there it "
        "is right. Grey: every confidence that is possible at that cosine (theorem E).",
        draw_counterexample,
        (
            "Theorem 4",
            "Theorem 4, off the plane",
            "Lemma 4.1",
            "Theorem E",
            "Equations 58-62",
        ),
        draw_own_pair,
    ),
    Entry(
        "sandwich",
        "A smaller cosine and a higher confidence, for weights that are not optimal",
        "Proposition 5: with weights (0, 1), (−1, 0), (1, 0), the confidence at z₁ = (1, 0), which points along "
        "w₃, is lower than at z₂ = (4/5, −3/5), whose largest cosine is only 0.8. Turning away from w₁ removes a "
        "competitor. The claim is right at every scale; the z₂ that the paper prints has another norm and another "
        "cosine than it says. So w₃ is not even a local maximum of the confidence, and angles say less when the "
        "structure is not optimal (here even their sum changes).",
        draw_sandwich,
        (
            "Proposition 5",
            "Corollary 5.3",
            "Equation 55",
        ),
    ),
)
