"""Triton's kernels for errors of logits against torch's formulas, by Triton's interpreter and in a whole fleet."""

import os
import subprocess
import sys

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from narrows.objective import errors_of_logits
from support.configs import REPOSITORY
from support.kinds import members
from support.parity import distance, loop, together

pytest.importorskip("triton")  # in the torch of Linux with a GPU

SQUARED = pytest.mark.parametrize("squared", [True, False])
LIMIT = 2e-6  # of an error, relative: float32 rounds to 6e-8


def formula(logits: Tensor, images: Tensor, squared: bool) -> Tensor:
    """In float64."""
    logits, images = logits.double(), images.double()
    if squared:
        return (logits.sigmoid() - images).square().mean((-3, -2, -1))
    return torch.nn.functional.binary_cross_entropy_with_logits(logits, images, reduction="none").mean((-3, -2, -1))


def pictures(*shape: int, scale: float = 3) -> tuple[Tensor, Tensor]:
    random = torch.Generator().manual_seed(sum(shape))
    logits, images = scale * torch.randn(shape, generator=random), torch.rand(shape, generator=random)
    return logits.requires_grad_(), images


@settings(max_examples=25, deadline=None)
@given(
    squared=st.booleans(),
    members=st.one_of(st.none(), st.integers(1, 3)),
    batch=st.integers(1, 4),
    size=st.tuples(st.integers(1, 3), st.integers(1, 30), st.integers(1, 30)),
    scale=st.sampled_from([0.01, 3.0, 60.0]),
    shared=st.booleans(),
)
def test_errors_and_gradients_are_those_of_the_formula(squared, members, batch, size, scale, shared):
    """For any size of images, beyond what a program holds at once too; members may share their images' memory."""
    logits, images = pictures(*([] if members is None else [members]), batch, *size, scale=scale)
    if shared and members:
        images = images[:1].expand_as(images)
    errors, exact = errors_of_logits.means(logits, images, squared), formula(logits, images, squared)
    torch.testing.assert_close(errors.double(), exact, rtol=LIMIT, atol=1e-9)
    weights = torch.linspace(-1, 2, errors.numel()).view_as(errors)
    (gradient,) = torch.autograd.grad((errors * weights).sum(), logits)
    (expected,) = torch.autograd.grad((exact * weights.double()).sum(), logits)
    rounding = 2**-21 / logits.shape[-3:].numel()  # 1 - sigmoid is exact to 2⁻²⁴, and multiplied by 4 at most
    torch.testing.assert_close(gradient, expected, rtol=1e-5, atol=1e-8 + rounding)


@SQUARED
def test_images_may_lie_in_any_layout(squared):
    logits, images = pictures(3, 4, 2, 5, 6)
    for turned in (images.mT.contiguous().mT, images.transpose(0, 1).contiguous().transpose(0, 1)):
        assert torch.equal(
            errors_of_logits.means(logits, turned, squared), errors_of_logits.means(logits, images, squared)
        )


@SQUARED
def test_vectorised_over_members_it_is_the_same(squared):
    """Over both arrays, or over the logits of members that see the same images, with the members in any dimension."""
    logits, images = pictures(3, 4, 1, 6, 6)

    def means(logits: Tensor, images: Tensor) -> Tensor:
        return errors_of_logits.means(logits, images, squared)

    torch.testing.assert_close(torch.vmap(means)(logits, images), means(logits, images))
    shared = torch.vmap(means, (1, None))(logits.transpose(0, 1), images[0])
    torch.testing.assert_close(shared, means(logits, images[:1].expand_as(images)))
    (gradient,) = torch.autograd.grad(torch.vmap(means)(logits, images).sum(), logits)
    torch.testing.assert_close(gradient, torch.autograd.grad(means(logits, images).sum(), logits)[0])


@pytest.mark.parametrize("kind", [(), ("model=conv", "objective=bce", "code=variational")], ids=" ".join)
def test_a_fleet_that_uses_them_is_that_of_torchs_formulas(kind, monkeypatch):
    """Stacked, and vectorised for convolutions."""
    monkeypatch.setattr(errors_of_logits, "runs_kernels", lambda tensor: True)
    trained = together(members("trainer.max_epochs=1", *kind, count=2), exact=False)
    monkeypatch.undo()
    for member in trained:
        assert distance(member.autoencoder.state_dict(), loop(member.config, by_counter=True)) < 2e-4


def test_only_float32_on_a_gpu_is_left_to_them(monkeypatch):
    """Other numbers, such as those of bfloat16 products, are left to torch's operations."""
    logits, _ = pictures(2, 1, 4, 4)
    assert not errors_of_logits.computes(logits)
    monkeypatch.setattr(errors_of_logits, "runs_kernels", lambda tensor: True)
    assert errors_of_logits.computes(logits)
    assert not errors_of_logits.computes(logits.double()) and not errors_of_logits.computes(logits.bfloat16())


def test_they_compile_for_a_gpu():
    script = REPOSITORY / "tests" / "support" / "compile_errors.py"
    environment = os.environ | {"TRITON_INTERPRET": "0", "PYTHONPATH": str(REPOSITORY / "src")}
    compiled = subprocess.run([sys.executable, script], env=environment, capture_output=True, text=True, check=True)
    assert compiled.stdout.count(".visible .entry") == 4  # two kernels of two errors
