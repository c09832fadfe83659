"""The paper's qualitative claims, each judged on our recorded runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from experiments.comparison.judging import Judged, judged
from experiments.density_search.search import LIKELY, SAME
from experiments.depth import slopes
from experiments.running import Record, of_each_config
from experiments.running.summary import with_error

TENTH = 0.1
PAPERS = "paper's best"


def by_seed(records: Sequence[Record], value_of: Callable[[Record], float]) -> list[float]:
    """The mean over configurations of a value of each run, one number for each seed that has them all."""
    runs = of_each_config(records).values()
    complete = set.intersection(*({record.seed for record in of} for of in runs))
    return [
        float(np.mean([value_of(record) for record in records if record.seed == seed])) for seed in sorted(complete)
    ]


def paired(better: Sequence[Record], worse: Sequence[Record], value_of: Callable[[Record], float]) -> list[float]:
    """Differences of a value between runs of the same seed."""
    of_worse = {record.seed: value_of(record) for record in worse}
    return [value_of(record) - of_worse[record.seed] for record in better if record.seed in of_worse]


def training_of(record: Record) -> str:
    """How long a network was trained, in words."""
    return f"{record.config['epochs']} epochs of {record.config['train_images']:,} images"


def toy(records: Sequence[Record]) -> list[Judged]:
    """Figure 1a."""
    radius = list(records[0].metrics["confident"])[-2]
    share = by_seed(records, lambda run: run.metrics["confident"][radius])
    evidence = f"{with_error(share, 1, True)} % of points {radius} times as far out as the clusters are taken for known"
    claim = "Far OOD points of the plane fall into confident extrapolations"
    return [judged(claim, "fig 1a", [value - 0.5 for value in share], evidence)]


def intro(records: Sequence[Record]) -> list[Judged]:
    """Figure 1b."""
    test = by_seed(records, lambda run: run.metrics["inside the region"]["test"])
    ood = by_seed(records, lambda run: run.metrics["inside the region"]["ood"])
    evidence = f"{with_error(ood, 1, True)} % of OOD and {with_error(test, 1, True)} % of test images are in the region"
    claim = "Most OOD images are mapped to the low-confidence region"
    return [judged(claim, "fig 1b", [share - 0.5 for share in ood], evidence)]


def decision_structure(records: Sequence[Record]) -> list[Judged]:
    """Figure 4, head by head."""
    found = []
    for label, runs in of_each_config(records).items():
        runs = runs if runs[0].config["data"] else runs[:1]  # a network that comes trained is one network
        bias = [run.metrics["bias"]["over mean norm"] for run in runs]
        spread = [run.metrics["raw"]["norm variation"] for run in runs]
        optimal = runs[0].metrics["optimal cosine"]
        cosine = [run.metrics["raw"]["cosine mean"] for run in runs]
        deviation = [run.metrics["raw"]["cosine deviation"] for run in runs]
        distance = [run.metrics["distance from the simplex"] for run in runs]
        random = [run.metrics["random heads"]["mean"] for run in runs]
        found += [
            judged(f"{label}: biases are small (below a tenth of ‖w‖)", "fig 4", [TENTH - b for b in bias],
                   f"mean |b|/‖w‖ {with_error(bias, 3)}"),
            judged(f"{label}: norms are similar (variation below a tenth)", "fig 4", [TENTH - s for s in spread],
                   f"standard deviation over mean {with_error(spread, 3)}"),
            judged(f"{label}: cos ≈ −1/(K−1) (mean within a half of it)", "fig 4",
                   [abs(optimal) / 2 - abs(c - optimal) for c in cosine],
                   f"mean {with_error(cosine, 3)} for {optimal:.3f}, spread {with_error(deviation, 3)}"),
        ]  # fmt: skip
        if runs[0].config["K"] > 2:  # two classes are always a simplex
            evidence = f"distance {with_error(distance, 3)}, random heads {with_error(random, 3)}"
            margins = [r - d for r, d in zip(random, distance, strict=True)]
            found.append(
                judged(f"{label}: nearer to the simplex than random heads", "ours, on fig 4", margins, evidence)
            )
        if runs[0].config["K"] >= 10:
            skewness = [run.metrics["raw"]["cosine skewness"] for run in runs]
            found.append(
                judged(
                    f"{label}: cosines are skewed to the right", "fig 4", skewness, f"skewness {with_error(skewness)}"
                )
            )
    return found


def counterfactual(records: Sequence[Record]) -> list[Judged]:
    """Figures 5 and 13."""
    runs = of_each_config(records)
    others = [name for name in runs if name not in ("trainable", "optimal")]
    found = []
    for name in runs:
        accuracy = [run.metrics["accuracy"] for run in runs[name]]
        margins = [0.005 - abs(value - 0.995) for value in accuracy]
        evidence = f"{with_error(accuracy, 2, True)} %"
        found.append(judged(f"{name}: accuracy within half a point of 99.5 %", "fig 5", margins, evidence))
    for good in ("trainable", "optimal"):
        for name in others:
            gain = paired(runs.get(good, []), runs[name], lambda run: run.metrics["AUROC"]["U_max"])
            found.append(
                judged(
                    f"{good} has a higher AUROC than {name}", "fig 5", gain, f"by {with_error(gain, 2, True)} points"
                )
            )
    for name in others:
        more = paired(runs[name], runs.get("optimal", []), lambda run: run.metrics["cross-entropy"])
        found.append(
            judged(f"{name} has a larger cross-entropy than optimal", "fig 5", more, f"by {with_error(more, 4)} nats")
        )
    return found


def activations(records: Sequence[Record]) -> list[Judged]:
    """Figures 6 and 16."""
    runs = of_each_config(records)
    found = []
    for quantity, source in (("norm", "fig 6"), ("max cos", "fig 6"), ("familiarity", "fig 6")):
        values = [[run.metrics[quantity][split] for run in runs.get("digits", [])] for split in ("test", "ood")]
        margins = [test - ood for test, ood in zip(*values, strict=True)]
        name = {"norm": "‖z‖", "max cos": "max cos", "familiarity": "the cosine with the predicted class's mean z"}
        evidence = f"test {with_error(values[0])}, OOD {with_error(values[1])}"
        found.append(judged(f"OOD images lower {name[quantity]}", source, margins, evidence))
    if "boots" in runs and "no-boots" in runs:
        shares = [run.metrics["OOD confident as"] for run in runs["boots"]]
        margins = [of["ankle boot"] - max(v for name, v in of.items() if name != "ankle boot") for of in shares]
        most = "; ".join(f"{name} {with_error((of[name] for of in shares), 1, True)} %" for name in shares[0])
        found.append(
            judged("Digits are mapped confidently to ankle boot, more than elsewhere", "fig 16", margins, most)
        )
        loss = paired(runs["no-boots"], runs["boots"], lambda run: run.metrics["AUROC"]["U_max"])
        evidence = f"AUROC changes by {with_error(loss, 1, True)} points with bags in their place"
        found.append(judged("Ankle boots among the classes make OOD detection poor", "fig 16", loss, evidence))
    return found


def bombardment(records: Sequence[Record]) -> list[Judged]:
    """Figure 7; random inputs are those that the network puts in the class, however unsure."""
    alike = {group: [run.metrics["likeness"][group] for run in records] for group in ("confident", "random")}
    agreement = {group: [of["agreement"] for of in found] for group, found in alike.items()}
    distance = {group: [of["distance"]["mean"] for of in found] for group, found in alike.items()}
    own, others = ([of["correlation"][which] for of in alike["confident"]] for which in ("own class", "other classes"))
    farther = [run.metrics["farther than the confident"]["same ink"]["AUROC"] for run in records]
    claim = "The most confident random inputs look like digits"
    return [
        judged(f"{claim}: a second network agrees, more than on random inputs", "fig 7",
               [c - r for c, r in zip(agreement["confident"], agreement["random"], strict=True)],
               f"{with_error(agreement['confident'], 1, True)} % against {with_error(agreement['random'], 1, True)} %"),
        judged(f"{claim}: they are nearer to a digit of their class than the same ink shuffled", "fig 7",
               [value - 0.5 for value in farther],
               f"{with_error(distance['confident'], 1)} pixels from the nearest, random inputs "
               f"{with_error(distance['random'], 1)}; shuffled farther in {with_error(farther, 1, True)} % of pairs"),
        judged(f"{claim}: their mean resembles the digits of their class", "fig 7",
               [o - r for o, r in zip(own, others, strict=True)],
               f"correlation {with_error(own)}, with other classes {with_error(others)}"),
    ]  # fmt: skip


def depth(records: Sequence[Record]) -> list[Judged]:
    """Figure 17."""
    found = []
    accuracy = slopes(records, "accuracy")
    for name, values in slopes(records, "U_max").items():
        evidence = f"by {with_error(values, 2, True)} points for each block, after {training_of(records[0])}"
        found.append(judged(f"{name}: AUROC rises with depth", "fig 17", values, evidence))
        margins = [a - b for a, b in zip(values, accuracy[name], strict=True)]
        evidence = f"accuracy by {with_error(accuracy[name], 2, True)} points for each block"
        found.append(judged(f"{name}: accuracy rises less", "fig 17", margins, evidence))
    return found


def benchmark(records: Sequence[Record]) -> list[Judged]:
    """Table 1's upper half and figure 15."""
    first, second, third = (by_seed(records, lambda run: run.metrics["causes"][cause]) for cause in "123")  # noqa: B023
    shown = [with_error(cause, 1, True) for cause in (first, second, third)]
    evidence = f"causes 1, 2, 3: {', '.join(shown)} points, mean over the sets"
    larger = [c - b for b, c in zip(second, third, strict=True)]
    dominant = [a - max(b, c) for a, b, c in zip(first, second, third, strict=True)]
    return [
        *_table_1(records, "table 1"),
        judged("Cause 3 is larger than cause 2", "table 1", larger, evidence),
        judged("Cause 1 dominates (the caption of table 1)", "caption of table 1", dominant, evidence),
        *_drops(records),
    ]


