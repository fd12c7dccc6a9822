"""The errors of many members in stacked passes, compared with those of each alone."""

import pytest
import torch

from narrows.bench import plain_loop
from narrows.build import build_autoencoder
from narrows.build_objective import build_held_out
from narrows.config.slots import is_conditional
from narrows.data.labelled import labelled
from narrows.evaluation.support.loss import loss
from narrows.evaluation.support.reconstruction_errors import split_errors
from narrows.fleet.errors_together import MOST, errors_together, losses_together
from narrows.fleet.member import Member
from narrows.models.autoencoder import Autoencoder
from narrows.seeds import generator
from support.kinds import COVERING, EXTRA, members


def untrained(*overrides: str) -> list[Autoencoder]:
    """Autoencoders of several widths."""
    return [
        build_autoencoder(config, generator(config.seed, "weights")).eval() for config in members(*overrides, count=3)
    ]


@pytest.mark.parametrize("kind", [(), *COVERING, *EXTRA], ids=" ".join)
def test_errors_of_members_together_are_those_of_each(splits, kind):
    autoencoders, counts = untrained(*kind), [len(splits.train), 100, 50]
    splits = labelled(splits) if autoencoders[0].conditional else splits
    together = errors_together(autoencoders, counts, splits)
    for autoencoder, count, errors in zip(autoencoders, counts, together, strict=True):
        alone = split_errors(autoencoder, splits._replace(train=splits.train[:count]))
        for of_split, expected in zip(errors, alone, strict=True):
            torch.testing.assert_close(of_split, expected, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("kind", [(), *COVERING, *EXTRA], ids=" ".join)
def test_losses_of_members_together_are_those_of_each(splits, kind):
    """Of corrupted images and sampled codes as well, whose noise is the same for each."""
    configs = members(*kind, count=3)
    splits = labelled(splits) if is_conditional(configs[0].model) else splits
    together = [Member(config, splits) for config in configs]
    for member in together:
        member.noise = plain_loop.counter_noise(member.config, splits)
    autoencoders, pixels = [member.autoencoder.eval() for member in together], splits.test.pixels
    losses = losses_together(together, autoencoders, pixels)
    alone = [loss(member.autoencoder, build_held_out(member.config), 0, pixels) for member in together]
    assert losses == pytest.approx(alone, rel=1e-4)


def test_a_split_without_images_has_no_errors(splits):
    errors, *_ = errors_together(untrained(), [10, 10, 10], splits._replace(val=splits.val[:0]))
    assert len(errors.val) == 0
    assert len(errors.train) == 10


def test_passes_of_few_members_have_no_more_images_than_kernels_take(splits, monkeypatch):
    """They number the values of a member's maps with 31 bits."""
    (autoencoder, *_), passes = untrained(), list[int]()
    target = Autoencoder.target
    monkeypatch.setattr(Autoencoder, "target", lambda self, images: passes.append(len(images)) or target(self, images))
    many = splits.test[torch.zeros(MOST + 10, dtype=torch.long)]
    (errors,) = errors_together([autoencoder], [10], splits._replace(test=many))
    assert passes[-2:] == [MOST, 10]
    torch.testing.assert_close(errors.test, errors.test[:1].expand(len(many)), rtol=1e-5, atol=0)
