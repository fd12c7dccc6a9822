"""A trained autoencoder takes arrays and gives arrays."""

import pickle

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.datasets import load_iris

import narrows
from narrows.data.sources import as_floats
from narrows.errors import UserError
from narrows.evaluation.support.elbo import elbo
from narrows.runs import record
from support.few import FEW


@pytest.fixture(scope="module")
def iris() -> pd.DataFrame:
    return load_iris(as_frame=True).data


@pytest.fixture(scope="module")
def of_iris(iris):
    return narrows.fit(iris, code="variational", bottleneck=2, **FEW)


@pytest.fixture(scope="module")
def conditional(iris):
    return narrows.fit(iris, load_iris().target, code="variational", model__conditional=True, **FEW)


def test_outputs_are_those_of_the_module(of_digits, images):
    pixels = as_floats(torch.from_numpy(images))[:, None]
    with torch.no_grad():
        assert np.array_equal(of_digits.codes(images), of_digits.autoencoder.encode(pixels).numpy())
        reconstructed = of_digits.autoencoder.reconstruct(pixels).numpy()
    assert np.array_equal(of_digits.reconstruct(images), reconstructed[:, 0])
    assert np.array_equal(of_digits.decode(of_digits.codes(images)), reconstructed[:, 0])
    assert np.allclose(of_digits.errors(images), ((reconstructed[:, 0] - images / 255) ** 2).mean((1, 2)))


def test_no_gradients_are_kept(of_digits, images):
    codes = of_digits.codes(torch.from_numpy(images))
    assert isinstance(codes, np.ndarray)
    assert all(parameter.grad is None for parameter in of_digits.autoencoder.parameters())


@pytest.mark.parametrize("shape", [(-1, 784), (-1, 28, 28), (-1, 1, 28, 28), (-1, 28, 28, 1)])
def test_images_come_in_several_shapes_and_go_out_in_the_same(of_digits, images, shape):
    given = images.reshape(shape)
    assert np.array_equal(of_digits.codes(given), of_digits.codes(images))
    assert of_digits.reconstruct(given).shape == given.shape
    assert np.array_equal(of_digits.reconstruct(given).reshape(images.shape), of_digits.reconstruct(images))


def test_pixels_are_bytes_or_floats_in_the_unit_interval(of_digits, images):
    assert np.allclose(of_digits.codes(images / 255), of_digits.codes(images), atol=1e-5)
    assert np.array_equal(of_digits.codes(images.astype(int)), of_digits.codes(images))


def test_rows_come_out_in_their_own_units(of_iris, iris):
    """Scaled as in training, and back: near the means of the columns after two epochs."""
    reconstructed = of_iris.reconstruct(iris)
    assert reconstructed.shape == iris.shape
    assert np.allclose(reconstructed.mean(0), iris.mean(), atol=0.5)
    scaled = of_iris._inputs.preparation
    errors = ((reconstructed - iris.to_numpy()) / scaled.factor.numpy().ravel()) ** 2
    assert np.allclose(of_iris.errors(iris), errors.mean(1), rtol=1e-4)


def test_columns_of_a_frame_are_found_by_name(of_iris, iris):
    shuffled = iris[iris.columns[::-1]].assign(more="text")
    assert np.array_equal(of_iris.codes(shuffled), of_iris.codes(iris.to_numpy()))
    with pytest.raises(UserError, match=r"x: has no column petal length \(cm\)"):
        of_iris.codes(iris.drop(columns="petal length (cm)"))


def test_elbo_is_that_of_the_evaluation(of_iris, iris):
    tensor = of_iris._inputs.tensor(iris.to_numpy())
    assert of_iris.elbo(iris).mean() == pytest.approx(-elbo(of_iris.autoencoder, "mse", tensor)["nelbo"])
    assert np.array_equal(of_iris.elbo(iris), of_iris.elbo(iris))


def test_samples_are_drawn_by_the_seed(of_iris):
    assert of_iris.sample(5).shape == (5, 4)
    assert np.array_equal(of_iris.sample(5, seed=1), of_iris.sample(5, seed=1))
    assert not np.array_equal(of_iris.sample(5, seed=1), of_iris.sample(5, seed=2))


