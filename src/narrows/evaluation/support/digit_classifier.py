"""A small digit classifier: its features are the space in which generated digits are compared with real ones.

Features of Inception, trained on photographs, would say little of digits; those of a classifier of the same images do
(Bińkowski et al. 2018, section 4, use LeNet's for MNIST).
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from narrows.data.sources import as_floats
from narrows.evaluation.support.shared import AT_ONCE, remembered
from narrows.seeds import generator

FEATURES = 64
STEPS, BATCH, RATE = 1000, 64, 1e-3  # ten seconds of one core


class Judge(nn.Module):
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

    @torch.no_grad()
    def features(self, images: Tensor) -> Tensor:
        """What its last layer sees, (B, 64), of images (B, C, H, W) in [0, 1]."""
        return torch.cat([self.body(some) for some in images.split(AT_ONCE)])


@remembered
def judge(pixels: Tensor, labels: Tensor) -> Judge:
    """The classifier of uint8 training images (N, C, H, W), the same for every autoencoder; on the CPU."""
    order, images = generator(0, "judge"), as_floats(pixels)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        classifier = Judge(pixels.shape[1], int(labels.max()) + 1)
    optimizer = torch.optim.Adam(classifier.parameters(), RATE, fused=True)
    for _ in range(STEPS):
        some = torch.randint(len(images), (BATCH,), generator=order)
        optimizer.zero_grad()
        F.cross_entropy(classifier(images[some]), labels[some]).backward()
        optimizer.step()
    return classifier.eval().requires_grad_(False)