def transfer(records: Sequence[Record]) -> list[Judged]:
    """Table 1's lower half."""
    entropy = by_seed(records, lambda run: run.metrics["AUROC"]["U_entropy"]["all"])
    claim = "Fine-tuned pretrained networks detect OOD data nearly perfectly (AUROC of U_entropy above 98 %)"
    near = judged(claim, "table 1", [value - 0.98 for value in entropy], f"{with_error(entropy, 1, True)} %")
    causes = [by_seed(records, lambda run: run.metrics["causes"][cause]) for cause in "123"]  # noqa: B023
    shown = ", ".join(with_error(cause, 1, True) for cause in causes)
    worst = [0.01 - max(of_seed) for of_seed in zip(*causes, strict=True)]
    evidence = f"causes 1, 2, 3: {shown} points, mean over the sets"
    none = judged(
        "Pretrained networks largely avoid all causes (each below a point)", "caption of table 1", worst, evidence
    )
    return [near, none, *_table_1(records, "table 1, pretrained")]


def density_search(records: Sequence[Record]) -> list[Judged]:
    """Appendix C.5."""
    choices = [run.metrics["choices"] for run in records]
    best_kde = "best KDE on the same OOD sets"
    worse = [of[PAPERS]["AUROC"] - of[best_kde]["AUROC"] for of in choices if PAPERS in of]
    flattery = [of[SAME]["AUROC"] - of[LIKELY]["AUROC"] for of in choices]
    return [
        judged("The best KDE detects less than the paper's best mixture", "section C.5", worse,
               f"by {with_error(worse, 2, True)} points"),
        judged("Choosing the density by OOD data flatters it", "ours, on section C.5", flattery,
               f"{with_error(flattery, 2, True)} points above the choice by held-out likelihood"),
    ]  # fmt: skip


