"""Errors of reconstruction, of PCA, and of a checkpoint."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.decomposition import PCA

import narrows
from narrows.config.evaluations import EVALUATIONS
from narrows.data.sources import as_floats
from narrows.data.splits import split
from narrows.errors import UserError
from narrows.evaluation import denoising, evaluation
from narrows.evaluation.evaluate import evaluate
from narrows.evaluation.reconstruction import errors, squared_errors
from narrows.evaluation.support.pca import pca_mse
from narrows.models.autoencoder import Autoencoder
from support.configs import configure, data_folder


@pytest.fixture(scope="module")
def curve(digits) -> np.ndarray:
    train, _, test = split(digits, 500)
    return pca_mse(train.pixels, test.pixels)


def test_pca_of_mnist_has_the_errors_that_are_known(mnist):
    train, _, test = split(mnist, 0)
    errors = pca_mse(train.pixels, test.pixels)
    assert (f"{errors[3]:.7f}", f"{errors[30]:.7f}") == ("0.0516090", "0.0176866")


def test_pca_is_sklearns_own_reconstruction(digits):
    train, test = digits.train.pixels[:1000], digits.test.pixels
    curve = pca_mse(train, test)
    train_rows, test_rows = (pixels.flatten(1).numpy() / 255 for pixels in (train, test))
    for components in (1, 3, 30, 300):
        pca = PCA(components, svd_solver="full").fit(train_rows)
        errors = np.square(pca.inverse_transform(pca.transform(test_rows)) - test_rows)
        assert curve[components] == pytest.approx(errors.mean(), rel=1e-8)


def test_more_components_are_never_worse_and_all_are_exact(digits, curve):
    _, _, test = split(digits, 500)
    assert len(curve) == 785
    assert (np.diff(curve) <= 1e-15).all()
    assert curve[784] == pytest.approx(0, abs=1e-12)
    rows = test.pixels.flatten(1).numpy() / 255
    mean = split(digits, 500).train.pixels.flatten(1).numpy().mean(0) / 255
    assert curve[0] == pytest.approx(np.square(rows - mean).mean(), rel=1e-9)


@pytest.mark.parametrize("count", [2, 3, 40])
def test_pca_of_fewer_images_than_pixels_ends_where_they_span_no_more(digits, count):
    few = digits.train.pixels[:count]
    errors = pca_mse(few, digits.test.pixels)
    assert len(errors) == 785
    assert (errors[count - 1 :] == errors[count - 1]).all()  # n centred images span n - 1 dimensions
    assert errors[count - 1] < errors[count - 2]
    assert pca_mse(few, few)[count - 1] == pytest.approx(0, abs=1e-12)


class Constant(torch.nn.Module):
    """An encoder or decoder whose answer is known."""

    def __init__(self, values: torch.Tensor) -> None:
        super().__init__()
        self.values = values

    def forward(self, rows: torch.Tensor, generator: torch.Generator | None = None) -> torch.Tensor:
        return self.values.expand(len(rows), -1)


def always(image: torch.Tensor) -> Autoencoder:
    """The autoencoder that answers every image with this one."""
    return Autoencoder(
        torch.nn.Identity(), torch.nn.Identity(), Constant(image.flatten()), tuple(image.shape), "linear"
    )


@given(count=st.integers(1, 30), value=st.floats(-1, 2, width=32))
def test_errors_are_the_formulas(digits, count, value):
    pixels = digits.test.pixels[:count]
    squares = np.square(pixels.numpy() / 255 - value).reshape(count, -1)
    found = errors(always(torch.full((1, 28, 28), value)), pixels)
    assert found["mse"] == pytest.approx(squares.mean(), rel=1e-5)
    assert found["sse"] == pytest.approx(squares.sum(1).mean(), rel=1e-5)
    assert found["psnr"] == pytest.approx((10 * np.log10(1 / squares.mean(1))).mean(), rel=1e-5, abs=1e-4)


def test_the_mean_is_over_images_however_many_go_at_once(trained, digits):
    """1,007 images are two passes, the second a ragged one."""
    autoencoder, pixels = best(trained), digits.train.pixels[:1007]
    together = squared_errors(autoencoder, pixels)
    apart = torch.cat([squared_errors(autoencoder, pixels[i : i + 19]) for i in range(0, 1007, 19)])
    torch.testing.assert_close(together, apart, rtol=1e-5, atol=0)
    assert together.dtype == torch.float64
    assert errors(autoencoder, pixels)["mse"] == pytest.approx(together.mean().item())


def best(trained) -> Autoencoder:
    return narrows.load(trained.folder / "best.ckpt")


def test_evaluating_leaves_no_gradient_and_draws_no_number(trained, digits):
    autoencoder, before = best(trained), torch.get_rng_state()
    errors(autoencoder, digits.test.pixels)
    assert all(parameter.grad is None for parameter in autoencoder.parameters())
    assert torch.equal(torch.get_rng_state(), before)


def test_a_checkpoint_is_evaluated_as_its_run_was(trained):
    found = evaluate(trained.folder / "best.ckpt", "mnist5k", "", samples=1, names=["reconstruction"])
    assert found.keys() == {"test/mse", "test/sse", "test/psnr"}
    assert found.items() <= trained.record.metrics.items()


def test_a_checkpoint_is_evaluated_on_other_data(trained):
    root = data_folder("fashion_mnist")
    found = evaluate(trained.folder / "best.ckpt", "fashion_mnist", root, samples=1, names=["reconstruction"])
    assert found["test/mse"] != trained.record.metrics["test/mse"]


def test_images_of_another_shape_are_refused(trained, tmp_path):
    content = torch.load(trained.folder / "best.ckpt", weights_only=True)
    content["narrows"]["shape"] = [1, 14, 56]  # as many pixels, so that only the shape tells
    torch.save(content, tmp_path / "wide.ckpt")
    with pytest.raises(UserError, match=r"data=mnist5k: its images are \(1, 28, 28\), .* trained on \(1, 14, 56\)"):
        evaluate(tmp_path / "wide.ckpt", "mnist5k", "", samples=1, names=["reconstruction"])


def test_a_perfect_reconstruction_is_floats_of_the_pixels(digits):
    image = as_floats(digits.test.pixels[:1])
    assert squared_errors(always(image[0]), digits.test.pixels[:1]).tolist() == [0]


@pytest.mark.slow
@pytest.mark.slow
def test_every_evaluation_in_the_table_is_a_function_of_model_and_images(trained, digits, monkeypatch):
    """Each gives numbers under names of its own, which is how the record holds them all."""
    monkeypatch.setenv("NARROWS_DATA_DIR", data_folder("fashion_mnist"))
    monkeypatch.setattr(denoising, "MOST", 20)
    autoencoder, (train, _, test) = (
        best(trained),
        split(digits, 500, 512, classes=range(5)),
    )  # five are left to be found
    found = [evaluation(name)(autoencoder, train, test) for name in EVALUATIONS]
    names = [quantity for one in found for quantity in one]
    assert all(found) and len(set(names)) == len(names)
    assert all(isinstance(value, float) for one in found for value in one.values())


@pytest.mark.parametrize(
    ("names", "line"),
    [
        ("[reconstruction,taste]", "evaluation=taste: choose from reconstruction"),
        ("[reconstruction,reconstruction]", "reconstruction stands there twice"),
        ("[]", "without reconstruction, which every report reads"),
    ],
)
def test_an_evaluation_that_does_not_exist_is_refused(names, line):
    with pytest.raises(UserError, match=line):
        configure(f"evaluation={names}")


def test_what_is_evaluated_is_part_of_a_run():
    """A record holds what was asked for: one that was asked for less is not what is asked for now."""
    asked = configure()
    assert asked.model_copy(update={"evaluation": []}).fingerprint() != asked.fingerprint()
