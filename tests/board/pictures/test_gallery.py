"""The pictures of a run show what their descriptions say."""

import pytest
import torch

import narrows
from narrows.board.pictures.gallery import DESCRIPTIONS, examples, final_pictures, worst_examples
from narrows.board.pictures.generated import MANIFOLD, SPREAD, manifold, traversals
from narrows.board.pictures.image_rows import FRAME, LINE, denoised, first_layer, tiles, with_errors
from narrows.board.summaries import png
from narrows.build import build, build_autoencoder
from narrows.data.sources import Images, as_floats
from narrows.evaluation.support.reconstruction_errors import squared_errors
from narrows.models.corruptions import Clean, Masking
from narrows.seeds import generator
from support.configs import tiny

CELL = 2 * 28 + FRAME


def untrained(*overrides: str, shape: tuple[int, int, int] = (1, 28, 28)):
    config = tiny(*overrides)
    return build(config.model, config.code, shape, generator(0, "weights")).eval()


def cell(picture: torch.Tensor, row: int, column: int, scale: int = 2) -> torch.Tensor:
    """One image (28, 28) of a picture, at its original size."""
    size = 28 * scale + FRAME
    return picture[0, row * size :, column * size :][FRAME:size:scale, FRAME:size:scale]


def test_the_worst_images_are_those_with_the_largest_errors(trained, splits):
    autoencoder = narrows.load(trained.folder / "best.ckpt")
    everything, hardest = (
        examples(autoencoder, splits.test),
        worst_examples(autoencoder, splits.test, squared_errors(autoencoder, splits.test.pixels)),
    )
    torch.testing.assert_close(hardest.errors, everything.errors.topk(16).values)
    shown = with_errors(autoencoder, hardest.images, hardest.errors)
    assert shown.shape == (3, 2 * (2 * CELL + FRAME + LINE), 8 * CELL + FRAME)
    torch.testing.assert_close(cell(shown, 0, 0), hardest.images[0, 0], rtol=0, atol=1 / 255)


def test_corrupted_images_and_their_reconstructions_stand_below_the_clean_ones(splits):
    autoencoder, images = untrained(), as_floats(splits.test.pixels[:16])
    corrupted = Masking(0.5)(images, generator(0, "noise"))
    shown = denoised(autoencoder, images, corrupted)
    for row, expected in enumerate((images, corrupted, autoencoder.reconstruct(corrupted))):
        torch.testing.assert_close(cell(shown, row, 3), expected[3, 0].detach(), rtol=0, atol=1e-6)


def test_the_manifold_spans_the_codes_with_the_second_number_upwards():
    autoencoder = untrained("model.bottleneck=2")
    codes = torch.randn(500, 2, generator=generator(0, "codes")) * torch.tensor([1.0, 5.0])
    (left, bottom), (right, top) = codes.quantile(torch.tensor(SPREAD), dim=0).tolist()
    shown, last = manifold(autoencoder, codes), MANIFOLD - 1
    corners = {(0, 0): (left, top), (0, last): (right, top), (last, 0): (left, bottom), (last, last): (right, bottom)}
    for (row, column), code in corners.items():
        expected = autoencoder.decode(torch.tensor([code]))[0, 0].detach()
        torch.testing.assert_close(cell(shown, row, column, scale=1), expected, rtol=0, atol=1e-5)


def test_a_traversal_moves_the_numbers_that_vary_most(splits):
    autoencoder, images = untrained("model.bottleneck=12"), as_floats(splits.test.pixels[:1])
    spread = torch.tensor([3.0, 0.1, *[1.0] * 7, 0.1, 0.1, 0.1])
    codes = torch.randn(400, 12, generator=generator(0, "codes")) * spread
    shown = traversals(autoencoder, images, codes)
    assert shown.shape[1] == 8 * CELL + FRAME
    code = autoencoder.encode(images).detach()
    code[0, 0] = codes[:, 0].mean() - 2 * codes[:, 0].std()
    torch.testing.assert_close(cell(shown, 0, 0), autoencoder.decode(code)[0, 0].detach(), rtol=0, atol=1e-5)


def test_weights_are_grey_for_0_and_white_or_black_for_each_units_largest():
    autoencoder = untrained()
    weight = autoencoder.encoder[0].weight.data
    weight[0] = 0
    weight[1, 5] = -9.0
    shown = first_layer(autoencoder)
    torch.testing.assert_close(cell(shown, 0, 0), torch.full((28, 28), 0.5))
    assert cell(shown, 0, 1)[0, 5] == 0
    assert cell(shown, 0, 2).max() == 1 or cell(shown, 0, 2).min() == 0


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 9, 12), (1, 1, 4), (1, 70, 64)])
@pytest.mark.parametrize("options", [("model.bottleneck=1",), ("model.bottleneck=2",), ("model=conv",)])
def test_images_of_any_shape_have_every_picture(shape, options):
    autoencoder = untrained(*options, shape=shape)
    test = Images(torch.randint(0, 256, (40, *shape), dtype=torch.uint8), torch.arange(40) % 12)
    pictures = final_pictures(
        autoencoder,
        Clean(),
        examples(autoencoder, test),
        worst_examples(autoencoder, test, squared_errors(autoencoder, test.pixels)),
    )
    assert pictures.keys() <= DESCRIPTIONS.keys()
    for picture in pictures.values():
        assert png(picture).startswith(b"\x89PNG")
        assert max(picture.shape[1:]) < 1200


def test_a_small_image_is_enlarged_and_a_large_one_is_not():
    assert tiles(torch.zeros(8, 1, 4, 4)).shape == (3, 56 + 2 * FRAME, 8 * (56 + FRAME) + FRAME)
    assert tiles(torch.zeros(8, 1, 90, 90)).shape == (3, 90 + 2 * FRAME, 8 * (90 + FRAME) + FRAME)


def test_the_first_layer_of_a_conditional_convolution_is_shown_without_the_maps_of_classes():
    config = tiny("model=conv", "model.channels=[4,6]", "model.conditional=true")
    autoencoder = build_autoencoder(config, generator(0, "weights"))
    layer = next(layer for layer in autoencoder.encoder.modules() if isinstance(layer, torch.nn.Conv2d))
    before = first_layer(autoencoder)
    with torch.no_grad():
        layer.weight[:, 1:] += 1
    assert torch.equal(first_layer(autoencoder), before)
