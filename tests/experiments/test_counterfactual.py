from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.special import softmax
from sklearn.metrics import log_loss

from experiments import counterfactual
from experiments.counterfactual import PRESETS, STACK_BIAS, STRUCTURES, TRAINABLE, head_weights
from experiments.running import Given
from experiments.running.records import Record
from softmax_geometry.estimators import U_max_log
from softmax_geometry.head import Head
from softmax_geometry.structure import named_structure, structure

SMOKE = {config.structure: config for config in PRESETS["smoke"]}


@pytest.fixture(scope="module")
def outcomes():
    return {name: counterfactual.run(SMOKE[name], Given(seed=2)) for name in ("optimal", "stack", TRAINABLE)}


def of_values(**values):
    """Records of seeds 0, 1, … whose every quantity is the one given, for each structure."""
    found = []
    for name, of_seeds in values.items():
        for seed, v in enumerate(of_seeds):
            metrics = {
                "accuracy": v, "cross-entropy": v, "AUROC": {"U_max": v, "U_entropy": v},
                "inside the region": {"ood": v, "test": v}, "width in std": v,
            }  # fmt: skip
            found.append(Record(Path(), name, {}, seed, metrics, {}, {}))
    return found


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_has_all_structures(preset):
    assert [config.label for config in PRESETS[preset]] == list(STRUCTURES)


@pytest.mark.parametrize("name", ["optimal", "sandwich", "unequal", "bunched"])
def test_frozen_heads_are_the_named_structures_in_some_plane(name):
    """Inner products know nothing of the plane; of the scale they know the mean square of the norms."""
    weight_at = head_weights(replace(SMOKE[name], scale=3.0), seed=5)
    weight = weight_at(0.0).double().numpy()
    assert torch.equal(weight_at(0.0), weight_at(1.0))
    wanted = named_structure(name)
    wanted = 3 * wanted / np.sqrt((wanted**2).sum() / 3)
    np.testing.assert_allclose(weight @ weight.T, wanted @ wanted.T, atol=1e-5)
    assert weight.shape == (3, 16)
    assert (np.abs(weight).max(axis=0) > 1e-3).all()


def test_planes_follow_from_the_seed():
    first, same, other = (head_weights(SMOKE["optimal"], seed)(1.0) for seed in (0, 0, 1))
    assert torch.equal(first, same)
    assert not torch.allclose(first, other, atol=0.01)


def test_the_stack_starts_as_the_optimal_structure_and_ends_collinear():
    weight_at = head_weights(SMOKE["stack"], seed=0)
    assert structure(Head(weight_at(0.0).numpy())).etf_distance < 1e-6
    singular = np.linalg.svdvals(weight_at(1.0).numpy())
    assert singular[1] < 1e-6 * singular[0]
    assert np.allclose(weight_at(1.0)[1], 0)


def test_a_frozen_head_ends_as_it_was_asked_to_and_a_trainable_one_does_not(outcomes):
    for name in ("optimal", "stack"):
        of_plane = outcomes[name].arrays["weight"]
        wanted = Head(head_weights(SMOKE[name], 2)(1.0).numpy()).centred().weight
        np.testing.assert_allclose(of_plane @ of_plane.T, wanted @ wanted.T, atol=1e-5)
    assert structure(Head(outcomes[TRAINABLE].arrays["weight"])).etf_distance > 0.01


def test_the_middle_class_of_the_stack_wins_by_a_bias(outcomes):
    bias = outcomes["stack"].arrays["bias"]
    assert bias.argmax() == 1
    assert bias[1] - bias.mean() > STACK_BIAS / 2
    assert np.ptp(outcomes["optimal"].arrays["bias"]) < 1


@pytest.mark.parametrize("name", ["optimal", TRAINABLE])
def test_points_are_drawn_in_the_region_iff_they_are_in_it(outcomes, name):
    """In the stored plane logits are exact, so the shares inside are those that the run reports, up to sampling."""
    arrays, metrics = outcomes[name].arrays, outcomes[name].metrics
    logits = arrays["u ood"] @ arrays["weight"].T + arrays["bias"]
    inside = (U_max_log(logits) >= arrays["log threshold"]).mean()
    assert len(logits) == 200
    assert inside == pytest.approx(metrics["inside the region"]["ood"], abs=1e-9)


def test_loss_and_accuracy_are_those_of_scikit_learn(outcomes):
    arrays, metrics = outcomes["optimal"].arrays, outcomes["optimal"].metrics
    probabilities = softmax(arrays["u test"] @ arrays["weight"].T + arrays["bias"], axis=1)
    labels = arrays["labels"]
    assert 0.9 < metrics["accuracy"] <= 1
    assert log_loss(labels, probabilities, labels=[0, 1, 2]) == pytest.approx(metrics["cross-entropy"], rel=0.5)
    assert (probabilities.argmax(axis=1) == labels).mean() == pytest.approx(metrics["accuracy"], abs=0.05)


def test_about_epsilon_of_the_training_images_is_in_the_region(outcomes):
    for outcome in outcomes.values():
        assert outcome.metrics["inside the region"]["train"] == pytest.approx(0.05, abs=0.005)


def test_differences_are_paired_by_seed():
    """Paired, the difference is 10 points for each seed, without error; unpaired it would have a large one."""
    table = counterfactual.table(of_values(optimal=[0.2, 0.5, 0.8], stack=[0.1, 0.4, 0.7], sandwich=[0.3]))
    rows = {line.split("  ")[0]: line for line in table.splitlines()}
    assert "-10.00 ± 0.00" in rows["stack − optimal"]
    assert "10.00" in rows["sandwich − optimal"]
    assert "±" not in rows["sandwich − optimal"]
    assert "40.00 ± 17.32" in rows["stack"]


def test_table_without_the_optimal_structure_has_no_differences():
    assert "− optimal" not in counterfactual.table(of_values(stack=[0.1, 0.2]))


def test_figures(outcomes):
    found = [Record(Path(), name, {}, 2, of.metrics, {}, {}) for name, of in outcomes.items()]
    for record, of in zip(found, outcomes.values(), strict=True):
        record.__dict__["arrays"] = of.arrays
    drawn = counterfactual.drawings(found)
    bars, planes = drawn["figure-5"](), drawn["planes"]()
    accuracy = bars.axes[0]
    assert [text.get_text() for text in accuracy.get_yticklabels()] == list(outcomes)
    means = [100 * of.metrics["accuracy"] for of in outcomes.values()]
    assert [text.get_text() for text in accuracy.texts] == [f"{mean:#.3g}" for mean in means]
    assert accuracy.lines[0].get_xdata() == pytest.approx(means)
    assert [ax.get_title(loc="left") for ax in planes.axes if ax.get_visible()] == list(outcomes)
