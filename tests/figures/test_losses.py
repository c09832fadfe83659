import numpy as np
import pytest

from softmax_geometry.figures.losses import ENTRIES, mean_confidence
from softmax_geometry.head import Head


def lines(name, panel):
    figure = next(entry for entry in ENTRIES if entry.name == name).draw()
    return {line.get_label(): np.stack(line.get_data()) for line in figure.axes[panel].lines}


def test_mean_confidence_is_the_average_over_noise():
    rng = np.random.default_rng(0)
    head, mean, direction = Head(rng.standard_normal((3, 2))), rng.standard_normal(2), rng.standard_normal(2)
    z = mean + np.sqrt(2.0) * rng.standard_normal(400_000)[:, None] * direction
    logits = head.logits(z)
    p = np.exp(logits[:, 1]) / np.exp(logits).sum(axis=1)
    assert mean_confidence(head, mean, direction, np.array([2.0]), i=1)[0] == pytest.approx(p.mean(), abs=0.003)


def test_no_structure_beats_the_bound_and_the_optimal_one_attains_it():
    drawn = lines("loss", 0)
    bound = drawn["least loss at this norm"][1]
    np.testing.assert_allclose(drawn["optimal"][1], bound, rtol=1e-12)
    for name in ("sandwich", "bunched"):
        assert (drawn[name][1] > bound).all()
    (dot,) = [data for name, data in drawn.items() if name.startswith("minimum")]
    assert bound.min() == pytest.approx(dot[1, 0], abs=1e-4)


def test_confidence_at_the_optimum_falls_with_the_penalty_and_collapses_when_features_are_penalised():
    drawn = lines("loss", 1)
    free, relu, penalised = (drawn[name][1] for name in list(drawn)[:3])
    for confidence in (free, relu, penalised):
        assert (np.diff(confidence) <= 1e-12).all()
    assert (free > relu).all()
    assert (penalised[drawn["1/K"][0] >= 1 / 6] == pytest.approx(1 / 3)) is True


def test_confidence_may_rise_with_noise_below_one_half():
    sure, unsure = (data[1] for data in lines("noise", 1).values())
    assert sure[0] > 0.5 > unsure[0]
    assert (np.diff(sure) < 0).all()
    assert (np.diff(unsure) > 0).all()


def test_the_printed_equation_38_is_not_even_right_without_noise():
    drawn = lines("noise", 0)
    start = {name: data[1, 0] for name, data in drawn.items()}
    assert start["truth"] == pytest.approx(start["with the cross term"]) == pytest.approx(start["sign corrected"])
    assert start["eq. 38 as printed"] == pytest.approx(1 - start["truth"])
    error = {name: np.abs(data[1] - drawn["truth"][1]).max() for name, data in drawn.items()}
    assert error["with the cross term"] < error["sign corrected"] < error["eq. 38 as printed"]
