"""Classifiers that start from an encoder and are trained on few labels."""

from copy import deepcopy

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from narrows.data.batches import WHOLE
from narrows.data.in_batches import in_batches
from narrows.data.sources import Images, as_floats
from narrows.models.autoencoder import Autoencoder
from narrows.seeds import generator

#: The budget of every classifier, however many labels it has: steps of Adam, images a step, learning rates.
STEPS, MINIBATCH = 500, 64
RATE, HEAD_RATE = 1e-3, 1e-2


class Classifier(nn.Module):
    """An encoder and a linear layer on its standardised codes: images (B, C, H, W) to logits (B, classes)."""

    def __init__(self, autoencoder: Autoencoder, images: Tensor, classes: int) -> None:
        super().__init__()
        self.encoder, self.code = autoencoder.encoder, autoencoder.code
        with torch.no_grad():
            codes = autoencoder.eval().encode(images)
        self.mean, self.spread = codes.mean(0), codes.std(0).clamp_min(1e-6)  # a dead unit's spread is 0
        self.head = nn.Linear(codes.shape[1], classes).to(images.device)

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.head((self.code(self.encoder(images.flatten(1))) - self.mean) / self.spread)
        return logits


def classifiers(autoencoder: Autoencoder, train: Images, seed: int) -> dict[str, Classifier]:
    """Three classifiers before their training, with equal linear layers.

    frozen   the trained encoder, which stays as it is
    tuned    the trained encoder, to be trained further
    scratch  the encoder with PyTorch's initialisation

    Codes are standardised by those of the first 1000 training images.
    """
    frozen, tuned, scratch = (deepcopy(autoencoder) for _ in range(3))
    frozen.encoder.requires_grad_(False)
    images, classes = as_floats(train.pixels[:WHOLE]), int(train.labels.max()) + 1
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        scratch.encoder.apply(_reinitialise)
        torch.manual_seed(seed)
        starts = [Classifier(start, images, classes) for start in (frozen, tuned, scratch)]
    for start in starts[1:]:
        start.head.load_state_dict(starts[0].head.state_dict())
    return dict(zip(("frozen", "tuned", "scratch"), starts, strict=True))


def _reinitialise(module: nn.Module) -> None:
    if isinstance(module, nn.Linear | nn.Conv2d | nn.BatchNorm1d | nn.BatchNorm2d | nn.LayerNorm | nn.GroupNorm):
        module.reset_parameters()


def fit(classifier: Classifier, labelled: Images, seed: int) -> Classifier:
    """Trains `classifier` for its budget of steps; returns it in evaluation mode."""
    order, images = generator(seed, "order"), as_floats(labelled.pixels)
    free = [parameter for parameter in classifier.encoder.parameters() if parameter.requires_grad]
    groups = [{"params": classifier.head.parameters(), "lr": HEAD_RATE}] + ([{"params": free}] if free else [])
    optimizer = torch.optim.Adam(groups, RATE, fused=True)
    classifier.train(bool(free))  # a frozen encoder stays in evaluation mode
    for _ in range(STEPS):
        rows = torch.randint(len(labelled), (MINIBATCH,), generator=order).to(images.device)
        loss = F.cross_entropy(classifier(images[rows]), labelled.labels[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return classifier.eval()


def accuracy(classifier: nn.Module, test: Images) -> float:
    """The share of images that get their label."""
    predicted = in_batches(lambda images: classifier(images).argmax(1), test.pixels)
    return (predicted == test.labels).float().mean().item()
