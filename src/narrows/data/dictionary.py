"""Draws the samples of `data=synthetic_dictionary`: sparse combinations of known features."""

from collections.abc import Iterator
from functools import lru_cache
from math import log

import torch
from torch import Generator, Tensor

from narrows.config.dictionary_section import SyntheticDictionary
from narrows.data.truth import Truth
from narrows.seeds import generator

BLOCK = 4096  # samples drawn at once, each block from a generator of its own: 2 MB of coefficients of 128 features
LOWEST, HIGHEST = 0.5, 1.5  # coefficients of active features are uniform between them
OF_TOPIC = 20.0  # a feature is so many times as frequent in samples of its topic
WITH_CHILD = 0.5  # share of a parent's samples in which one of its children is active


def features(data: SyntheticDictionary) -> Tensor:
    """The features (F, D): directions that are uniform on the unit sphere."""
    drawn = torch.randn(data.features, data.dimension, generator=generator(data.seed, "dictionary", "features"))
    lengths: Tensor = drawn.norm(dim=1, keepdim=True)
    return drawn / lengths


def parents(data: SyntheticDictionary) -> Tensor:
    """The parent of each feature (F,), -1 for those that can be active alone, which come first."""
    children = torch.arange(data.features - data.parents) % data.parents
    return torch.cat([torch.full((data.parents,), -1), children])


@lru_cache(maxsize=2)  # the runs of a study share their samples
def drawn(data: SyntheticDictionary) -> tuple[Tensor, Tensor, Truth]:
    """Training samples (N, 1, 1, D), test samples, and what the test samples were made of."""
    basis = features(data)
    train = torch.cat([samples for samples, _ in _blocks(data, basis, "train", data.samples)])
    test, coefficients = zip(*_blocks(data, basis, "test", data.test_samples), strict=True)
    truth = Truth(basis, torch.cat(coefficients), parents(data), labelled=data.topics > 0)
    return train, torch.cat(test), truth


def topics(data: SyntheticDictionary, count: int) -> Tensor:
    """The topics (N,) of the first samples of a split, in turn; 0 without topics."""
    return torch.arange(count) % max(1, data.topics)


def _blocks(data: SyntheticDictionary, basis: Tensor, part: str, count: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Samples (B, 1, 1, D) and their coefficients (B, F), block by block."""
    for first in range(0, count, BLOCK):
        source = generator(data.seed, "dictionary", part, first)
        rows = topics(data, count)[first : first + BLOCK]
        coefficients = _coefficients(data, rows, source)
        noise = torch.randn(len(rows), data.dimension, generator=source)
        samples = coefficients @ basis + data.noise * noise
        yield samples.view(-1, 1, 1, data.dimension), coefficients


def _coefficients(data: SyntheticDictionary, topics: Tensor, source: Generator) -> Tensor:
    """The coefficient of each feature in samples of these topics (B,): (B, F), 0 for features that are not active."""
    active = _active(data, topics, source)
    if data.parents < data.features:
        active = torch.cat([active, _active_children(data, active, source)], 1)
    magnitudes = torch.rand(active.shape, generator=source) * (HIGHEST - LOWEST) + LOWEST
    return magnitudes * active


def _active(data: SyntheticDictionary, topics: Tensor, source: Generator) -> Tensor:
    """Which features without a parent are active, (B, parents): `data.active` of them in each sample.

    Drawn without replacement in proportion to their frequency: the largest of log-frequencies plus Gumbel noise
    (Efraimidis & Spirakis 2006).
    """
    ranks = torch.arange(data.parents)
    scores = (-data.power * (ranks + 1.0).log()).expand(len(topics), -1)
    if data.topics:
        scores = scores + log(OF_TOPIC) * (ranks % data.topics == topics.unsqueeze(1))
    gumbel = -(-torch.rand(scores.shape, generator=source).clamp(min=1e-30).log()).log()
    chosen = (scores + gumbel).topk(data.active, dim=1).indices
    return torch.zeros(scores.shape, dtype=torch.bool).scatter(1, chosen, True)


def _active_children(data: SyntheticDictionary, active: Tensor, source: Generator) -> Tensor:
    """Which children are active, (B, children), given their parents (B, parents): of each parent at most one."""
    children = data.features - data.parents
    brothers = torch.arange(data.parents).add(data.parents) < children  # parents that have a second child
    draw = torch.rand(active.shape, generator=source)
    second = (draw >= WITH_CHILD / 2) & brothers
    fires = active & (draw < WITH_CHILD)
    return torch.cat([fires & ~second, fires & second], 1)[:, :children]
