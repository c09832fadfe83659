from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp

from experiments.bombardment.fast_network import FastBombardedNet, weights_of
from experiments.bombardment.inputs import bits, inputs, inputs_at, seen, seen_words
from experiments.bombardment.shards import (
    LOG_ODDS_EDGES,
    Found,
    Shard,
    bombarded,
    found_in,
    histogram,
    log_odds,
    merged,
)
from experiments.networks import BombardedNet
from experiments.training import initial_weights_of
from softmax_geometry.checks import InputError

MASK = 2**64 - 1


def philox(counter, key):
    """Philox4x64-10 as Salmon et al. (2011) define it, on Python integers."""
    c, k = [counter, 0, 0, 0], list(key)
    for _ in range(10):
        a, b = 0xD2E7470EE14C6C93 * c[0], 0xCA5A826395121157 * c[2]
        c = [(b >> 64) ^ c[1] ^ k[0], b & MASK, (a >> 64) ^ c[3] ^ k[1], a & MASK]
        k = [(k[0] + 0x9E3779B97F4A7C15) & MASK, (k[1] + 0xBB67AE8584CAA73B) & MASK]
    return c


def test_words_are_philox_of_the_counter():
    published = [0x16554D9ECA36314C, 0xDB20FE9D672D0FDC, 0xD7E772CEE186176B, 0x7E68B68AEC7BA23B]
    assert philox(0, (0, 0)) == published  # known answers of the Random123 library
    expected = [word for count in range(1, 6) for word in philox(count, (7, 0))]  # numpy counts from 1
    assert seen_words(7, 0, 20).tolist() == expected
    assert seen_words(7, 2**40 + 2, 2**40 + 5).tolist() == [
        *philox(2**38 + 1, (7, 0))[2:],
        philox(2**38 + 2, (7, 0))[0],
    ]


@settings(deadline=None)
@given(st.integers(0, 2**50), st.lists(st.integers(0, 9), max_size=5))
def test_any_range_can_be_made_anywhere(start, sizes):
    whole = seen_words(1, start, start + sum(sizes))
    edges = start + np.cumsum([0, *sizes])
    parts = [seen_words(1, int(a), int(b)) for a, b in pairwise(edges)]
    assert np.array_equal(whole, np.concatenate([np.empty(0, np.uint64), *parts]))


def test_pixels_are_fair_and_independent_coins():
    n = 2**15
    pixels = inputs(3, 0, n).reshape(n, 81).astype(float)
    assert np.abs(pixels.mean(axis=0) - 0.5).max() < 5 * 0.5 / np.sqrt(n)
    correlations = np.corrcoef(pixels.T)[~np.eye(81, dtype=bool)]
    assert np.abs(correlations).max() < 5.5 / np.sqrt(n)
    assert len(np.unique(seen_words(3, 0, n))) == n
    assert abs((inputs(4, 0, n).reshape(n, 81) == pixels).mean() - 0.5) < 5 * 0.5 / np.sqrt(81 * n)


def test_pixels_lie_where_they_are_said_to():
    images, words = inputs(5, 10, 14), seen_words(5, 10, 14)
    for image, word in zip(images, words.tolist(), strict=True):
        assert all(image[r, c] == word >> (8 * r + c) & 1 for r in range(8) for c in range(8))
    assert np.array_equal(seen(images), images[:, :8, :8].reshape(4, 64))
    assert np.array_equal(inputs_at(5, [13, 11, 11]), images[[3, 1, 1]])
    assert inputs_at(5, []).shape == (0, 9, 9)
    assert bits(np.array([2**63], dtype=np.uint64))[0].tolist() == [0] * 63 + [1]


@pytest.mark.parametrize(("seed", "start", "stop"), [(-1, 0, 1), (0, -1, 1), (0, 3, 2)])
def test_ranges_that_cannot_be(seed, start, stop):
    with pytest.raises(InputError, match="inputs: expected 0 ≤ seed and 0 ≤ start ≤ stop, got seed"):
        seen_words(seed, start, stop)


def network_of(seed, K=10, gain=1.0):
    with initial_weights_of(seed):
        network = BombardedNet(K).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.mul_(gain)
    return network


def outputs(network, images, dtype=torch.float32):
    with torch.inference_mode():
        twin = BombardedNet(network.head.out_features).to(dtype).eval()
        twin.load_state_dict(network.state_dict())
        return twin(torch.tensor(images[:, None], dtype=dtype)).double().numpy()


@pytest.mark.parametrize(("K", "gain"), [(10, 1.0), (10, 4.0), (3, 2.0)])
def test_look_up_gives_the_logits_of_the_network(K, gain):
    """As near to the network in float64 as the plain float32 network is: nothing but rounding sets them apart."""
    network = network_of(1, K, gain)
    images, words = inputs(0, 0, 3000), seen_words(0, 0, 3000)
    fast = FastBombardedNet(weights_of(network)).logits(words)
    assert fast.dtype == torch.float32
    exact, plain = outputs(network, images, torch.float64), outputs(network, images)
    assert np.abs(fast.numpy() - exact).max() <= 2 * np.abs(plain - exact).max()
    tolerance = 1e-5 * np.abs(exact).max()
    np.testing.assert_allclose(fast, plain, atol=tolerance, rtol=0)
    margin = np.diff(np.sort(exact, axis=1)[:, -2:], axis=1)[:, 0]
    clear = margin > 2 * tolerance
    assert clear.mean() > 0.99
    assert np.array_equal(fast.numpy().argmax(axis=1)[clear], plain.argmax(axis=1)[clear])


