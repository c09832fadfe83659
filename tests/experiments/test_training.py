import math
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from experiments.data import Images
from experiments.networks import ResNet18
from experiments.training import Recipe, TrainingFailed, as_inputs, captured, initial_weights_of, train
from experiments.training import loop as loop_module
from experiments.training.augmentation import PADDING, augmented
from experiments.training.inputs import memory_order
from softmax_geometry.checks import InputError

ROOT = Path(__file__).resolve().parents[2]

RNG = np.random.default_rng(0)
LABELS = RNG.integers(0, 3, 90)
PIXELS = RNG.integers(0, 60, (90, 6, 6, 3)).astype(np.uint8)
PIXELS[np.arange(90), :, :, LABELS] += 120
IMAGES = Images(PIXELS, LABELS.astype(np.int64), "made", {})
RECIPE = Recipe(epochs=4, batch_size=20, learning_rate=0.01, optimiser="sgd", augment="crop_flip")


class Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Dropout(0.3))
        self.head = nn.Linear(64, 3)

    def forward(self, x):
        return self.head(self.body(x))


def small(seed=0):
    with initial_weights_of(seed):
        return Small()


def state_of(model):
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


def same(a, b):
    return all(torch.equal(a[name], b[name]) for name in a)


def test_it_learns_and_reports_the_loss_of_each_epoch():
    model = small()
    losses = train(model, IMAGES, Recipe(epochs=6, batch_size=20, learning_rate=0.01), seed=1)
    assert len(losses) == 6
    assert losses[-1] < 0.5 * losses[0]
    assert not model.training
    assert (captured(model, IMAGES).logits.argmax(axis=1) == LABELS).mean() > 0.9


def test_loss_of_the_first_batch_is_the_cross_entropy_before_any_step():
    model = nn.Sequential(nn.Flatten(), nn.Linear(108, 3))
    with torch.no_grad():
        expected = nn.functional.cross_entropy(model(as_inputs(torch.tensor(PIXELS))), torch.tensor(IMAGES.labels))
    losses = train(model, IMAGES, Recipe(epochs=1, batch_size=90), seed=0)
    assert losses == [pytest.approx(expected.item(), rel=1e-5)]


def test_the_seed_decides_everything_and_torch_is_left_alone():
    before = torch.get_rng_state()
    states = []
    for seed in (1, 1, 2):
        model = small()
        train(model, IMAGES, RECIPE, seed)
        states.append(state_of(model))
    assert same(states[0], states[1])
    assert not same(states[0], states[2])
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("optimiser", ["adam", "sgd"])
def test_one_step_is_torchs_own(optimiser):
    recipe = Recipe(epochs=1, batch_size=90, optimiser=optimiser, learning_rate=0.1, weight_decay=0.01)
    mine, theirs = nn.Linear(108, 3), nn.Linear(108, 3)
    theirs.load_state_dict(mine.state_dict())
    x, y = torch.tensor(PIXELS).reshape(90, -1).float() / 255, torch.tensor(IMAGES.labels)
    train(mine, (x, y), recipe, seed=0)
    own = {"adam": lambda p: torch.optim.Adam(p, 0.1, weight_decay=0.01),
           "sgd": lambda p: torch.optim.SGD(p, 0.1, 0.9, weight_decay=0.01, nesterov=True)}  # fmt: skip
    step = own[optimiser](theirs.parameters())
    nn.functional.cross_entropy(theirs(x), y).backward()
    step.step()
    torch.testing.assert_close(mine.weight, theirs.weight)


class InterruptionError(Exception):
    pass


