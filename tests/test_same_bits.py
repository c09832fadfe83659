"""Same seed, same machine, same numbers: two fresh processes agree bit for bit, whatever their hashes of strings."""

import numpy as np
import pytest

from reliability.reproduction.outputs import OUTPUTS, digest
from reliability.reproduction.processes import compared_processes

QUICK = [name for name in OUTPUTS if name != "figures"]  # the report has figures, too


def test_two_processes_agree_bit_for_bit():
    assert compared_processes(QUICK) == dict.fromkeys(QUICK, True)


@pytest.mark.parametrize(
    ("value", "other"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        (np.array([0.0]), np.array([-0.0])),
        (np.array([1.0]), np.nextafter([1.0], 2)),
        (np.zeros(2, np.float32), np.zeros(1, np.float64)),
        ([[1], []], [[], [1]]),
    ],
)
def test_a_digest_sees_order_and_last_bits(value, other):
    assert digest(value) == digest(value) != digest(other)
