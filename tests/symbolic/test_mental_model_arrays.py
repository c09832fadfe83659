"""The arrays of mental_model.py compute the expressions of symbolic/mental_model.py."""

from functools import partial

import numpy as np
import pytest
import sympy as sp

from softmax_geometry.angles import max_cosine
from softmax_geometry.head import Head
from softmax_geometry.mental_model import U_max_corrected, U_max_mental, mental_model
from softmax_geometry.structure import simplex
from softmax_geometry.symbolic import mental_model as symbolic

close = partial(np.testing.assert_allclose, rtol=1e-12)
r, m, K, c = sp.symbols("r m K c", positive=True)


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_models_of_a_simplex(classes):
    head = Head(simplex(classes, classes + 2, scale=1.7, rng=0))
    z = 2 * np.random.default_rng(1).standard_normal((30, classes + 2))
    norms, cosines = np.linalg.norm(z, axis=1), max_cosine(head, z)
    printed = sp.lambdify((r, m, K), symbolic.U_max_mental(r, m, K))
    scaled = sp.lambdify((r, m, K, c), symbolic.U_max_mental_scaled(r, m, K, c))
    corrected = sp.lambdify((r, m, K, c), symbolic.U_max_mental_corrected(r, m, K, c))
    close(U_max_mental(head, z), printed(norms, cosines, classes))
    close(U_max_mental(head, z, c=1.7), scaled(norms, cosines, classes, 1.7))
    close(U_max_corrected(head.logits(z)), corrected(norms, cosines, classes, 1.7))


def test_the_chain_of_the_derivation():
    for step in symbolic.mental_model_chain(1.5, 0.6, 7, 2.0):
        close(-mental_model(1.5, 0.6, 7, c=2.0), float(step))
