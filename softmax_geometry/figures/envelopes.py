"""Figures on the envelope of the confidence at given norm and largest cosine."""

from __future__ import annotations

import numpy as np
import sympy as sp
from matplotlib.figure import Figure

from softmax_geometry.angles import envelope, envelope_points, max_cosine, safe_ordering
from softmax_geometry.checks import Array, InputError
from softmax_geometry.features import Features
from softmax_geometry.figures.entry import Entry
from softmax_geometry.head import Head
from softmax_geometry.mental_model import U_max_corrected, mental_model
from softmax_geometry.plots.curves import Curve, CurvePanel, curve_panels
from softmax_geometry.plots.envelope import Envelope, Height, SafeDrop, bands_figure, envelope_figure
from softmax_geometry.plots.style import REFERENCE, ordered_colours
from softmax_geometry.structure import structure
from softmax_geometry.symbolic import angles as symbolic


def _envelope() -> Figure:
    return _draw_envelope(K=10, c=5.0)


def _own_envelope(head: Head, train: Features | None, epsilon: float) -> Figure:
    """The envelope of the optimal structure with the head's K, at the median c, and where the features lie in it."""
    if train is None:
        raise InputError("train: expected training features, which set the norms, got none")
    z = head.features(train.z, "train")
    if head.H < head.K - 1:
        raise InputError(f"head: expected at least K − 1 = {head.K - 1} features, as theorem E needs, got {head.H}")
    z = z[np.linalg.norm(z, axis=1) > 0][:2000]
    c = np.sqrt(np.mean(structure(head).norms ** 2)) * np.linalg.norm(z, axis=1)
    return _draw_envelope(head.K, float(np.median(c)), np.stack([c, max_cosine(head, z)], axis=1))


def _draw_envelope(K: int, c: float, points: Array | None = None) -> Figure:
    m_0 = 0.7
    wide, narrow = np.linspace(0, 1, 301), np.linspace(1 / (K - 1), 1, 301)
    safe = float(safe_ordering(m_0, c, K, H=K))
    scales, cosines = np.linspace(0.01, 4, 200) * c, np.linspace(0, 1, 201)
    least, greatest = envelope(cosines[:, None], scales[None], K, H=K)
    return envelope_figure(
        [
            Envelope(f"possible if H ≥ K (K = {K}, c = {c:.3g})", wide, *envelope(wide, c, K, H=K)),
            Envelope("possible if H = K − 1", narrow, *envelope(narrow, c, K, H=K - 1)),
        ],
        [
            ("the paper's mental model (eq 7)", wide, -mental_model(c, wide, K)),
            ("corrected model", wide, -U_max_corrected(c * envelope_points(wide, K, H=K)[0])),
        ],
        SafeDrop(m_0, safe, float(envelope(m_0, c, K, H=K)[0])),
        Height(scales, cosines, greatest - least),
        points,
    )


def _functions_and_bands() -> Figure:
    bands = []
    for K, H in ((2, 2), (3, 2), (3, 3), (4, 3)):
        m = np.linspace(0 if H >= K else 1 / (K - 1), 1, 301)
        bands.append(Envelope(f"K = {K}, H = {H}", m, *envelope(m, 4.0, K, H)))
    return bands_figure(bands)


def _large_K() -> Figure:
    classes, scales = np.unique(np.geomspace(3, 2000, 25).astype(int)), (1.0, 2.0, 5.0, 10.0)
    m = np.linspace(0.01, 1, 100)
    c, K = sp.symbols("c K", positive=True)
    tolerance = sp.lambdify((c, K), symbolic.large_K_tolerance(c, K), "numpy")
    curves = []
    for scale, colour in zip(scales, ordered_colours(len(scales)), strict=True):
        best = [np.max(m - safe_ordering(m, scale, k, H=k)) for k in classes.tolist()]
        curves.append(Curve(classes, tolerance(scale, classes), f"c = {scale:g}", colour))
        curves.append(Curve(classes, best, None, colour, "--"))
    curves.append(Curve([], [], "best possible (dashed)", REFERENCE, "--"))
    panel = CurvePanel(curves, "number of classes K", "drop of max cos that is always safe", scale="log")
    return curve_panels([panel])


ENTRIES: tuple[Entry, ...] = (
    Entry(
        "envelope",
        "What norm and angle say about the confidence",
        "Left: all confidences that are possible at a given largest cosine, for ten optimal weights and c = "
        "‖w‖‖z‖ = 5: a band, not a line, since z is more than its norm and its largest cosine. A smaller cosine "
        "is sure to mean a smaller confidence only beyond the horizontal line: from 0.70, below 0.43. The paper's "
        "mental model (eq 7) lies above all that is possible, except at cosine 1; the corrected model is the "
        "upper edge of the band. Right: how tall the band is, thin at small c, "
        "and up to four fifths of all confidences at large c and moderate cosines.",
        _envelope,
        (
            "Theorem E",
            "Corollary E.1",
            "Corollary E.2",
            "Proposition 6, eqs 7, 86-93",
            "Theorem 6.1",
            "Theorem 6.2",
            "Theorem 4",
            "Lemma A",
        ),
        _own_envelope,
    ),
    Entry(
        "when-a-function",
        "When norm and angle fix the confidence",
        "The confidence against the largest cosine for optimal weights at c = ‖w‖‖z‖ = 4, for two, three and four "
        "classes. For K = 2, and for K = 3 in the plane, the confidence is a function of the cosine, and an "
        "increasing one: these are the two cases in which theorem 4 is true. One more dimension for K = 3, or one "
        "more class, and it is a band. Curves begin where cosines do: in the span of the weights the largest is "
        "never below 1/(K − 1).",
        _functions_and_bands,
        (
            "Corollary E.1",
            "Theorem E",
            "Theorem 4, K=2",
            "Theorem 4, K=3 in the plane",
            "Theorem 4",
            "Lemma 4.1",
        ),
    ),
    Entry(
        "large-k",
        "How much of theorem 5 survives for many classes",
        "The paper takes K to be large. What is true then: a drop of max cos by more than the solid line lowers "
        "the confidence, for every pair of vectors of equal norm (theorem 5.7). The dashed line is the least drop "
        "that will do (corollary E.2). Both shrink as 1/K at a fixed scale c = ‖w‖‖z‖. A trained network has c of "
        "the order of log K or more, so that its confidence is high at all, and then a drop must be large even "
        "among thousands of classes.",
        _large_K,
        (
            "Theorem 5.7",
            "Corollary E.2",
            "Theorem 5",
        ),
    ),
)
