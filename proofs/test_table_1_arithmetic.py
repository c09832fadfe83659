"""Table 1: the shares of the causes follow from its AUROC columns, save one misprint and the caption.

**Claim** (table 1, section 6). Cause 1 = C − B, cause 2 = D − C, cause 3 = 1 − D from the columns B =
AUROC(U_entropy), C (U_cool), D (U_density). For CIFAR-10, cause 3 is 0.7 %. Caption: "cause 1 is the dominant cause
of failure in standard training".

**Verdict.** Refuted in these two points; everything else in the table is consistent.

**What is true.** For CIFAR-10, D = 89.3 % and 1 − D = 10.7 %; the printed mean of cause 3, 7.4 %, needs it. Cause 1
is 0.0 % in every row of the standard training, means 0.0, 4.2 and 7.4 %: cause 3 dominates, as sections 1 and 7 say.
(What the three numbers measure is another question, see causes 1 to 3.)

**Proof.** Each printed number stands for the values that round to it, ±0.05. The rows and means are linear equations
in the unrounded values. With 10.7 in place of 0.7 all intervals are compatible, row by row and in the means; with 0.7
the equation cause 3 = 100 − D would need |0.7 − 10.7| ≤ 0.1, and the mean would be 5.4. ∎

**What the machine checks.** The equations in exact decimal fractions with interval bounds; again by z3, which looks
for unrounded values of a whole block that meet all printed ones.

**Sources.** Pearce, Brintrup & Zhu (2021), table 1.
"""

from __future__ import annotations

from fractions import Fraction

import pytest
import z3

from numerics.solver import find_model, prove
from softmax_geometry.checks import InputError

STANDARD = {  # B, C, D, cause 1, cause 2, cause 3 as printed, in per cent
    "MNIST": "96.3 96.3 99.5 0.0 3.2 0.5",
    "Fashion-MNIST": "88.7 88.7 98.5 0.0 9.7 1.5",
    "SVHN": "90.9 90.9 93.2 0.0 2.3 6.8",
    "CIFAR-10": "85.7 85.7 89.3 0.0 3.6 0.7",
    "CIFAR-100": "80.6 80.6 82.5 0.0 2.0 17.5",
    "mean": "88.4 88.4 92.6 0.0 4.2 7.4",
}
PRETRAINED = {
    "Satellite": "99.9 99.9 99.9 0.0 0.0 0.1",
    "Cancer": "99.3 99.8 100.0 0.5 0.2 0.0",
    "Pets": "100.0 100.0 100.0 0.0 0.0 0.0",
    "Flowers": "99.9 99.9 100.0 0.0 0.1 0.0",
    "Beans": "98.2 99.0 100.0 0.8 1.0 0.0",
    "mean": "99.5 99.7 100.0 0.3 0.2 0.0",
}
ROUNDING = Fraction(1, 20)
CORRECT = {"CIFAR-10": "85.7 85.7 89.3 0.0 3.6 10.7"}


def numbers(row):
    return [Fraction(x) for x in row.split()]


def consistent(row):
    """Whether unrounded values of B, C, D exist with the printed differences: errors add up to twice the rounding."""
    B, C, D, one, two, three = numbers(row)
    errors = [(one - (C - B), 3), (two - (D - C), 3), (three - (100 - D), 2)]
    return all(abs(error) <= n * ROUNDING for error, n in errors)


def conditions(block):
    """The whole block as linear conditions on its unrounded values."""
    found, columns = [], [[] for _ in range(6)]
    for name, row in block.items():
        values = [z3.Real(f"{name} {k}") for k in range(6)]
        for value, printed in zip(values, numbers(row), strict=True):
            low, high = (z3.RealVal(str(printed + side * ROUNDING)) for side in (-1, 1))
            found += [value >= low, value <= high]
        B, C, D, one, two, three = values
        found += [one == C - B, two == D - C, three == 100 - D, D <= 100]
        if name == "mean":
            found += [5 * value == sum(column) for value, column in zip(values, columns, strict=True)]
        else:
            for column, value in zip(columns, values, strict=True):
                column.append(value)
    return found


@pytest.mark.proves("Table 1")
def test_only_one_row_contradicts_itself():
    wrong = [name for block in (STANDARD, PRETRAINED) for name, row in block.items() if not consistent(row)]
    assert wrong == ["CIFAR-10"]
    assert 100 - numbers(STANDARD["CIFAR-10"])[2] == Fraction("10.7")
    assert consistent(CORRECT["CIFAR-10"])


@pytest.mark.proves("Table 1")
def test_the_printed_mean_needs_the_corrected_value():
    def mean(block):
        rows = [numbers(row)[5] for name, row in block.items() if name != "mean"]
        return sum(rows) / len(rows)

    assert mean(STANDARD | CORRECT) == Fraction("7.4")
    assert mean(STANDARD) == Fraction("5.4")


@pytest.mark.proves("Table 1")
def test_cause_3_dominates_not_cause_1():
    one, two, three = numbers(STANDARD["mean"])[3:]
    assert one < two < three
    assert all(numbers(row)[3] == 0 for row in STANDARD.values())


@pytest.mark.second_route("Table 1")
def test_the_corrected_table_has_unrounded_values():
    find_model(conditions(STANDARD | CORRECT))
    find_model(conditions(PRETRAINED))


@pytest.mark.second_route("Table 1")
def test_cause_3_dominates_for_all_unrounded_values():
    one, two, three = (z3.Real(f"mean {k}") for k in (3, 4, 5))
    prove(z3.And(three > two, two > one), conditions(STANDARD | CORRECT))


@pytest.mark.twin("Table 1")
def test_twin_the_table_as_printed():
    with pytest.raises(InputError, match="contradiction"):
        find_model(conditions(STANDARD))


@pytest.mark.twin("Table 1")
def test_twin_the_caption():
    """Cause 1 dominant, added to the corrected table, contradicts it."""
    one, three = z3.Real("mean 3"), z3.Real("mean 5")
    with pytest.raises(InputError, match="contradiction"):
        find_model([*conditions(STANDARD | CORRECT), one > three])
