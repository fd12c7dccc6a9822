"""A small classifier of digits: generated digits are compared with real ones in the space of its features.

Features of Inception, trained on photographs, would say little about digits; those of a classifier of the same images
do (Bińkowski et al. 2018, section 4, use LeNet's for MNIST).
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from narrows.data.in_batches import in_batches
from narrows.data.sources import as_floats
from narrows.evaluation.baselines.cached import cached
from narrows.seeds import generator

FEATURES = 64
STEPS, MINIBATCH, RATE = 1000, 64, 1e-3  # ten seconds of one core


class DigitClassifier(nn.Module):
    """Two strided convolutions and two linear layers: images (B, C, H, W) to logits (B, classes)."""

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, 16, 5, stride=2, padding=2),
            nn.ReLU(),
            nn.Conv2d(16, 32, 5, stride=2, padding=2),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(7),  # any size of image
            nn.Flatten(),
            nn.Linear(32 * 49, FEATURES),
            nn.ReLU(),
        )
        self.head = nn.Linear(FEATURES, classes)

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.head(self.body(images))
        return logits

    def features(self, images: Tensor) -> Tensor:
        """The inputs of the last layer, (N, 64), for images (N, C, H, W) in [0, 1]."""
        return in_batches(self.body, images)


@cached
def digit_classifier(pixels: Tensor, labels: Tensor) -> DigitClassifier:
    """The classifier trained on uint8 images (N, C, H, W), the same for every autoencoder; on the CPU."""
    order, images = generator(0, "judge"), as_floats(pixels)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        classifier = DigitClassifier(pixels.shape[1], int(labels.max()) + 1)
    optimizer = torch.optim.Adam(classifier.parameters(), RATE, fused=True)
    for _ in range(STEPS):
        rows = torch.randint(len(images), (MINIBATCH,), generator=order)
        optimizer.zero_grad()
        F.cross_entropy(classifier(images[rows]), labels[rows]).backward()
        optimizer.step()
    return classifier.eval().requires_grad_(False)
