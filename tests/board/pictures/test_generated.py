"""Images that a variational autoencoder generates."""

import pytest
import torch

import narrows
from narrows.board.pictures.gallery import examples, final_pictures, worst_examples
from narrows.board.pictures.generated import interpolations, samples
from narrows.evaluation.support.reconstruction_errors import squared_errors
from narrows.models.corruptions import Clean
from narrows.run import run
from support.configs import tiny


@pytest.fixture(scope="module")
def variational(tmp_path_factory):
    folder = tmp_path_factory.mktemp("variational")
    run(tiny("code=variational", "objective=bce"), folder)
    return narrows.load(folder / "best.ckpt")


def test_only_a_code_with_a_prior_shows_samples_of_it(variational, trained, splits):
    for autoencoder, expected in ((variational, True), (narrows.load(trained.folder / "best.ckpt"), False)):
        shown = (
            examples(autoencoder, splits.test),
            worst_examples(autoencoder, splits.test, squared_errors(autoencoder, splits.test.pixels)),
        )
        pictures = final_pictures(autoencoder, Clean(), *shown)
        assert ("code/prior" in pictures) == expected


def test_samples_and_interpolations_are_rows_of_decoded_images(variational, splits):
    images = splits.test.pixels[:16].float() / 255
    for picture in (samples, interpolations):
        grid = picture(variational, images)
        assert grid.shape == (3, 4 * 58 + 2, 10 * 58 + 2)
        assert grid.min() >= 0 and grid.max() <= 1
        assert torch.equal(grid, picture(variational, images))
    lines = interpolations(variational, images)[0]
    first = variational.reconstruct(images[:1])[0, 0]
    torch.testing.assert_close(lines[2:58:2, 2:58:2], first.detach().clamp(0, 1), rtol=0, atol=1e-5)
