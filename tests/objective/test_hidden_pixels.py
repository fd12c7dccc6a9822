"""Masked autoencoding: patches are hidden, and only their error is minimised."""

import pytest
import torch

from narrows.build_objective import build_corruption, build_objective
from narrows.errors import UserError
from narrows.models.autoencoder import Reconstruction
from narrows.models.corruptions import HIDDEN, Patches
from narrows.models.heads import Pointwise
from narrows.objective.hidden_pixels import PIXELWISE, of_hidden_pixels
from narrows.objective.objective import OBJECTIVES
from narrows.run import run
from narrows.runs import checkpoint
from narrows.seeds import generator
from support.configs import configure, tiny

GREY = torch.full((200, 2, 28, 28), 0.5)


def noise(seed: int = 0) -> torch.Generator:
    return generator(seed, "noise")


@pytest.mark.parametrize(("level", "count"), [(0.0, 0), (0.25, 4), (0.75, 12), (0.9, 14), (0.99, 16)])
def test_the_same_number_of_whole_patches_is_hidden_in_each_image(level, count):
    """28 × 28 pixels in patches of 7 × 7 are 16 patches."""
    hidden = Patches(level, 7)(GREY, noise()) == HIDDEN
    patches = hidden.unfold(2, 7, 7).unfold(3, 7, 7).flatten(4)
    assert torch.equal(patches.all(-1), patches.any(-1))
    assert torch.equal(hidden[:, 0], hidden[:, 1])
    assert set(patches[:, 0].all(-1).sum((1, 2)).tolist()) == {count}
    assert torch.equal(Patches(level, 7)(GREY, noise())[~hidden], GREY[~hidden])


def test_every_patch_is_hidden_equally_often():
    hidden = Patches(0.5, 7)(GREY, noise()) == HIDDEN
    shares = hidden[:, 0, ::7, ::7].float().mean(0)
    assert (shares - 0.5).abs().max() < 0.15


def test_patches_at_the_border_may_be_smaller():
    hidden = Patches(0.5, 5)(GREY, noise()) == HIDDEN  # six patches a side, the last of 3 pixels
    assert hidden.shape == GREY.shape
    assert set(hidden[:, 0, ::5, ::5].sum((1, 2)).tolist()) == {18}
    assert torch.equal(hidden[..., 25:, :], hidden[..., 25:26, :].expand(-1, -1, 3, -1))


@pytest.mark.parametrize("level", [0.1, 0.3, 0.35, 0.5, 0.7])
@pytest.mark.parametrize("size", [3, 4, 6, 7, 14])
def test_a_level_of_float32_hides_the_patches_that_a_number_of_python_hides(level, size):
    stacked = Patches(0.0, size).at(torch.tensor([level, 0.2]).view(2, 1, 1, 1, 1))
    both = stacked(GREY[:5].expand(2, -1, -1, -1, -1), noise())
    alone = Patches(level, size)(GREY[:10], noise())
    assert torch.equal((both[0] == HIDDEN).sum((1, 2, 3)), (alone[:5] == HIDDEN).sum((1, 2, 3)))


def test_the_mask_is_drawn_from_the_generator_alone_and_differs_between_images():
    first = Patches(0.5, 7)(GREY, noise())
    assert torch.equal(first, Patches(0.5, 7)(GREY, noise()))
    assert not torch.equal(first, Patches(0.5, 7)(GREY, noise(1)))
    assert not torch.equal(first[0], first[1])


def test_the_error_is_the_mean_over_hidden_pixels():
    """Two of four pixels are hidden: (0.5² + 0.25²) / 2 = 0.15625."""
    images = torch.tensor([[[[0.0, 0.5], [1.0, 0.25]]]])
    rebuilt = torch.tensor([[[[0.9, 0.0], [0.1, 0.5]]]])
    inputs = torch.tensor([[[[0.0, HIDDEN], [1.0, HIDDEN]]]])
    output = Reconstruction(Pointwise("linear"), rebuilt, images, inputs=inputs)
    assert of_hidden_pixels("mse")(output, images).item() == pytest.approx(0.15625)
    assert of_hidden_pixels("l1")(output, images).item() == pytest.approx(0.375)


