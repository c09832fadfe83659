"""Stated bounds on rounding errors hold against 60 digits, and no public array function is without one."""

import inspect
from importlib import import_module

import numpy as np
import pytest

import softmax_geometry as sg
from reliability.digits import CHECKS, WITHOUT
from reliability.digits.compared import MP, Case

MODULES = (
    *("estimators", "thresholds", "two_class", "gaussian_regions", "regions", "density", "mixture", "moments"),
    *("structure", "angles", "mental_model", "loss", "certificates", "auroc", "overlap", "spheres"),
    *("density_regions", "head"),
)
NO_NUMBERS = {"K", "H", "is_empty", "InputError", "Features", "FeatureStream", "threshold_line", "threshold_rows"}


def public_names():
    """Public functions, and methods and properties as Class.name; a class itself only holds what these compute."""
    for module in (import_module(f"softmax_geometry.{name}") for name in MODULES):
        for name, value in vars(module).items():
            if name.startswith("_") or getattr(value, "__module__", None) != module.__name__:
                continue
            if inspect.isfunction(value):
                yield name
            elif inspect.isclass(value):
                yield from (
                    f"{name}.{member}"
                    for member, of in vars(value).items()
                    if not member.startswith("_") and isinstance(of, (property, classmethod, type(public_names)))
                )


@pytest.mark.parametrize(
    "check",
    [
        pytest.param(
            c, id=f"{c.functions[0]}-{i}", marks=[pytest.mark.xfail(reason=c.fails, strict=True)] * bool(c.fails)
        )
        for i, c in enumerate(CHECKS)
    ],
)
def test_the_stated_bound_holds(check):
    worst = max(check.cases(np.random.default_rng(1), 1), key=lambda case: case.error)
    assert worst.error <= 1, f"{worst.got!r} is not {MP.nstr(worst.exact, 20)} to {MP.nstr(worst.allowed, 3)}"


def test_no_public_array_function_is_without_stated_accuracy():
    stated = {name for check in CHECKS for name in check.functions}
    stated |= {name for group in WITHOUT.values() for name in group}
    functions = {name for name in sg.__all__ if inspect.isfunction(getattr(sg, name))}
    missing = {n for n in functions | set(public_names()) if n not in stated and n.split(".")[-1] not in NO_NUMBERS}
    assert not missing, sorted(missing)


def test_a_wrong_digit_a_nan_and_a_wrong_infinity_are_seen():
    assert Case(1.0 + 1e-10, MP.mpf(1), 1e-11).error > 1
    assert Case(np.nan, MP.mpf(1), 1.0).error == np.inf
    assert Case(np.inf, MP.mpf(1e300), 1e300).error == np.inf
    assert Case(np.inf, MP.mpf(10) ** 309, 1.0).error == 0
    assert Case(0.125, MP.mpf("0.1250001"), 1.0).digits == pytest.approx(6.1, abs=0.1)
