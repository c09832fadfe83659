import numpy as np

from softmax_geometry.figures.weights import ENTRIES
from softmax_geometry.head import Head
from softmax_geometry.structure import simplex, structure


def drawn(name):
    return next(entry for entry in ENTRIES if entry.name == name).draw()


def outline_of(ax):
    return np.concatenate([path.vertices for line in ax.collections for path in line.get_paths()])


def test_a_common_vector_changes_the_arrows_and_not_the_region():
    first, second = drawn("gauge").axes
    np.testing.assert_allclose(outline_of(first), outline_of(second), atol=1e-9)
    tips = [np.array([text.xy for text in ax.texts]) for ax in (first, second)]
    shift = tips[1] - tips[0]
    np.testing.assert_allclose(shift, shift[[0, 0, 0]], atol=1e-12)
    assert np.linalg.norm(shift[0]) > 0.5


def test_no_random_weights_are_further_apart_than_the_bounds_and_the_simplex_attains_them():
    cosine, coherence = (line.get_data() for line in drawn("packing").axes[0].lines)
    rng = np.random.default_rng(0)
    for K, least, least_size in zip(*cosine, coherence[1], strict=True):
        cosines = structure(Head(rng.standard_normal((int(K), 6)))).cosines[np.triu_indices(int(K), 1)]
        assert cosines.max() >= least
        assert np.abs(cosines).max() >= least_size - 1e-12
        if K <= 7:
            best = structure(Head(simplex(int(K), 6))).cosines[np.triu_indices(int(K), 1)]
            np.testing.assert_allclose(best, least, atol=1e-12)


def test_the_bound_on_the_margin_is_attained_where_it_is_said_to_be():
    bound, attained = (dict(zip(*line.get_data(), strict=True)) for line in drawn("packing").axes[1].lines)
    assert list(attained) == list(range(2, 13))
    np.testing.assert_allclose([bound[K] for K in attained], list(attained.values()))
