"""Lists that belong together must be equally long: nothing is dropped in silence."""

import pytest
import sympy as sp

from softmax_geometry.symbolic import gradients, softmax, structure, two_class, vectors

ONE, TWO, THREE = [1], [1, 2], [1, 2, 3]
EYE = [[1, 0], [0, 1]]


@pytest.mark.parametrize("shorter", [0, 1])
def test_two_vectors(shorter):
    pair = (ONE, TWO)
    a, b = pair[shorter], pair[1 - shorter]
    for operation in (vectors.dot, vectors.difference):
        with pytest.raises(ValueError, match="zip"):
            operation(a, b)
    with pytest.raises(ValueError, match="zip"):
        softmax.affine_logits([TWO, TWO], TWO, [*a, *b, 0][: 1 + 2 * shorter])
    with pytest.raises(ValueError, match="zip"):
        softmax.magnitude_angle_softmax(a, 1, b)


@pytest.mark.parametrize("odd", range(3))
def test_margin_means_deviations_and_priors(odd):
    lists = [THREE if i == odd else TWO for i in range(3)]
    for mass in (
        two_class.mass_outside,
        two_class.mass_outside_derivative,
        two_class.separable_mass_outside,
        two_class.separable_gap,
        two_class.equation_20_printed,
    ):
        with pytest.raises(ValueError, match="zip"):
            mass(0, *lists)


@pytest.mark.parametrize(("first", "second"), [(ONE, TWO), (TWO, ONE)])
def test_laws_atoms_and_priors(first, second):
    with pytest.raises(ValueError, match="zip"):
        two_class.mass_outside_law(0, [sp.Function("G")] * len(first), second)
    with pytest.raises(ValueError, match="zip"):
        two_class.discrete_offset(first, second, 1)


@pytest.mark.parametrize("odd", range(3))
def test_components_of_a_mixture(odd):
    parts = [[TWO] * 2, [EYE] * 2, TWO]
    parts[odd] = [*parts[odd], parts[odd][0]]
    for function in (
        softmax.weighted_densities,
        softmax.mixture_density,
        softmax.U_density,
        softmax.responsibilities,
        gradients.U_density_gradient,
        gradients.U_density_gradient_printed,
    ):
        with pytest.raises(ValueError, match="zip"):
            function([0, 0], *parts)


@pytest.mark.parametrize("gradient", [gradients.U_entropy_gradient, gradients.U_entropy_gradient_printed])
def test_logits_and_rows_of_weights(gradient):
    for weight in ([TWO, TWO], [TWO, TWO, TWO, TWO], [TWO, TWO, ONE], [ONE, TWO, TWO]):
        with pytest.raises(ValueError, match="zip"):
            gradient(THREE, weight)


def test_features_and_weights():
    with pytest.raises(ValueError, match="zip"):
        structure.mean_softmax([TWO, TWO], THREE, EYE, 0)
