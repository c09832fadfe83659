"""How the report writes numbers. Judgements ("agree", "differ") are made at two standard errors."""

from __future__ import annotations

import math
from typing import Any

SPACE = "\u00a0"
"""A space at which no line breaks."""

REGIONS = {
    "U_max": "U_max, exact",
    "U_entropy": "U_entropy, exact",
    "linear": "linear, M\u00a0<\u00a0L",
    "density": "density, q̂\u00a0<\u00a0t",
    "ellipsoids": "outside all ellipsoids",
}
SCORES = {
    "U_max": "U_max = −max\u00a0σ",
    "U_max_log": "log(1 − max\u00a0σ), its twin",
    "U_entropy": "U_entropy",
    "U_entropy_log": "log U_entropy, its twin",
    "U_cool": "U_cool, logits\u00a0÷\u00a010",
    "U_density": "U_density = −log\u00a0q̂",
}
CAUSES = {
    "1a": "1a  ties in floating point",
    "1b": "1b  temperature",
    "2": "2  softmax against density",
    "3": "3  what the density misses",
}


def number(value: float | None) -> str:
    """Three significant digits; "∞" stands for None, JSON's missing value.

    Examples
    --------
    >>> number(0.000012345), number(1234.5), number(-0.5)
    ('1.23×10⁻⁵', '1,230', '−0.500')
    """
    if value is None:
        return "∞"
    if value == 0:
        return "0"
    mantissa, exponent = f"{value:.2e}".split("e")
    power = int(exponent)
    if not -4 <= power < 6:
        return f"{mantissa}×10{superscript(power)}".replace("-", "−")
    return f"{float(f'{value:.3g}'):,.{max(0, 2 - power)}f}".replace("-", "−")


def percent(fraction: float, digits: int = 1) -> str:
    r"""A fraction in per cent; rounding never turns a little into nothing or almost all into all.

    Examples
    --------
    >>> percent(0.9234), percent(1e-6), percent(0.99999), percent(1.0)
    ('92.3\xa0%', '<0.1\xa0%', '>99.9\xa0%', '100\xa0%')
    """
    if fraction in (0, 1):
        return f"{100 * fraction:.0f}{SPACE}%"
    text, step = f"{100 * fraction:.{digits}f}", 10.0**-digits
    if fraction > 0 and float(text) == 0:
        text = f"<{step:.{digits}f}"
    elif fraction < 1 and float(text) == 100:
        text = f">{100 - step:.{digits}f}"
    return f"{text}{SPACE}%".replace("-", "−")


def with_error(value: dict[str, Any], digits: int = 1) -> str:
    r"""A fraction in per cent, ± its standard error where there is one.

    A share of no or of all points has no error that its own spread would show: it comes with its exact 95 % bound.

    Examples
    --------
    >>> with_error({"value": 0.25, "standard_error": 0.01})
    '25.0\xa0%\xa0±\xa01.0'
    >>> with_error({"value": 1.0, "standard_error": 0.0, "interval": [0.988, 1.0]})
    '100\xa0% (≥\xa098.80)'
    """
    share, error = value["value"], value["standard_error"]
    if share in (0, 1) and "interval" in value:
        low, high = value["interval"]
        bound = f"≥{SPACE}{math.floor(1e4 * low) / 100:.2f}" if share else f"≤{SPACE}{math.ceil(1e4 * high) / 100:.2f}"
        return f"{percent(share)} ({bound})"
    return percent(share, digits) + ("" if error is None else f"{SPACE}±{SPACE}{100 * error:.{digits}f}")


def points(gap: dict[str, Any], digits: int = 1) -> str:
    """A signed difference of fractions in percentage points, ± its standard error."""
    return f"{signed(100 * gap['value'], digits)}{SPACE}±{SPACE}{100 * gap['standard_error']:.{digits}f}"


def signed(value: float, digits: int = 2) -> str:
    """A number with its sign; zero has none.

    Examples
    --------
    >>> signed(-0.123), signed(0.001), signed(2)
    ('−0.12', '0.00', '+2.00')
    """
    text = f"{value:+.{digits}f}".replace("-", "−")
    return text if float(f"{value:.{digits}f}") else text[1:]


def differs(gap: dict[str, Any]) -> bool:
    """Whether a difference exceeds two of its standard errors."""
    return abs(gap["value"]) > 2 * gap["standard_error"]


def apart(gap: dict[str, Any]) -> str:
    """The size of a difference in its standard errors, in words."""
    if not gap["standard_error"]:
        return "no difference at all" if gap["value"] == 0 else "beyond any standard error"
    return f"{abs(gap['value']) / gap['standard_error']:.1f} standard errors"


def confidence(log_uncertainty: float) -> str:
    """The confidence 1 − e^u, written so that it never rounds to 1.

    Examples
    --------
    >>> confidence(math.log(0.1)), confidence(-20.0), confidence(-2000.0)
    ('0.900', '1 − 2.06×10⁻⁹', '1 − 10⁻⁸⁶⁹')
    """
    gap = math.exp(log_uncertainty)
    return f"1 − {exponential(log_uncertainty)}" if gap < 1e-3 else f"{1 - gap:.4f}" if gap < 0.01 else f"{1 - gap:.3f}"


def exponential(log_value: float) -> str:
    """The number e^x, also where it underflows.

    Examples
    --------
    >>> exponential(-1.0), exponential(-2000.0)
    ('0.368', '10⁻⁸⁶⁹')
    """
    return number(math.exp(log_value)) if log_value > -700 else f"10{superscript(round(log_value / math.log(10)))}"


def superscript(power: int) -> str:
    """A whole number as an exponent."""
    return str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
