"""Each preset is a valid state and shows what its text says, computed by the package from the state alone."""

import json

import numpy as np
import pytest

from softmax_geometry.density import DensityModel
from softmax_geometry.diagnosis import diagnose
from softmax_geometry.estimators import U_max
from softmax_geometry.explorer.draws import draws
from softmax_geometry.explorer.presets import presets
from softmax_geometry.features import Features
from softmax_geometry.head import Head
from softmax_geometry.regions import valid_region
from softmax_geometry.structure import named_structure, structure

PRESETS = {preset["id"]: preset for preset in presets()}
FIELDS = {"K", "weight", "bias", "means", "spread", "epsilon", "temperature", "estimator", "ood"}
GRID = np.stack(np.meshgrid(np.linspace(-8, 8, 81), np.linspace(-8, 8, 81)), axis=-1).reshape(-1, 2)


class Shown:
    """What the package says of a preset, with some entries of its state changed."""

    def __init__(self, name, **changes):
        self.state = state = PRESETS[name]["state"] | changes
        T, K = state["temperature"], state["K"]
        self.head = Head(np.array(state["weight"]) / T, np.array(state["bias"]) / T)
        self.means = np.array(state["means"])
        train, test, ood = (np.array(draws()[kind]) for kind in ("train", "test", "ood"))
        labels = np.repeat(np.arange(K), len(train) // K)
        self.train, self.test = (Features(self.means[labels] + state["spread"] * z, labels) for z in (train, test))
        self.ood = Features(np.array(state["ood"]["mean"]) + state["ood"]["spread"] * ood)
        self.region = valid_region(self.head, self.train, state["epsilon"], state["estimator"])
        density = DensityModel([1 / K] * K, self.means, [state["spread"] ** 2 * np.eye(2)] * K)
        diagnosis = diagnose(self.head, self.train, self.test, self.ood, density, precision="float64")
        self.auroc = {name: quality.auroc.value for name, quality in diagnosis.scores.items()}
        self.causes = {key: cause.value for key, cause in diagnosis.causes.items()}
        self.caught = self.region.contains(self.ood.z).mean()
        self.accuracy = (self.winner(self.test.z) == self.test.labels).mean()

    def winner(self, z):
        return self.head.logits(z).argmax(axis=1)

    def confidence(self, *z):
        return -U_max(self.head.logits([z]))[0]

    def widths(self):
        return self.region.widths[np.triu_indices(self.head.K, 1)]


def text(name):
    return PRESETS[name]["text"]


@pytest.mark.parametrize("name", PRESETS)
def test_states_are_valid_and_texts_short(in_page, name):
    preset = PRESETS[name]
    assert preset.keys() == {"id", "name", "text", "state"}
    state = preset["state"]
    assert json.loads(json.dumps(preset)) == preset
    assert set(state) == FIELDS
    K = state["K"]
    assert np.shape(state["weight"]) == np.shape(state["means"]) == (K, 2)
    assert np.shape(state["bias"]) == (K,)
    assert np.shape(state["ood"]["mean"]) == (2,)
    assert 2 <= K <= 6
    assert 0.1 <= state["spread"] <= 3
    assert 0.1 <= state["ood"]["spread"] <= 5
    assert preset["text"].count(". ") <= 2
    result = in_page("model.compute(data)", state)
    shown = Shown(name)
    assert result["flagged"]["ood"] == pytest.approx(shown.caught)
    assert result["accuracy"] == pytest.approx(shown.accuracy)


def test_names_are_unique_and_every_structure_of_figure_5_is_there():
    assert len(PRESETS) == len(presets())
    for name in ("optimal", "sandwich", "stack", "unequal", "bunched"):
        weight, expected = np.array(PRESETS[name]["state"]["weight"]), named_structure(name)
        np.testing.assert_allclose(weight / np.abs(weight).max(), expected / np.abs(expected).max(), atol=1e-12)


def test_two_classes_have_one_straight_band_for_every_estimator():
    regions = [Shown("two-classes", estimator=name).region for name in ("U_max", "U_entropy", "margin")]
    inside = [region.contains(GRID) for region in regions]
    assert (inside[0] == inside[1]).all()
    assert (inside[0] == inside[2]).all()
    assert (inside[0] == (np.abs(GRID[:, 0]) < regions[0].widths[0, 1] / 2)).all()


def test_optimal_has_equal_bands_and_catches_what_lies_between():
    shown = Shown("optimal")
    np.testing.assert_allclose(shown.widths(), shown.widths()[0])
    np.testing.assert_allclose(structure(shown.head).cosines[np.triu_indices(3, 1)], -0.5)
    assert shown.caught > 0.95


@pytest.mark.parametrize(("name", "dimensions"), [("square", "three"), ("pentagon", "four"), ("hexagon", "five")])
def test_polygons_are_as_near_to_the_simplex_as_the_plane_allows(name, dimensions):
    found = structure(Shown(name).head)
    assert f"needs {dimensions} dimensions" in text(name)
    assert found.gram_distance == pytest.approx(found.gram_distance_least)
    assert found.gram_distance > 0.5
    assert found.norm_spread == pytest.approx(0)


def test_square_has_a_narrower_band_that_is_nowhere_seen():
    shown = Shown("square")
    widths = shown.region.widths
    assert widths[0, 2] == pytest.approx(widths[0, 1] / np.sqrt(2))
    ties = np.column_stack([np.linspace(-8, 8, 100), np.zeros(100)])  # classes 1 and 3
    l = shown.head.logits(ties)
    np.testing.assert_allclose(l[:, 0], l[:, 2])
    assert (l.max(axis=1) > l[:, 0]).all()


def test_pentagon_and_hexagon():
    widths = Shown("pentagon").region.widths
    neighbours = [widths[i, (i + 1) % 5] for i in range(5)]
    np.testing.assert_allclose(neighbours, np.nanmax(widths))
    angle = np.degrees(np.arccos(structure(Shown("pentagon").head).cosines[0, 1]))
    assert angle == pytest.approx(72)
    gaps = []
    for name in ("hexagon", "optimal"):
        shown = Shown(name)
        l = np.sort(shown.head.logits(shown.means), axis=1)
        gaps.append(l[:, -1] - l[:, -2])
    np.testing.assert_allclose(gaps[0], gaps[1][0] / 3)


def test_sandwich_catches_least_in_the_band_between_the_opposite_classes():
    shown = Shown("sandwich")
    assert shown.widths().argmin() == 2
    for side in (-1, 1):
        moved = Shown("sandwich", ood={"mean": [side * 2.5 / np.sqrt(2), 2.5 / np.sqrt(2)], "spread": 0.8})
        assert moved.caught > shown.caught + 0.05


def test_stack_has_no_middle_class_and_never_becomes_linear():
    shown = Shown("stack")
    assert 1 not in shown.winner(GRID[GRID[:, 1] != 0])
    for x in (0.0, 1e3):
        assert np.ptp(shown.head.logits([[x, 0.0]])) == 0
        y = shown.region.widths[0, 1]  # twice the half-width of the bands of the middle class
        between = [[x, 1.1 * y / 2], [x, -1.1 * y / 2]]
        assert not shown.region.linear.contains(between).any()
        assert shown.region.contains(between).all()


def test_unequal_lengths():
    shown = Shown("unequal")
    norms = np.linalg.norm(shown.head.weight, axis=1)
    np.testing.assert_allclose(norms / norms[0], [1, 2, 3])
    assert shown.widths().argmax() == 0
    assert shown.widths().argmin() == 2


def test_bunched_has_a_wedge_of_37_degrees():
    shown = Shown("bunched")
    angles = np.radians(np.linspace(0, 360, 36_000, endpoint=False))
    wins = shown.winner(np.column_stack([np.cos(angles), np.sin(angles)])) == 0
    assert wins.mean() * 360 == pytest.approx(37, abs=0.5)
    assert shown.widths()[2] / shown.widths()[:2] == pytest.approx([0.53] * 2, abs=0.01)
    assert (shown.head.weight[:, 1] > 0).all()


def test_turned_away_is_surer():
    shown = Shown("turned-away")
    straight, turned = shown.means[2], np.array(shown.state["ood"]["mean"])
    assert np.linalg.norm(straight) == pytest.approx(np.linalg.norm(turned))
    cosines = [(shown.head.weight @ z).max() for z in (straight, turned)]  # unit vectors
    assert cosines == pytest.approx([1, 0.8])
    confidences = [shown.confidence(*z) for z in (straight, turned)]
    assert confidences == pytest.approx([0.665, 0.690], abs=5e-4)
    assert "66.5 % to 69.0 %" in text("turned-away")


def test_biases_move_the_boundary():
    shown = Shown("biases")
    assert shown.confidence(0.0, 0.0) == pytest.approx(0.75)
    without = Shown("biases", bias=[0.0, 0.0])
    assert without.confidence(0.0, 0.0) == pytest.approx(0.5)


def test_regions_do_not_nest():
    by_max, by_entropy = (Shown("no-nesting", estimator=name).region for name in ("U_max", "U_entropy"))
    lost = by_max.contains(GRID) & ~by_entropy.contains(GRID)
    gained = by_entropy.contains(GRID) & ~by_max.contains(GRID)
    far = np.linalg.norm(GRID, axis=1)
    assert lost.sum() > 50
    assert gained.sum() > 50
    assert far[gained].max() < far[lost].mean()
    assert by_max.contains(GRID[far > 7]).any()
    assert not by_entropy.contains(GRID[far > 7]).any()
    train = Shown("no-nesting").train.z
    assert by_max.contains(train).sum() == by_entropy.contains(train).sum()


def test_no_linear_region():
    shown = Shown("no-linear-region")
    assert shown.region.threshold.confidence < 0.5
    assert shown.region.threshold.margin < 0
    assert shown.region.linear.is_empty
    assert shown.region.contains([[0.0, 0.0]]).all()
    assert shown.accuracy < 0.9


def test_the_square_beats_the_other_shadow_of_the_simplex():
    shadow, square = Shown("shadow"), Shown("square")
    assert 3 not in shadow.winner(GRID[np.linalg.norm(GRID, axis=1) > 0])
    assert shadow.accuracy < 0.8 < square.accuracy
    assert shadow.region.threshold.margin < 0 < square.region.threshold.margin
    corner = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / np.sqrt(3)
    along, across = corner[3], np.array([[1, 1, 0], [1, -1, 0]]) / np.sqrt(2)
    flat = corner - np.outer(corner @ along, along)  # along one of its vectors
    np.testing.assert_allclose((flat @ flat.T) * 9 / 8, (shadow.head.weight @ shadow.head.weight.T) / 1.44, atol=1e-9)
    seen = corner @ across.T  # between two of them
    np.testing.assert_allclose(sorted(np.linalg.norm(seen, axis=1)), np.sqrt(2 / 3))
    assert {round(float(x), 9) for x in (seen @ seen.T * 3 / 2).ravel()} == {-1.0, 0.0, 1.0}


def test_far_out_and_beyond():
    far, beyond = Shown("far-out"), Shown("beyond")
    assert far.caught < 0.01
    reach = np.linalg.norm(far.ood.z[:, None] - far.means, axis=2).min()
    assert reach > 4 * far.state["spread"]
    assert far.confidence(*far.state["ood"]["mean"]) > 0.999
    assert far.confidence(80.0, 0.0) > far.confidence(8.0, 0.0)
    assert beyond.caught == 0
    assert beyond.auroc["U_max"] < 0.01
    assert beyond.auroc["U_density"] > 0.99
    assert beyond.causes["2"] > 0.98


def test_saturation_is_undone_by_a_higher_temperature():
    cold, warm = Shown("saturation"), Shown("saturation", temperature=1.0)
    assert cold.auroc["U_entropy"] == pytest.approx(0.5, abs=0.01)
    assert cold.causes["1"] == pytest.approx(0.5, abs=0.01)
    assert warm.auroc["U_entropy"] > 0.99
    assert abs(warm.causes["1"]) < 0.01
    assert cold.auroc["U_entropy_log"] > 0.99  # what is lost is lost to rounding


def test_overlap_leaves_nothing_to_find():
    shown = Shown("overlap")
    assert max(shown.auroc.values()) < 0.55
    assert shown.causes["3"] == pytest.approx(0.5, abs=0.03)
