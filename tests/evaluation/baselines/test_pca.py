"""PCA against scikit-learn's own reconstruction and errors that are known."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from narrows.data.splits import split
from narrows.evaluation.baselines.pca import clipped_pca_mse, fit_pca, pca_errors, pca_mse, pca_of


@pytest.fixture(scope="module")
def curve(digits) -> np.ndarray:
    train, _, test = split(digits, 500)
    return pca_mse(train.pixels, test.pixels)


def test_pca_of_mnist_has_the_errors_that_are_known(mnist):
    train, _, test = split(mnist, 0)
    errors = pca_mse(train.pixels, test.pixels)
    assert (f"{errors[3]:.7f}", f"{errors[30]:.7f}") == ("0.0516090", "0.0176866")


def test_clipped_pca_of_mnist_has_the_errors_that_are_known(mnist):
    train, _, test = split(mnist, 0, 4000)
    clipped = [1000 * clipped_pca_mse(train.pixels, test.pixels, count) for count in (8, 32, 128)]
    assert clipped == pytest.approx([36.50, 15.41, 3.55], abs=0.005)  # by a program of its own


def test_pca_is_sklearns_own_reconstruction(digits):
    train, test = digits.train.pixels[:1000], digits.test.pixels
    curve = pca_mse(train, test)
    train_rows, test_rows = (pixels.flatten(1).numpy() / 255 for pixels in (train, test))
    for components in (1, 3, 30, 300):
        pca = PCA(components, svd_solver="full").fit(train_rows)
        errors = np.square(pca.inverse_transform(pca.transform(test_rows)) - test_rows)
        assert curve[components] == pytest.approx(errors.mean(), rel=1e-8)


@pytest.mark.parametrize(("count", "width", "solver"), [(1000, 784, "covariance_eigh"), (30, 2500, "full")])
def test_pca_is_sklearns_bit_for_bit(count, width, solver):
    """Rows of as many numbers as MNIST's are decomposed by their covariance matrix, wider ones themselves."""
    rows = np.random.default_rng(0).random((count, width))
    ours, theirs = fit_pca(rows, 20), PCA(20, svd_solver=solver).fit(rows)
    coordinates = ours.transform(rows)
    assert (coordinates == theirs.transform(rows)).all()
    assert (ours.inverse_transform(coordinates) == theirs.inverse_transform(coordinates)).all()


def test_the_errors_of_single_images_have_the_mean_of_the_curve(digits):
    train, test = digits.train.pixels[:1000], digits.test.pixels
    errors = pca_errors(pca_of(train, 30), test)
    assert errors.shape == (500,)
    assert errors.mean() == pytest.approx(pca_mse(train, test)[30], rel=1e-6)  # pixels rounded to float32


def test_more_components_are_never_worse_and_all_are_exact(digits, curve):
    _, _, test = split(digits, 500)
    assert len(curve) == 785
    assert (np.diff(curve) <= 1e-15).all()
    assert curve[784] == pytest.approx(0, abs=1e-12)
    rows = test.pixels.flatten(1).numpy() / 255
    mean = split(digits, 500).train.pixels.flatten(1).numpy().mean(0) / 255
    assert curve[0] == pytest.approx(np.square(rows - mean).mean(), rel=1e-9)


@pytest.mark.parametrize("count", [2, 3, 40])
def test_pca_of_fewer_images_than_pixels_ends_at_what_they_span(digits, count):
    few = digits.train.pixels[:count]
    errors = pca_mse(few, digits.test.pixels)
    assert len(errors) == 785
    assert (errors[count - 1 :] == errors[count - 1]).all()  # n centred images span n - 1 dimensions
    assert errors[count - 1] < errors[count - 2]
    assert pca_mse(few, few)[count - 1] == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("components", [2, 32, 783])
def test_clipped_it_is_scikit_learns_clipped(splits, components):
    train, test = (images.pixels.flatten(1).double().numpy() / 255 for images in (splits.train, splits.test))
    fitted = PCA(min(components, len(train) - 1), svd_solver="full").fit(train)
    rebuilt = fitted.inverse_transform(fitted.transform(test))
    expected = np.square(rebuilt.clip(0, 1) - test).mean()
    error = clipped_pca_mse(splits.train.pixels, splits.test.pixels, components)
    assert error == pytest.approx(expected, rel=1e-6)
    assert error <= pca_mse(splits.train.pixels, splits.test.pixels)[components]
