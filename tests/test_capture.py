import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from softmax_geometry.capture import capture
from softmax_geometry.checks import InputError

X = torch.tensor(np.random.default_rng(0).normal(size=(10, 6)), dtype=torch.float32)
Y = torch.arange(10) % 3


def mlp() -> nn.Sequential:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 3))


class Wrapped(nn.Module):
    """A body, a head, and something after the head."""

    def __init__(self, body: nn.Module, head: nn.Module, after) -> None:
        super().__init__()
        self.body, self.head, self.after = body, head, after

    def forward(self, x):
        return self.after(self.head(self.body(x)))


def hooks(model: nn.Module) -> int:
    return sum(len(module._forward_pre_hooks) for module in model.modules())


def test_mlp_from_pairs():
    model = mlp()
    got = capture(model, [(X[:4], Y[:4]), (X[4:], Y[4:])])
    with torch.no_grad():
        z = model[:2](X)
        np.testing.assert_allclose(got.z, z.numpy(), rtol=1e-6)  # rounding depends on the size of the batch
        np.testing.assert_allclose(got.logits, model(X).numpy(), rtol=1e-5)
    np.testing.assert_array_equal(got.labels, Y)
    np.testing.assert_array_equal(got.head.weight, model[2].weight.detach().numpy())
    np.testing.assert_array_equal(got.head.bias, model[2].bias.detach().numpy())
    np.testing.assert_allclose(got.head.logits(got.z), got.logits, atol=1e-5)
    assert got.z.dtype == np.float32
    assert got.features.labels is got.labels or np.array_equal(got.features.labels, got.labels)


def test_cnn_from_a_data_loader():
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 9, 8), nn.Tanh(), nn.Linear(8, 3))
    images = torch.tensor(np.random.default_rng(1).normal(size=(7, 1, 5, 5)), dtype=torch.float32)
    got = capture(model, DataLoader(TensorDataset(images, torch.arange(7) % 3), batch_size=3))
    assert got.z.shape == (7, 8)
    assert got.logits.shape == (7, 3)
    np.testing.assert_array_equal(got.labels, np.arange(7) % 3)
    assert np.abs(got.z).max() <= 1


def test_labels_may_be_absent_but_not_sometimes():
    assert capture(mlp(), [X]).labels is None
    assert capture(mlp(), [(X,)]).labels is None
    with pytest.raises(InputError, match="labels in all batches or none, got 1 of 2"):
        capture(mlp(), [X, (X, Y)])


def test_numpy_batches():
    assert capture(mlp(), [(X.numpy(), Y.numpy())]).z.shape == (10, 5)


@pytest.mark.parametrize("limit", [1, 4, 5, 10, 99])
def test_limit_counts_inputs(limit):
    got = capture(mlp(), [(X[:4], Y[:4]), (X[4:], Y[4:])], limit=limit)
    n = min(limit, 10)
    assert len(got.z) == len(got.logits) == len(got.labels) == n
    np.testing.assert_array_equal(got.labels, Y[:n])


def test_batches_after_the_limit_are_not_asked_for():
    def loader():
        yield X
        raise AssertionError

    assert len(capture(mlp(), loader(), limit=10).z) == 10


def test_dropout_is_off_and_every_module_keeps_its_mode():
    model = nn.Sequential(nn.Dropout(0.5), nn.BatchNorm1d(6), *mlp())
    model.train()
    model[1].eval()
    first, second = capture(model, [X]), capture(model, [X])
    np.testing.assert_array_equal(first.z, second.z)
    assert [module.training for module in model] == [True, False, True, True, True]


@pytest.mark.parametrize("head", ["head", "module"])
def test_head_by_name_or_module(head):
    model = Wrapped(nn.Linear(6, 5), nn.Linear(5, 3), nn.Identity())
    model.extra = nn.Linear(2, 2)  # defined last, never run
    with pytest.raises(InputError, match="expected extra to run once for each batch, it ran 0 times"):
        capture(model, [X])
    assert capture(model, [X], head=model.head if head == "module" else head).head.K == 3


@pytest.mark.parametrize("head", ["body.1", "nothing", nn.Linear(5, 3)])
def test_head_must_be_a_linear_layer_of_the_model(head):
    with pytest.raises(InputError, match=r"head: expected one of the model's linear layers \(body\.0, head\)"):
        capture(Wrapped(mlp()[:2], mlp()[2], nn.Identity()), [X], head=head)


