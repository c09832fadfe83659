import numpy as np
import pytest

from softmax_geometry.checks import InputError
from softmax_geometry.claims import claims
from softmax_geometry.example import load_example
from softmax_geometry.features import Features
from softmax_geometry.figures import (
    collapsed,
    densities,
    gradients,
    linear_regions,
    losses,
    margins,
    regions,
    structures,
    thresholds,
    weights,
    widths,
)
from softmax_geometry.head import Head
from softmax_geometry.plots.style import OUT, encoded

MODULES = (
    regions,
    linear_regions,
    margins,
    widths,
    gradients,
    densities,
    thresholds,
    structures,
    collapsed,
    losses,
    weights,
)
ENTRIES = [entry for module in MODULES for entry in module.ENTRIES]
OWN = [entry for entry in ENTRIES if entry.own is not None]


def named(name):
    return next(entry for entry in ENTRIES if entry.name == name)


def small_problem(K, H):
    rng = np.random.default_rng(0)
    head = Head(rng.standard_normal((K, H)), 0.3 * rng.standard_normal(K))
    labels = np.arange(60 * K) % K
    return head, Features(2 * head.weight[labels] + 0.7 * rng.standard_normal((60 * K, H)), labels)


def test_claims_are_those_of_the_ledger_and_names_differ():
    known = {claim.id for claim in claims()}
    for entry in ENTRIES:
        assert entry.claims
        assert set(entry.claims) <= known
    assert len({entry.name for entry in ENTRIES}) == len(ENTRIES)


def test_almost_every_claim_on_regions_and_structure_has_a_figure():
    shown = {claim for entry in ENTRIES for claim in entry.claims}
    left = {claim.id for claim in claims() if claim.chapter in ("regions", "structure")} - shown
    assert left <= {"Equation 6"}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_panel_says_what_its_axes_are(entry):
    figure = entry.draw()
    for ax in figure.axes:
        assert ax.get_xlabel() or ax.get_subplotspec().rowspan.stop < ax.get_gridspec().nrows
    assert figure.axes[0].get_ylabel()
    assert 4.0 <= figure.get_figwidth() <= 7.3


@pytest.mark.parametrize("entry", OWN, ids=lambda entry: entry.name)
@pytest.mark.parametrize(("K", "H"), [(3, 2), (4, 6), (2, 3)])
def test_every_own_figure_is_drawn_for_heads_of_any_size(entry, K, H):
    if entry.name == "figure-3" and K - 1 > 2:
        with pytest.raises(InputError, match="at least 3 features"):
            entry.own(*small_problem(K, H), 0.1)
    else:
        assert entry.own(*small_problem(K, H), 0.1).axes


@pytest.mark.parametrize("entry", OWN, ids=lambda entry: entry.name)
def test_an_own_figure_asks_for_the_features_it_needs(entry):
    with pytest.raises(InputError, match="train: expected training features"):
        entry.own(small_problem(3, 5)[0], None, 0.1)


def test_the_same_figure_has_the_same_bytes():
    entry = named("figure-2")
    assert encoded(entry.draw(), "svg") == encoded(entry.draw(), "svg")


def stars(ax):
    return [line.get_markerfacecolor() == OUT for line in ax.lines if line.get_marker() == "*"]


def test_figure_2_softmax_misses_the_point_behind_a_cluster_and_the_density_catches_it():
    caught = [stars(ax) for ax in named("figure-2").draw().axes]
    assert caught == [[True, False], [True, False], [True, True]] * 2


def test_own_figure_2_is_one_row_of_the_users_head():
    example = load_example()
    figure = named("figure-2").own(example.head, example.train, 0.05)
    assert [ax.get_title("left") for ax in figure.axes] == ["U_max", "U_entropy", "U_density"]


def test_what_two_regions_have_alone_weighs_the_same():
    for ax in named("nesting").draw().axes:
        _, first, second = (text.get_text() for text in ax.get_legend().get_texts())
        masses = [float(text.split("mass ")[1].split(" %")[0]) for text in (first, second)]
        assert masses[0] == masses[1] > 0


def test_nesting_overlays_use_regions_of_equal_level():
    head, train = small_problem(3, 2)
    own = regions.own_regions(head, train, 0.1)
    for region in own.values():
        assert region.contains(train.z).sum() == len(train) // 10 - 1  # theorem 1.0
