"""The API pages: which modules stand on which page."""

from __future__ import annotations

import pkgutil
from importlib import import_module

OURS = "softmax_geometry."

PAGES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "head": ("Heads", "The last layer, logits = W z + b.", ("head", "tensor_files")),
    "features": (
        "Features",
        "What stands in front of the head, the Gaussians of the classes, and the bundled example.",
        ("features", "streams", "moments", "reading", "example"),
    ),
    "estimators": ("Estimators", "Scores of uncertainty. Higher means more OOD.", ("estimators", "mental_model")),
    "regions": (
        "Regions",
        "The valid OOD region of a head: thresholds, membership, offsets and widths.",
        ("regions", "thresholds", "two_class", "gaussian_regions", "spheres"),
    ),
    "density": (
        "Density",
        "A Gaussian mixture of the features, and its region.",
        ("density", "mixture", "clusters", "devices", "density_regions"),
    ),
    "structure": (
        "Structure",
        "How the weights are arranged, and which arrangement training leads to.",
        ("structure", "loss"),
    ),
    "angles": (
        "Angles and certificates",
        "What the norm of the features and their angles to the weights say about confidence.",
        ("angles", "certificates"),
    ),
    "diagnosis": (
        "Diagnosis",
        "How well a score detects OOD data, and why it fails when it fails.",
        ("diagnosis", "auroc", "overlap"),
    ),
    "capture": ("Capture", "Head and features out of a torch module.", ("capture",)),
    "report": (
        "Report and explorer",
        "The page about a head, the measurements behind it, and the interactive page.",
        ("report", "measures", "explorer"),
    ),
    "figures": (
        "Figures",
        "The catalogue, and the functions that draw: each takes data and returns a matplotlib figure.",
        ("figures", "figures.entry", "plots.*"),
    ),
    "claims": ("Claims", "The ledger of results.", ("claims",)),
    "symbolic": (
        "Expressions",
        "The theory in sympy: expressions in, expressions out. Every formula is derived here, once.",
        ("symbolic.*",),
    ),
    "errors": ("Checks and errors", "Bad input is said in one sentence.", ("checks", "roots")),
    "numerics": (
        "The machinery of checking",
        "What the proofs stand on. It comes with a clone, not with the installed package.",
        ("numerics.*",),
    ),
}

ELSEWHERE = {"numerics.balls": "acb, arb", "softmax_geometry.figures": "Entry"}
"""Names that a module gives and another one documents."""

INTRODUCTION = """\
# API

`import softmax_geometry as sg` gives the names that most work needs: `sg.Head`, `sg.Features`, `sg.valid_region`,
`sg.structure`, `sg.diagnose` and the rest of `sg.__all__`. Here they stand under the modules that define them.

OOD is the positive class: a higher score always means *more OOD*. Input that does not fit raises
{py:exc}`~softmax_geometry.checks.InputError`, with one sentence: which argument, what was expected, what came.

`Accuracy:` bounds the error of what is returned, relative to the value where it says so. `eps` is 2⁻⁵², the distance
from 1 to the next float64 (2⁻²³ in float32). {doc}`/reliability` says how the bounds are measured.
"""


def reference_pages() -> dict[str, str]:
    """All pages by file name."""
    rows = [f"| [{title}]({name}.rst) | {summary} |" for name, (title, summary, _) in PAGES.items()]
    toctree = [":::{toctree}", ":hidden:", "", *PAGES, ":::", ""]
    index = "\n".join([INTRODUCTION, "| Page | What is there |", "|---|---|", *rows, "", *toctree])
    return {"index.md": index} | {f"{name}.rst": _page(*page) for name, page in PAGES.items()}


def modules_of(*names: str) -> list[str]:
    """Full names of modules of the package; "plots.*" stands for all modules of a package.

    Examples
    --------
    >>> modules_of("head", "symbolic.*")[:2]
    ['softmax_geometry.head', 'softmax_geometry.symbolic.angles']
    """
    found = []
    for name in names:
        full = name if name.startswith("numerics") else OURS + name
        found += _modules_in(full.removesuffix(".*")) if full.endswith(".*") else [full]
    return found


def _modules_in(package: str) -> list[str]:
    return [f"{package}.{module.name}" for module in pkgutil.iter_modules(import_module(package).__path__)]


def _page(title: str, summary: str, names: tuple[str, ...]) -> str:
    lines = [title, "=" * len(title), "", summary, ""]
    for module in modules_of(*names):
        lines += [module, "-" * len(module), "", f".. automodule:: {module}", "   :members:"]
        lines += [f"   :exclude-members: {ELSEWHERE[module]}", ""] if module in ELSEWHERE else [""]
    return "\n".join(lines)