def implicit_biases(records: Sequence[Record]) -> list[Judged]:
    """The closing question: signs that ensembles and MC dropout strengthen the two biases."""
    found = []
    methods = [method for method in records[0].metrics if method not in ("standard", "wide")]
    for method in methods:
        for quantity, key, name in (
            ("structure", "gram_distance", "brings the head nearer to the simplex"),
            ("norm", "OOD over test", "lowers ‖z‖ of OOD images further"),
            ("max cos", "OOD over test", "lowers max cos of OOD images further"),
        ):
            margins = by_seed(
                records,
                lambda run: run.metrics["standard"][quantity][key] - run.metrics[method][quantity][key],  # noqa: B023
            )
            evidence = f"by {with_error(margins, 3)}, mean over {len(of_each_config(records))} set-ups"
            found.append(judged(f"{method} {name}", "section 7, thought 2", margins, evidence))
    return found


def _table_1(records: Sequence[Record], source: str) -> list[Judged]:
    def cause(name: str) -> list[float]:
        return by_seed(records, lambda run: run.metrics["causes"][name])

    def gain(better: str, worse: str) -> list[float]:
        return by_seed(records, lambda run: run.metrics["AUROC"][better]["all"] - run.metrics["AUROC"][worse]["all"])

    points = "{} points, mean over the sets"
    first, second, untuned = cause("1"), cause("2"), cause("2 untuned")
    entropy = gain("U_entropy", "U_max")
    return [
        judged("Cause 1 is small (below half a point)", source, [0.005 - abs(v) for v in first],
               points.format(with_error(first, 2, True))),
        judged("U_entropy detects more than U_max", source, entropy, points.format(with_error(entropy, 2, True))),
        judged("Cause 2 is above 0: the paper's density detects more than softmax", source, second,
               points.format(with_error(second, 1, True))),
        judged("… and with a density that was not tuned on OOD data", f"ours, on {source}", untuned,
               points.format(with_error(untuned, 1, True))),
    ]  # fmt: skip


def _drops(records: Sequence[Record]) -> list[Judged]:
    found = []
    for quantity, name in (("norm", "‖z‖"), ("max cos", "max cos")):

        def drop(run: Record) -> float:
            values = run.metrics[quantity]  # noqa: B023
            return 1 - float(np.mean([values[ood] for ood in run.config["ood"]])) / values["train"]

        shown = [f"{label} {with_error(map(drop, runs), 0, True)} %" for label, runs in of_each_config(records).items()]
        evidence = f"falls from training to OOD points by: {', '.join(shown)}"
        found.append(judged(f"{name} is lower for OOD data", "fig 15", by_seed(records, drop), evidence))
    return found


CLAIMS: dict[str, Callable[[Sequence[Record]], list[Judged]]] = {
    "toy": toy,
    "intro": intro,
    "decision_structure": decision_structure,
    "counterfactual": counterfactual,
    "activations": activations,
    "bombardment": bombardment,
    "depth": depth,
    "benchmark": benchmark,
    "transfer": transfer,
    "density_search": density_search,
    "implicit_biases": implicit_biases,
}