def test_conditional_autoencoders_need_labels(conditional, iris):
    labels = load_iris().target
    assert conditional.reconstruct(iris, labels).shape == iris.shape
    assert conditional.sample(3, y=[0, 1, 2]).shape == (3, 4)
    with pytest.raises(UserError, match="y is missing: the autoencoder is conditional"):
        conditional.codes(iris)
    with pytest.raises(UserError, match="y: 7: not among the labels of the training data, 0, 1, 2"):
        conditional.codes(iris, np.full(150, 7))


@pytest.mark.parametrize("method", ["elbo", "sample"])
def test_codes_without_a_prior_are_refused_by_name(of_digits, images, method):
    with pytest.raises(UserError, match=f"{method}: code=plain has no prior; train with code=variational"):
        getattr(of_digits, method)(images if method == "elbo" else 3)


REFUSED = {
    "another width": (lambda images: images[:, :, :7], r"x: an array of shape \(100, 28, 7\), .* on \(N, 28, 28\)"),
    "one image": (lambda images: images[0], r"x\[None\] is a batch of one"),
    "floats of bytes": (lambda images: images.astype(float), "x: floats from 0 to 255, .* trained on bytes"),
    "large numbers": (lambda images: images.astype(int) * 2, "x: whole numbers from 0 to 510"),
    "nan": (lambda images: np.where(images > 100, np.nan, 0.5), "x: .* numbers are missing or infinite"),
    "objects": (lambda images: images.astype(object), "x: holds object, not numbers"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_other_inputs_are_refused_in_one_line(of_digits, images, name):
    change, message = REFUSED[name]
    with pytest.raises(UserError, match=message):
        of_digits.codes(change(images))


def test_codes_of_another_width_are_refused(of_digits):
    with pytest.raises(UserError, match="codes: 4 numbers each, but those of this autoencoder have 3"):
        of_digits.decode(np.zeros((2, 4)))


def test_save_and_open_are_inverse(of_digits, images, tmp_path):
    opened = narrows.open(of_digits.save(tmp_path / "saved"))
    assert np.array_equal(opened.codes(images), of_digits.codes(images))
    assert opened.record == of_digits.record == record.read(tmp_path / "saved")
    assert opened.config == of_digits.config
    assert narrows.load(tmp_path / "saved" / "best.ckpt").encode(torch.zeros(1, 1, 28, 28)).shape == (1, 3)
    with pytest.raises(UserError, match=r"saved: holds a run already \(best\.ckpt\)"):
        of_digits.save(tmp_path / "saved")


def test_it_is_pickled(of_digits, images):
    copy = pickle.loads(pickle.dumps(of_digits))
    assert np.array_equal(copy.codes(images), of_digits.codes(images))
    assert copy.record == of_digits.record


def test_in_double_results_do_not_depend_on_the_batch(of_digits, images):
    double = of_digits.in_double()
    alone = np.concatenate([double.errors(image[None]) for image in images[:10]])
    assert np.allclose(double.errors(images)[:10], alone, rtol=1e-12)
    assert np.allclose(double.codes(images), of_digits.codes(images), atol=1e-4)


def test_a_run_of_the_command_line_is_opened(trained, digits):
    for path in (trained.folder, trained.folder / "best.ckpt", str(trained.folder)):
        opened = narrows.open(path)
        assert opened.errors(digits.test.pixels).mean() == pytest.approx(trained.record.metrics["test/mse"], rel=1e-6)
        assert opened.record == trained.record
    assert "TrainedAutoencoder of mnist5k" in repr(opened)


def test_folders_without_a_checkpoint_are_refused(tmp_path):
    with pytest.raises(UserError, match=r"best\.ckpt: no such file"):
        narrows.open(tmp_path)


@pytest.mark.parametrize("name", ["sprites", "synthetic_dictionary"])
def test_data_that_are_generated_are_opened_as_others_are(name):
    """Their labels are not in the catalogue."""
    few = FEW | {"train_size": 192, "val_size": 12, "max_epochs": 1}
    trained = narrows.fit(name, **few, model__conditional=name == "sprites")
    labels = ["square", "heart"] if name == "sprites" else None
    assert len(trained.decode(np.zeros((2, 2)), labels)) == 2


def test_false_and_true_are_black_and_white(of_digits, images):
    white = images > 127
    assert np.array_equal(of_digits.codes(white), of_digits.codes(white.astype(np.float32)))


def test_labels_have_the_names_of_training(conditional, iris):
    """A column of labels that pandas has made floats of, since one was missing, is the same labels."""
    labels = load_iris().target
    assert np.array_equal(conditional.codes(iris, labels.astype(float)), conditional.codes(iris, labels))