def test_the_network_sees_8_by_8_pixels_and_each_of_them():
    network, images = network_of(2), inputs(0, 0, 200)
    logits = outputs(network, images)
    for r, c in [(r, c) for r in range(9) for c in range(9)]:
        flipped = images.copy()
        flipped[:, r, c] ^= 1
        changed = np.any(outputs(network, flipped) != logits)
        assert changed == (r < 8 and c < 8)


def test_log_odds_do_not_saturate():
    rng = np.random.default_rng(0)
    logits = np.concatenate([rng.normal(size=(50, 10)), 30 * rng.normal(size=(50, 10))])
    odds, label = log_odds(torch.tensor(logits, dtype=torch.float32))
    others = np.where(np.arange(10) == logits.argmax(axis=1)[:, None], -np.inf, logits)
    np.testing.assert_allclose(odds, logits.max(axis=1) - logsumexp(others, axis=1), rtol=1e-5, atol=1e-5)
    assert np.array_equal(label, logits.argmax(axis=1))
    assert odds.max() > 20


def test_histogram_counts_all():
    values = np.concatenate([np.random.default_rng(0).normal(10, 8, 1000), [-50, 90, -3, 40, 0, 0.5]]).astype("f4")
    expected = np.histogram(np.clip(values, -3, 40), LOG_ODDS_EDGES)[0]
    assert np.array_equal(histogram(torch.tensor(values)), expected)
    assert expected.sum() == len(values)


@st.composite
def scored(draw):
    """Few different scores, so that many tie; cut points; an order of the parts."""
    n = draw(st.integers(1, 40))
    scores = draw(st.lists(st.integers(0, 3), min_size=n, max_size=n))
    labels = draw(st.lists(st.integers(0, 2), min_size=n, max_size=n))
    cuts = sorted(draw(st.sets(st.integers(1, n), max_size=5)) | {0, n})
    order = draw(st.permutations(range(len(cuts) - 1)))
    return np.array(scores, dtype=np.float32), np.array(labels), cuts, order, draw(st.integers(1, 5))


@settings(max_examples=60, deadline=None)
@given(scored())
def test_merging_is_one_sort_of_all(case):
    scores, labels, cuts, order, k = case
    parts = [found_in(torch.tensor(scores[a:b]), torch.tensor(labels[a:b]), a, 3, k) for a, b in pairwise(cuts)]
    shuffled = [parts[i] for i in order]
    ways = [merged(shuffled)]
    if len(parts) > 2:
        ways.append(merged([shuffled[0], merged(shuffled[1:])]))
    for found in ways:
        for i in range(3):
            expected = sorted((-s, j) for j, (s, label) in enumerate(zip(scores, labels, strict=True)) if label == i)[
                :k
            ]
            mine = found.index[i] >= 0
            assert [(-s, j) for s, j in zip(found.log_odds[i, mine], found.index[i, mine], strict=True)] == expected
            assert np.all(found.log_odds[i, ~mine] == -np.inf)
        assert found.counts.tolist() == np.bincount(labels, minlength=3).tolist()
        assert found.histogram.sum() == len(scores)


def same(a, b):
    return all(np.array_equal(vars(a)[name], vars(b)[name]) for name in vars(a))


def test_shards_give_what_the_whole_gives(tmp_path):
    network = network_of(3, gain=2.0)
    weights = weights_of(network)
    threads = torch.get_num_threads()
    whole = bombarded(Shard(weights, 9, 0, 2**13, 5))
    parts = [bombarded(Shard(weights, 9, start, start + 2**11, 5)) for start in range(0, 2**13, 2**11)]
    assert torch.get_num_threads() == threads
    assert same(merged(parts[::-1]), whole)
    whole.save(tmp_path / "found.npz")
    assert same(Found.load(tmp_path / "found.npz"), whole)


def test_what_is_found_can_be_made_again_from_its_index():
    network = network_of(3, gain=2.0)
    found = bombarded(Shard(weights_of(network), 9, 2**30, 2**30 + 5000, 4))
    logits = outputs(network, inputs(9, 2**30, 2**30 + 5000))
    assert found.counts.tolist() == np.bincount(logits.argmax(axis=1), minlength=10).tolist()
    for label in np.flatnonzero(found.counts):
        kept = found.index[label] >= 0
        again, classes = log_odds(torch.tensor(outputs(network, inputs_at(9, found.index[label, kept]))))
        assert np.all(classes.numpy() == label)
        np.testing.assert_allclose(again, found.log_odds[label, kept], atol=1e-4)
        best = np.sort(log_odds(torch.tensor(logits[logits.argmax(axis=1) == label]))[0].numpy())[::-1]
        np.testing.assert_allclose(found.log_odds[label, kept], best[:4], atol=1e-4)
