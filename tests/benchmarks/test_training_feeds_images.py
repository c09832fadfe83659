"""Feeding from memory gives the very epoch of a loop over single images."""

import numpy as np
import torch
from PIL import Image
from torch import nn

from experiments.data import Images
from experiments.training import Recipe, initial_weights_of, train


def test_an_epoch_from_memory_is_that_of_images_opened_one_by_one():
    rng = np.random.default_rng(0)
    images = Images(rng.integers(0, 256, (50, 6, 6), dtype=np.uint8), rng.integers(0, 3, 50), "noise", {})

    def network() -> nn.Module:
        with initial_weights_of(0):
            return nn.Sequential(nn.Flatten(), nn.Linear(36, 3))

    ours, plain = network(), network()
    losses = train(ours, images, Recipe(epochs=1, batch_size=16), seed=7)
    optimiser, seen = torch.optim.Adam(plain.parameters(), lr=1e-3), []
    for chosen in np.split(np.random.default_rng(7).permutation(50), [16, 32, 48]):
        opened = [np.array(Image.fromarray(images.pixels[i])) for i in chosen]
        inputs = torch.stack([torch.from_numpy(pixels)[None] / 255 for pixels in opened])
        loss = nn.functional.cross_entropy(plain(inputs), torch.from_numpy(images.labels[chosen]))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        seen.append(loss.item())
    np.testing.assert_allclose(losses, [np.mean(seen)], rtol=1e-6)
    for mine, theirs in zip(ours.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs)
