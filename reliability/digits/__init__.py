"""Every public function keeps its stated digits.

What the software gives is compared with the exact answer at 60 digits: over logits from 1e-300 to 1e300, mixed,
tied, an ulp apart and subnormal, up to 10⁵ classes; heads with weights from 1e-200 to 1e200 and rows that nearly
agree; covariances of condition 10¹² scaled by 1e±100; samples whose mean is 10⁸ standard deviations. Each
function states a bound on its error, here and in its docstring. `eps` is 2⁻⁵² (2⁻²³ for float32). "Error" is the
worst one in units of the bound: above 1 the bound does not hold. "Digits" are the fewest correct digits relative to
the value, which an absolute bound does not promise: a value near 0 may have few. The bounds carry a safety factor over
what is measured, except where a row says "exact" or "half an ulp".
"""

from __future__ import annotations

import numpy as np

from reliability.digits import (
    certificates,
    densities,
    heads,
    losses,
    samples,
    scores,
    simplices,
    structures,
    thresholds,
    two_class,
)
from reliability.digits.compared import Check
from reliability.findings import Findings, Headline

CHECKS: list[Check] = [
    check
    for module in (
        *(scores, heads, structures, certificates, two_class, thresholds),
        *(losses, densities, samples, simplices),
    )
    for check in module.CHECKS
]
SIZE = 3

WITHOUT = {
    "as its parts, on the same numbers": (
        "diagnose",
        "valid_region",
        "density_region",
        "ValidRegion.contains",
        "ValidRegion.linear",
        "ValidRegion.outer",
        "ValidRegion.offsets",
        "ValidRegion.widths",
        "LinearRegion.contains",
        "DensityRegion.contains",
        "DensityRegion.contains_ellipsoids",
        "DensityRegion.contains_ellipsoids_inner",
        "U_max_mental",
        "U_max_mental_log",
        "relu_optimum",
        "centred_directions",
        "named_structure",
        "log_score",
        "log_joint",
        "log_sum",
        "ClassMoments.add",
    ),
    "random points or quadrature: gives its standard error": (
        "gaussian_threshold",
        "gaussian_mass",
        "margin_mass",
        "auroc_ceiling",
        "ceiling_placements",
    ),
    "a fit, to its own tolerance": ("fit_density", "fit_mixture"),
    "holds or reads arrays": (
        "Head.features",
        "Head.check_width",
        "Head.load",
        "Head.from_sklearn",
        "Head.save",
        "Head.row_blocks",
        "load_example",
        "Placements.from_parts",
        "Structure.to_dict",
        "AUROC.to_dict",
        "cholesky_factor",
    ),
}
"""Public functions without a row of their own, and why."""


def findings() -> Findings:
    rows, broken, known, fewest = [], [], [], 16.0
    for check in CHECKS:
        found = list(check.cases(np.random.default_rng(0), SIZE))
        worst, digits = max(case.error for case in found), min(case.digits for case in found)
        if worst <= 1:
            fewest = min(fewest, -np.log10(worst) if worst else 16.0)
        else:
            broken.append(check)
        if check.fails:
            known.append(check)
        rows.append(
            {
                "function": ", ".join(f"`{name}`" for name in check.functions),
                "inputs": check.inputs,
                "cases": len(found),
                "error": f"{worst:.2g}" if np.isfinite(worst) else "NaN or wrong ∞",
                "digits": f"{digits:.1f}",
                "stated bound": check.bound,
            }
        )
    names = {name for check in CHECKS for name in check.functions}
    beyond = {name for check in broken for name in check.functions}
    cases = sum(row["cases"] for row in rows)
    return Findings(
        headlines=[
            Headline("functions beyond their stated bound", f"{len(beyond)} of {len(names)}", "0", not beyond),
            Headline("ranges of input beyond the stated bound", f"{len(broken)} of {len(CHECKS)}", "0", not broken),
            Headline("numbers compared at 60 digits", f"{cases:,}", "≥ 1,000", cases >= 1000),
        ],
        rows=rows,
        remarks=[
            *(f"{', '.join(f'`{n}`' for n in c.functions)} ({c.inputs}): {c.fails}." for c in broken if c.fails),
            *(f"{reason}: {', '.join(f'`{name}`' for name in group)}." for reason, group in WITHOUT.items()),
        ],
        versions=["mpmath"],
    )
