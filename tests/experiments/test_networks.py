import pytest
import torch

from experiments.networks import LeNet
from experiments.training import initial_weights_of


def test_lenet_has_the_papers_layers():
    model = LeNet(H=16, K=3)
    sizes = {name: tuple(p.shape) for name, p in model.named_parameters() if name.endswith("weight")}
    assert list(sizes.values()) == [(32, 1, 5, 5), (64, 32, 3, 3), (128, 64, 3, 3), (16, 2048), (3, 16)]
    assert model(torch.zeros(2, 1, 28, 28)).shape == (2, 3)


@pytest.mark.parametrize(("activation", "low"), [("relu", 0.0), ("tanh", -1.0)])
def test_features_come_after_the_activation(activation, low):
    model = LeNet(H=16, K=3, activation=activation)
    with torch.no_grad():
        z = model.body(torch.rand(50, 1, 28, 28, generator=torch.Generator().manual_seed(0)) * 20 - 10)
    assert z.min() >= low
    assert (z.min() < 0) == (activation == "tanh")


def test_initial_weights_depend_on_the_seed_alone_and_leave_torch_alone():
    state = torch.get_rng_state()
    models = []
    for seed in (1, 1, 2):
        with initial_weights_of(seed):
            models.append(LeNet(H=4, K=2).head.weight)
    assert torch.equal(models[0], models[1])
    assert not torch.equal(models[0], models[2])
    assert torch.equal(torch.get_rng_state(), state)