@pytest.mark.parametrize("at", [1, 7, 13])
def test_a_training_cut_short_goes_on_to_the_very_same_weights(tmp_path, monkeypatch, at):
    whole, cut = small(), small()
    losses = train(whole, IMAGES, RECIPE, seed=5)
    monkeypatch.setattr(loop_module, "CHECKPOINT_SECONDS", 0.0)
    take_step = loop_module._Training._take_step

    def stop(self, chosen):
        if self.step == at:
            raise InterruptionError
        take_step(self, chosen)

    monkeypatch.setattr(loop_module._Training, "_take_step", stop)
    with pytest.raises(InterruptionError):
        train(cut, IMAGES, RECIPE, seed=5, checkpoint=tmp_path / "state.pt")
    monkeypatch.setattr(loop_module._Training, "_take_step", take_step)
    again = small(seed=77)  # its weights come from the checkpoint
    assert train(again, IMAGES, RECIPE, seed=5, checkpoint=tmp_path / "state.pt") == losses
    assert same(state_of(whole), state_of(again))


def test_a_finished_training_is_not_repeated(tmp_path, monkeypatch):
    first, second = small(), small()
    losses = train(first, IMAGES, RECIPE, seed=5, checkpoint=tmp_path / "state.pt")
    monkeypatch.setattr(loop_module._Training, "_take_step", lambda self, chosen: pytest.fail("a step was taken"))
    assert train(second, IMAGES, RECIPE, seed=5, checkpoint=tmp_path / "state.pt") == losses
    assert same(state_of(first), state_of(second))


def test_ctrl_c_keeps_the_state_between_two_steps(tmp_path, monkeypatch):
    whole, cut = small(), small()
    train(whole, IMAGES, RECIPE, seed=5)
    take_step = loop_module._Training._take_step

    def press(self, chosen):
        if self.step == 6:
            os.kill(os.getpid(), signal.SIGINT)
        take_step(self, chosen)

    monkeypatch.setattr(loop_module._Training, "_take_step", press)
    with pytest.raises(KeyboardInterrupt):
        train(cut, IMAGES, RECIPE, seed=5, checkpoint=tmp_path / "state.pt")
    assert torch.load(tmp_path / "state.pt", weights_only=True)["step"] == 7
    monkeypatch.setattr(loop_module._Training, "_take_step", take_step)
    train(cut, IMAGES, RECIPE, seed=5, checkpoint=tmp_path / "state.pt")
    assert same(state_of(whole), state_of(cut))


@pytest.mark.parametrize("damage", ["another training", "truncated", "not a checkpoint", "flipped", "module", "list"])
def test_a_checkpoint_that_does_not_fit_is_refused(tmp_path, damage):
    path = tmp_path / "state.pt"
    train(small(), IMAGES, RECIPE, seed=5, checkpoint=path)
    if damage == "truncated":
        path.write_bytes(path.read_bytes()[:-100])
    elif damage == "flipped":
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 255
        path.write_bytes(content)
    elif damage == "not a checkpoint":
        path.write_bytes(b"hello")
    elif damage in ("module", "list"):
        torch.save(nn.Linear(1, 1) if damage == "module" else [], path)
    with pytest.raises(InputError, match=r"checkpoint .*state\.pt: expected .*; delete it"):
        train(small(), IMAGES, RECIPE, seed=6 if damage == "another training" else 5, checkpoint=path)


def test_only_the_trainable_modules_change():
    model = small()
    before = state_of(model)
    train(model, IMAGES, RECIPE, seed=0, trainable=[model.body[0]])
    changed = {name for name, tensor in model.state_dict().items() if not torch.equal(before[name], tensor)}
    assert changed == {"body.0.weight", "body.0.bias"}  # batch normalisation kept its statistics too
    assert all(parameter.requires_grad for parameter in model.parameters())


def test_a_scheduled_head_follows_its_schedule(monkeypatch):
    model, seen = small(), []

    def weights(t):
        seen.append(t)
        return torch.full((3, 64), t)

    train(model, IMAGES, RECIPE, seed=0, head_weights=weights)
    assert seen == pytest.approx(np.linspace(0, 1, 20))
    assert torch.equal(model.head.weight, torch.ones(3, 64))
    assert model.head.weight.requires_grad