def test_model_that_is_its_own_head():
    got = capture(nn.Linear(6, 3, bias=False), [X])
    np.testing.assert_array_equal(got.z, X)
    np.testing.assert_array_equal(got.head.bias, np.zeros(3))


@pytest.mark.parametrize(
    "after", [nn.LogSoftmax(dim=1), nn.Softmax(dim=1), lambda l: 1.001 * l, lambda l: l + 0.01, lambda l: l.flip(1)]
)
def test_output_that_is_not_the_heads_is_refused_with_both_numbers(after):
    model = Wrapped(mlp()[:2], mlp()[2], after)
    number = r"-?\d[\d.e-]*"
    with pytest.raises(InputError, match=rf"W z \+ b of head, got {number} where W z \+ b is {number}$"):
        capture(model, [X])
    assert hooks(model) == 0


def test_output_of_another_shape_or_kind():
    for after, match in [
        (lambda l: l[:, :2], r"the logits \(10, 3\) of head, got shape \(10, 2\)"),
        (lambda l: (l, l), "expected a floating tensor of logits as output, got tuple"),
        (lambda l: l.argmax(1), "expected a floating tensor"),
    ]:
        with pytest.raises(InputError, match=match):
            capture(Wrapped(mlp()[:2], mlp()[2], after), [X])


def test_output_object_with_logits():
    class Output:
        def __init__(self, logits):
            self.logits = logits

    assert capture(Wrapped(mlp()[:2], mlp()[2], Output), [X]).logits.shape == (10, 3)


def test_head_on_sequences_is_refused():
    with pytest.raises(InputError, match=r"to take vectors \(N, H\), got shape \(10, 2, 3\)"):
        capture(nn.Sequential(nn.Unflatten(1, (2, 3)), nn.Linear(3, 4)), [X])


def test_head_used_twice_is_refused():
    square = nn.Linear(6, 6)
    with pytest.raises(InputError, match="it ran 2 times"):
        capture(nn.Sequential(square, square), [X], head=square)


def test_model_is_left_as_it_was_after_an_error():
    model = mlp().train()

    def loader():
        yield X
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        capture(model, loader())
    assert hooks(model) == 0
    assert all(module.training for module in model.modules())


def test_gradients_are_off():
    assert capture(mlp(), [X]).logits.flags.owndata
    model = mlp()
    capture(model, [X])
    assert all(parameter.grad is None for parameter in model.parameters())


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16, torch.float16])
def test_precisions(dtype):
    got = capture(mlp().to(dtype), [X.to(dtype)])
    assert got.z.dtype == (np.float64 if dtype == torch.float64 else np.float32)


def test_wide_head_is_within_rounding():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = nn.Linear(4096, 50)
        assert capture(model, [100 * torch.randn(64, 4096) + 1000]).logits.shape == (64, 50)


@pytest.mark.parametrize(
    ("batches", "match"),
    [
        ([], "expected at least one batch"),
        ([(X, Y, Y)], "got 3 parts"),
        ([(X, Y[:3])], r"one label for each of 10 inputs, got shape \(3,\)"),
        ([{"x": X}], "batches x or .x, y. of tensors, got dict"),
    ],
)
def test_bad_batches(batches, match):
    with pytest.raises(InputError, match=match):
        capture(mlp(), batches)


def test_bad_model_and_limit():
    with pytest.raises(InputError, match="expected a torch module, got str"):
        capture("model", [X])  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"expected a torch\.nn\.Linear in it, got none"):
        capture(nn.ReLU(), [X])
    with pytest.raises(InputError, match="limit: expected at least 1"):
        capture(mlp(), [X], limit=0)


def test_one_logit_is_no_softmax():
    with pytest.raises(InputError, match="expected at least 2 classes"):
        capture(nn.Linear(6, 1), [X])


def test_device_moves_model_and_batches():
    model = mlp()
    assert capture(model, [X], device="cpu").z.shape == (10, 5)
    with pytest.raises(InputError, match="device: expected a torch device of this machine, such as cpu, got 'abacus'"):
        capture(model, [X], device="abacus")


def test_progress_bar_goes_to_stderr(capsys):
    capture(mlp(), [X], progress=True)
    assert "capture" in capsys.readouterr().err
