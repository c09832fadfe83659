"""The `Accuracy:` sentence of a docstring and the bound that `reliability digits` measures say the same."""

import inspect
import re
from collections import defaultdict
from importlib import import_module
from pathlib import Path

import pytest

import softmax_geometry as sg
from reliability.digits import CHECKS

NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?:e[−±-]?\d+)?")
SOURCES = {path.stem: path.read_text(encoding="utf-8") for path in Path(sg.__file__).parent.glob("*.py")}
MODULES = [import_module(f"softmax_geometry.{name}") for name, source in SOURCES.items() if "Accuracy: " in source]


def documented(name):
    """The function, method or property of that name; for an array that an object only holds, its class."""
    first, *member = name.split(".")
    thing = next(vars(module)[first] for module in MODULES if first in vars(module))
    return getattr(thing, member[0], thing) if member else thing


def accuracy(thing):
    """The paragraph of the docstring that states the accuracy, on one line."""
    paragraphs = (" ".join(paragraph.split()) for paragraph in inspect.getdoc(thing).split("\n\n"))
    return "".join(paragraph for paragraph in paragraphs if paragraph.startswith("Accuracy: "))


def bounds_of(checks):
    """Stated bounds, longest first, without those that refer to another row."""
    return sorted({check.bound for check in checks if not check.bound.startswith("as for")}, key=len, reverse=True)


def agrees(sentence, checks):
    """Whether the sentence holds each bound, and besides them no number or dtype that is not among the inputs."""
    inputs, rest = " ".join(check.inputs for check in checks), sentence
    for bound in bounds_of(checks):
        if bound not in sentence:
            return False
        rest = rest.replace(bound, "")
    return set(NUMBER.findall(rest)) <= set(NUMBER.findall(inputs)) and ("float32" not in rest or "float32" in inputs)


STATED = defaultdict(list)
for check in CHECKS:
    for name in check.functions:
        STATED[documented(name)].append(check)
CASES = [pytest.param(accuracy(thing), checks, id=checks[0].functions[0]) for thing, checks in STATED.items()]


@pytest.mark.parametrize(("sentence", "checks"), CASES)
def test_the_docstring_states_the_bound_that_is_measured(sentence, checks):
    assert agrees(sentence, checks)


def test_what_is_not_measured_states_no_accuracy():
    assert sum(source.count("Accuracy: ") for source in SOURCES.values()) == len(STATED)


@pytest.mark.parametrize(("sentence", "checks"), CASES)
def test_a_wrong_sentence_is_rejected(sentence, checks):
    for number in NUMBER.finditer(sentence):
        assert not agrees(f"{sentence[: number.start()]}7{number[0]}{sentence[number.end() :]}", checks)
    for bound in bounds_of(checks):
        assert not agrees(sentence.replace(bound, "small"), checks)
    assert not agrees(f"{sentence} To 77 at most.", checks)