def test_a_loss_that_is_not_finite_stops_and_says_where():
    x = torch.ones(90, 4)
    x[40] = math.nan
    order = np.random.default_rng(3).permutation(90)
    batch = int(np.flatnonzero(order == 40)[0]) // 20 + 1
    with pytest.raises(TrainingFailed, match=rf"got nan in epoch 1, batch {batch} of 5; try a learning rate below"):
        train(nn.Linear(4, 3), (x, torch.tensor(IMAGES.labels)), Recipe(epochs=2, batch_size=20), seed=3)


def test_too_little_memory_says_which_batch_size_to_try():
    class Hungry(nn.Linear):
        def forward(self, x):
            raise torch.OutOfMemoryError("CUDA out of memory")

    with pytest.raises(TrainingFailed, match="got 20; try 10"):
        train(Hungry(4, 3), (torch.ones(90, 4), torch.tensor(IMAGES.labels)), Recipe(epochs=1, batch_size=20), seed=0)


def test_moves_are_windows_of_the_padded_image():
    pixels = torch.arange(2 * 5 * 5 * 3, dtype=torch.uint8).reshape(2, 5, 5, 3)
    padded = np.pad(pixels.numpy(), ((0, 0), (PADDING, PADDING), (PADDING, PADDING), (0, 0)))
    moved = augmented(pixels.repeat(50, 1, 1, 1), "crop", torch.Generator().manual_seed(0)).numpy()
    windows = [[padded[i, r : r + 5, c : c + 5] for r in range(9) for c in range(9)] for i in (0, 1)]
    found = [
        next(j for j, window in enumerate(windows[n % 2]) if (window == image).all()) for n, image in enumerate(moved)
    ]
    assert len(set(found)) > 30