@pytest.mark.parametrize("name", PIXELWISE)
def test_if_all_is_hidden_it_is_the_error_of_all_pixels(name):
    random = torch.rand(3, 4, 1, 5, 5, generator=noise())
    output = Reconstruction(Pointwise("sigmoid"), random[0], random[1], inputs=torch.full_like(random[1], HIDDEN))
    torch.testing.assert_close(of_hidden_pixels(name)(output, random[2]), OBJECTIVES[name](output, random[2]))


def test_pixels_that_are_not_hidden_have_no_gradient():
    images, scores = torch.rand(4, 1, 28, 28, generator=noise()), torch.rand(4, 1, 28, 28, requires_grad=True)
    inputs = Patches(0.75, 7)(images, noise())
    output = Reconstruction(Pointwise("linear"), scores, images, inputs=inputs)
    for name in PIXELWISE:
        (gradient,) = torch.autograd.grad(of_hidden_pixels(name)(output, images).sum(), scores)
        assert torch.equal(gradient != 0, inputs == HIDDEN)


def test_errors_of_hidden_pixels_have_the_gradients_of_finite_differences():
    images = torch.rand(2, 1, 4, 4, dtype=torch.float64, generator=noise())
    inputs = Patches(0.5, 2)(images, noise())
    for name in PIXELWISE:

        def losses(scores, name=name):
            return of_hidden_pixels(name)(Reconstruction(Pointwise("sigmoid"), scores, images, inputs=inputs), images)

        assert torch.autograd.gradcheck(losses, torch.randn(2, 1, 4, 4, dtype=torch.float64, requires_grad=True))


def test_an_image_without_hidden_pixels_has_no_error():
    output = Reconstruction(Pointwise("linear"), GREY, GREY, inputs=GREY)
    assert of_hidden_pixels("mse")(output, torch.zeros_like(GREY)).abs().max() == 0


MASKED = ("corruption=patches", "objective.pixels=hidden")


def test_a_run_is_trained_and_validated_on_hidden_pixels(tmp_path, splits):
    config = tiny(*MASKED, "evaluation=[reconstruction,probe]")
    record = run(config, tmp_path)
    assert {"test/corrupted_mse", "test/probe"} <= record.metrics.keys()
    assert all(value > 0 for value in record.curves["val/loss"])
    images = splits.test.pixels[:50].float() / 255
    inputs = build_corruption(config.corruption)(images, noise())
    autoencoder = checkpoint.load(tmp_path / "best.ckpt")
    output = autoencoder(inputs)
    squares = (output.images - images).square()
    expected = torch.stack([error[hidden].mean() for error, hidden in zip(squares, inputs == HIDDEN, strict=True)])
    torch.testing.assert_close(build_objective(config.objective)(autoencoder, output, images, 0), expected)


@pytest.mark.parametrize(
    ("overrides", "reason"),
    [
        (("objective.pixels=hidden",), "objective.pixels=hidden with corruption.name=none: only corruption=patches"),
        ((*MASKED, "corruption.level=0.01"), "corruption.level=0.01: that is less than half a patch"),
        ((*MASKED, "trainer.monitor=clean_loss"), "their loss is always 0"),
        (("corruption=patches", "pretrain=layerwise"), "which have no patches"),
        (("corruption=patches", "data=arrays", "data.path=package:mlxtend/data/data/wine.csv"), "are set to -1"),
    ],
)
def test_what_has_no_hidden_pixels_is_refused_in_one_line(overrides, reason):
    with pytest.raises(UserError, match=reason) as error:
        configure(*overrides)
    assert "\n" not in str(error.value)
