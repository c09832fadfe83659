"""States of the explorer that each show one thing; the tests compute what their texts say."""

from __future__ import annotations

from typing import Any

import numpy as np

from softmax_geometry.explorer.states import along_structure, polygon, shadow


def presets() -> list[dict[str, Any]]:
    """Presets of the explorer: id, name, text (one or two sentences on what to see) and state, in reading order.

    Examples
    --------
    >>> presets()[0]["id"], presets()[0]["state"]["K"]
    ('two-classes', 2)
    """
    return [*_polygons(), *_structures(), *_counterexamples(), *_causes()]


def _polygons() -> list[dict[str, Any]]:
    """Regular polygons: the simplex for two and three classes, and the next best thing in the plane for more."""
    return [
        _preset(
            "two-classes",
            "Two classes",
            "With two classes the region is a straight band, and every score of the softmax has the same one: change "
            "the estimator from U_max to U_entropy or the margin, and nothing moves.",
            polygon(2, angle=np.pi),
        ),
        _preset(
            "optimal",
            "Optimal structure, 3 classes",
            "The simplex of three classes: weights of equal length, 120° apart. All bands are equally wide, and OOD "
            "points between the classes are caught.",
            polygon(3),
        ),
        _preset(
            "square",
            "Square, 4 classes",
            "A simplex of four classes needs three dimensions; in the plane nothing comes nearer to it than the "
            "square. Opposite classes have the narrower band, but it shows nowhere: where they tie, others win.",
            polygon(4),
        ),
        _preset(
            "pentagon",
            "Pentagon, 5 classes",
            "A simplex of five classes needs four dimensions. The pentagon keeps the lengths equal, but not the "
            "angles: neighbours are only 72° apart, and the bands between them are the widest.",
            polygon(5, spread=0.6),
        ),
        _preset(
            "hexagon",
            "Hexagon, 6 classes",
            "A simplex of six classes needs five dimensions. Six directions in the plane are 60° apart, so at a class "
            "mean the next logit is only a third as far below the largest as with three classes.",
            polygon(6, spread=0.5),
        ),
    ]


def _structures() -> list[dict[str, Any]]:
    """The other structures of the paper's fig 5."""
    return [
        _preset(
            "sandwich",
            "Sandwich",
            "One class between two opposite ones. The weights of these two differ most, so their band is the "
            "narrowest. Move the OOD points from it to one of the other bands, equally far out: more are caught.",
            along_structure("sandwich", ood=([0.0, -2.5], 0.8)),
        ),
        _preset(
            "stack",
            "Stack",
            "Three weights on one line, without biases: the middle class never wins. All three logits tie along the "
            "whole boundary, so the exact region stays wider than the linear one however far out you look.",
            along_structure("stack", epsilon=0.2, ood=([3.0, 0.0], 0.8)),
        ),
        _preset(
            "unequal",
            "Unequal lengths",
            "The directions of the simplex with lengths 1 : 2 : 3. The widest band is that between the two short "
            "weights, the narrowest that between the two long ones.",
            along_structure("unequal"),
        ),
        _preset(
            "bunched",
            "Bunched",
            "All weights in one half of the plane. The class in the middle wins in a wedge of only 37°, with the two "
            "widest bands on its sides, and the band of the other two is about half as wide.",
            along_structure("bunched", scale=2.4, spread=0.4),
        ),
    ]


def _counterexamples() -> list[dict[str, Any]]:
    """Counterexamples to the paper's statements that live in the plane."""
    return [
        _preset(
            "turned-away",
            "Turned away, yet surer",
            "Proposition 5, its numbers put right: (1, 0) and the OOD points around (4/5, −3/5) are equally far out. "
            "The largest cosine to a weight falls from 1 to 0.8, and the confidence rises from 66.5 % to 69.0 %.",
            along_structure("sandwich", scale=1.0, radius=1.0, spread=0.1, ood=([0.8, -0.6], 0.1)),
        ),
        _preset(
            "biases",
            "Biases",
            "The softmax in lengths and angles (equation 6) leaves the biases out. It gives both classes one half at "
            "the origin, but with a bias of log 3 the first has 75 % there: the boundary has moved.",
            polygon(2, angle=np.pi, ood=([0.0, 0.0], 0.3)) | {"bias": [float(np.log(3)), 0.0]},
        ),
        _preset(
            "no-nesting",
            "Regions that do not nest",
            "Change the estimator from U_max to U_entropy: the region loses its arms and gains ground in the middle. "
            "At equal ε both flag the same share of the training data, so neither can contain the other.",
            polygon(5, spread=1.2, epsilon=0.1),
        ),
        _preset(
            "no-linear-region",
            "No linear region",
            "Six classes that overlap: the confidence threshold is below one half, so L is negative and no band is "
            "left. The exact region is still there, in the middle.",
            polygon(6, spread=1.2),
        ),
        _preset(
            "shadow",
            "Shadow of a simplex",
            "The simplex of four classes seen from above one corner: three directions, and a weight of zero that "
            "never wins. The square, another shadow of it, is better in the plane: compare the accuracy and the "
            "margin L.",
            shadow(),
        ),
    ]


def _causes() -> list[dict[str, Any]]:
    """Where OOD points go uncaught: far out, saturated, or among the data."""
    return [
        _preset(
            "far-out",
            "Far out and sure (fig 1a)",
            "Far from all training data one class leads by more and more, and the confidence tends to 1. These OOD "
            "points are nowhere near the data, and almost none is flagged.",
            polygon(3, ood=([9.0, 0.0], 0.6)),
        ),
        _preset(
            "beyond",
            "Beyond a class (cause 2)",
            "OOD points lie beyond a class, along its weight. The softmax is surer of them than of the data, its "
            "AUROC is near 0, and the density knows better: all of it is counted as cause 2, extrapolation.",
            polygon(3, ood=([0.0, 7.0], 0.8)),
        ),
        _preset(
            "saturation",
            "Saturation (cause 1)",
            "A low temperature, or long weights, drive the logits hundreds apart. The probabilities round to 0 and 1, "
            "U_entropy ties at exactly 0, and cause 1 takes half. Raise the temperature to 1 and the order is back.",
            polygon(3, scale=5.5, radius=13.0, spread=0.5, ood=([0.0, 10.0], 0.2))
            | {"temperature": 0.1, "estimator": "U_entropy"},
        ),
        _preset(
            "overlap",
            "Overlap (cause 3)",
            "OOD points on top of a class. No score of the features can tell them from that class, and even the "
            "density is left with an AUROC near 50 %: the rest is cause 3.",
            polygon(3, ood=([0.0, 3.5], 0.8)),
        ),
    ]


def _preset(name: str, title: str, text: str, start: dict[str, Any]) -> dict[str, Any]:
    return {"id": name, "name": title, "text": text, "state": start}