@pytest.mark.parametrize("augment", ["flip", "crop", "crop_flip"])
@pytest.mark.parametrize("colours", [(), (3,)])
def test_augmentation_is_padding_slicing_and_mirroring_image_by_image(augment, colours):
    pixels = torch.randint(0, 256, (40, 5, 7, *colours), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
    generator = torch.Generator().manual_seed(2)
    mirrored, moves = torch.zeros(40, dtype=torch.bool), torch.full((2, 40), PADDING)
    if "flip" in augment:
        mirrored = torch.rand(40, 1, generator=generator)[:, 0] < 0.5
    if "crop" in augment:
        moves = torch.randint(0, 2 * PADDING + 1, (2, 40, 1), generator=generator)[:, :, 0]
    border = [(PADDING, PADDING)] * 2 + [(0, 0)] * len(colours)
    expected = []
    for image, turned, down, right in zip(pixels.numpy(), mirrored, *moves.tolist(), strict=True):
        window = np.pad(image, border)[down : down + 5, right : right + 7]
        expected.append(window[:, ::-1] if turned else window)
    assert np.array_equal(augmented(pixels, augment, torch.Generator().manual_seed(2)), expected)


def test_seeding_is_torchs_own():
    with torch.random.fork_rng(devices=[]):
        loop_module._seed_torch(7, torch.device("cpu"))
        drawn = torch.rand(3)
        torch.manual_seed(7)
        assert torch.equal(drawn, torch.rand(3))


@pytest.mark.parametrize("optimiser", ["adam", "sgd"])
def test_parameters_at_once_move_as_one_by_one(optimiser):
    recipe = Recipe(epochs=1, optimiser=optimiser, learning_rate=0.1, weight_decay=0.01)
    mine, theirs = small(), small()
    at_once, one_by_one = (loop_module._optimiser(model, recipe) for model in (mine, theirs))
    for group in one_by_one.param_groups:
        assert group["foreach"]
        group["foreach"] = False
    for step in range(5):
        for model, optimiser_of in ((mine, at_once), (theirs, one_by_one)):
            for number, parameter in enumerate(model.parameters()):
                draw = torch.Generator().manual_seed(100 * step + number)
                parameter.grad = torch.randn(parameter.shape, generator=draw)
            optimiser_of.step()
    assert same(state_of(mine), state_of(theirs))


def test_data_are_hashed_only_for_a_checkpoint(tmp_path, monkeypatch):
    hashed = []
    sha256 = loop_module.hashlib.sha256
    monkeypatch.setattr(loop_module.hashlib, "sha256", lambda *content: hashed.append(1) or sha256(*content))
    train(small(), IMAGES, RECIPE, seed=5)
    assert not hashed
    train(small(), IMAGES, RECIPE, seed=5, checkpoint=tmp_path / "state.pt")
    assert hashed == [1]


def test_mirroring_mirrors_about_half():
    pixels = torch.arange(12, dtype=torch.uint8).reshape(1, 3, 4).repeat(400, 1, 1)
    out = augmented(pixels, "flip", torch.Generator().manual_seed(0))
    mirrored = (out == pixels.flip(2)).all(dim=2).all(dim=1)
    assert (out[~mirrored] == pixels[~mirrored]).all()
    assert 150 < mirrored.sum() < 250


def test_inputs_are_in_the_unit_interval_channels_first():
    grey, colour = torch.full((2, 4, 5), 255, dtype=torch.uint8), torch.zeros(2, 4, 5, 3, dtype=torch.uint8)
    colour[:, :, :, 1] = 51
    assert torch.equal(as_inputs(grey), torch.ones(2, 1, 4, 5))
    assert as_inputs(colour).shape == (2, 3, 4, 5)
    assert torch.allclose(as_inputs(colour)[:, 1], torch.tensor(0.2))


def test_cosine_after_warm_up_is_torchs_own():
    recipe = Recipe(epochs=1, learning_rate=0.3, schedule="warmup_cosine", warm_up=0.0)
    optimiser = torch.optim.SGD(nn.Linear(1, 1).parameters(), lr=0.3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=10)
    for step in range(10):
        assert recipe.learning_rate_at(step, 10) == pytest.approx(schedule.get_last_lr()[0])
        optimiser.step()
        schedule.step()


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        ({"epochs": 0}, "epochs: expected a number ≥ 1, got 0"),
        ({"learning_rate": math.nan}, "learning_rate"),
        ({"momentum": 1.0}, r"momentum: expected a number in \[0, 1\), got 1.0"),
        ({"optimiser": "lion"}, "optimiser: expected adam or sgd, got 'lion'"),
        ({"augment": "mixup"}, "augment"),
    ],
)
def test_recipes_that_cannot_be(wrong, match):
    with pytest.raises(InputError, match=match):
        Recipe(**{"epochs": 1, **wrong})


def test_a_device_that_does_not_exist():
    with pytest.raises(InputError, match="device"):
        train(small(), IMAGES, RECIPE, seed=0, device="abacus")


@pytest.mark.parametrize(
    ("width", "colours", "order"),
    [(16, 3, torch.channels_last), (8, 3, torch.contiguous_format), (16, 1, torch.contiguous_format)],
)
def test_narrow_networks_keep_clear_of_the_fault_in_onednn(width, colours, order):
    pixels = torch.zeros((1, 32, 32, colours) if colours == 3 else (1, 32, 32), dtype=torch.uint8)
    assert memory_order(ResNet18(3, width), pixels) == order
    assert memory_order(nn.Conv2d(3, width, 1), torch.zeros((1, 8, 8, 3))) == torch.channels_last


def test_a_narrow_network_trains_on_two_threads():
    code = """
import numpy as np, torch
from experiments.data import Images
from experiments.networks import ResNet18
from experiments.training import Recipe, train
torch.set_num_threads(2)
rng = np.random.default_rng(0)
images = Images(rng.integers(0, 256, (75, 32, 32, 3), dtype=np.uint8), rng.integers(0, 3, 75), "made", {})
train(ResNet18(3, 4), images, Recipe(2, 25, "sgd", 0.05), seed=0)
"""
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=120)
