"""Vectors and matrices as lists of scalars, and the little linear algebra the expressions need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy as sp
from sympy import Expr

Vector = Sequence[Any]
Rows = Sequence[Vector]


def dot(a: Vector, b: Vector) -> Any:
    """Inner product aᵀb."""
    return sp.Add(*[x * y for x, y in zip(a, b, strict=True)])


def difference(a: Vector, b: Vector) -> list[Any]:
    """Componentwise a − b."""
    return [x - y for x, y in zip(a, b, strict=True)]


def squared_norm(a: Vector) -> Any:
    """Squared Euclidean norm ‖a‖²."""
    return dot(a, a)


def quadratic_form(matrix: Rows, a: Vector) -> Any:
    """The quadratic form aᵀAa."""
    return dot(a, [dot(row, a) for row in matrix])


def solve(matrix: Rows, vector: Vector) -> list[Expr]:
    """A⁻¹v for an explicit square matrix A."""
    return list(sp.Matrix(matrix).inv(method="ADJ") * sp.Matrix(vector))


def determinant(matrix: Rows) -> Any:
    """Determinant of an explicit square matrix."""
    return sp.Matrix(matrix).det()
