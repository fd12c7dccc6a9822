"""Autoencoders as estimators of scikit-learn."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits, load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import narrows
from narrows.errors import UserError
from narrows.sklearn import Autoencoder, AutoencoderDetector, Denoiser

KNOBS = {"model.widths": [8]}
KINDS = (Autoencoder, AutoencoderDetector, Denoiser)


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    """Digits, whole numbers 0 to 16, float64 (300, 64)."""
    return load_digits().data[:300]


@parametrize_with_checks([kind(max_epochs=1, knobs=KNOBS) for kind in KINDS])
def test_estimators_pass_the_checks_of_scikit_learn(estimator, check):
    check(estimator)


def test_it_trains_what_fit_trains(rows):
    """One row tests, so that nearly all are trained on."""
    transformer = Autoencoder(3, max_epochs=2, knobs=KNOBS, random_state=5).fit(rows)
    trained = narrows.fit(
        rows, bottleneck=3, seed=5, max_epochs=2, widths=[8], test_size=1, val_size=0.1, progress=False
    )
    assert transformer.trained_.record.metrics == trained.record.metrics
    assert np.allclose(transformer.transform(rows), trained.codes(rows), atol=1e-5)
    assert (trained.record.data.train, trained.record.data.test) == (269, 1)


def test_codes_have_names_and_an_inverse(rows):
    transformer = Autoencoder(3, max_epochs=2, knobs=KNOBS).set_output(transform="pandas")
    codes = transformer.fit_transform(rows)
    assert [*codes.columns] == ["autoencoder0", "autoencoder1", "autoencoder2"]
    rebuilt = transformer.inverse_transform(codes)
    assert rebuilt.shape == rows.shape
    scale = transformer.trained_._inputs.preparation.factor.numpy().ravel()
    assert -transformer.score(rows) == pytest.approx((((rebuilt - rows) / scale) ** 2).mean())


def test_bytes_come_back_as_numbers_up_to_255(images):
    rows = images.reshape(len(images), -1)
    transformer = Autoencoder(3, max_epochs=2, knobs=KNOBS).fit(rows)
    assert transformer.trained_.record.data.unit == "pixels in [0, 1]"
    assert 1 < transformer.inverse_transform(transformer.transform(rows)).max() <= 255


def test_rows_are_images_of_a_convolution(rows):
    knobs = {"model": "conv", "model.channels": [4]}
    transformer = Autoencoder(2, image_shape=(8, 8), max_epochs=1, knobs=knobs).fit(rows)
    assert transformer.transform(rows).shape == (300, 2)
    with pytest.raises(UserError, match=r"image_shape=\(7, 8\): rows have 64 numbers"):
        Autoencoder(2, image_shape=(7, 8)).fit(rows)


def test_the_detector_finds_rows_of_noise(rows):
    ones = load_digits(n_class=2)
    normal = ones.data[ones.target == 1]
    detector = AutoencoderDetector(4, max_epochs=60, contamination=0.05, knobs={"model.widths": [32]}).fit(normal)
    noise = np.random.default_rng(0).uniform(0, 16, size=(100, 64))
    assert (detector.predict(noise) == -1).mean() > 0.9
    assert (detector.predict(normal) == -1).mean() == pytest.approx(0.05, abs=0.02)
    assert np.array_equal(detector.labels_ == 1, detector.predict(normal) == -1)
    assert np.allclose(detector.decision_scores_, -detector.score_samples(normal))
    assert detector.threshold_ == -detector.offset_
    with pytest.raises(UserError, match=r"contamination=0\.6: must be above 0 and at most 0\.5"):
        AutoencoderDetector(contamination=0.6).fit(normal)


def test_the_denoiser_removes_noise():
    rows = load_digits().data
    denoiser = Denoiser(16, max_epochs=40, knobs={"model.widths": [64], "corruption.level": 0.5}).fit(rows)
    noisy = rows + np.random.default_rng(0).normal(size=rows.shape) * rows.std(0)
    before, after = (((changed - rows) ** 2).mean() for changed in (noisy, denoiser.transform(noisy)))
    assert after < before / 2


@pytest.mark.parametrize("kind", KINDS)
def test_estimators_are_cloned_and_pickled(kind, rows):
    estimator = kind(max_epochs=1, knobs=KNOBS, random_state=3).fit(rows)
    copy, again = pickle.loads(pickle.dumps(estimator)), clone(estimator).fit(rows)
    assert np.array_equal(copy.trained_.codes(rows), estimator.trained_.codes(rows))
    assert np.array_equal(again.trained_.codes(rows), estimator.trained_.codes(rows))


def test_knobs_are_parameters_by_their_keys(rows):
    estimator = Autoencoder(knobs=KNOBS).set_params(**{"optimizer.lr": 0.01, "bottleneck": 3, "max_epochs": 1})
    assert estimator.knobs == KNOBS | {"optimizer.lr": 0.01}
    assert estimator.get_params()["optimizer.lr"] == 0.01
    assert estimator.fit(rows).trained_.config["optimizer"]["lr"] == 0.01
    with pytest.raises(UserError, match=r"optimizer\.lrr: no such key \(did you mean optimizer\.lr\?\)"):
        estimator.set_params(**{"optimizer.lrr": 1}).fit(rows)


def test_pipelines_and_searches(rows):
    pipeline = make_pipeline(MinMaxScaler(), Autoencoder(max_epochs=2, knobs=KNOBS), LogisticRegression())
    search = GridSearchCV(pipeline, {"autoencoder__bottleneck": [2, 4], "autoencoder__optimizer.lr": [1e-3]}, cv=2)
    assert search.fit(rows, load_digits().target[:300]).best_score_ > 0.1


def test_frames_must_have_the_columns_of_training():
    frame = load_iris(as_frame=True).data
    transformer = Autoencoder(max_epochs=1, knobs=KNOBS).fit(frame)
    assert [*transformer.feature_names_in_] == [*frame.columns]
    with pytest.raises(ValueError, match="feature names should match"):
        transformer.transform(frame.rename(columns={"sepal length (cm)": "length"}))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: rows[:, :60], "X has 60 features, but Autoencoder is expecting 64 features"),
        (lambda rows: np.where(rows > 15, np.nan, rows), "Input X contains NaN"),
        (lambda rows: rows[0], "Expected 2D array, got 1D array"),
        (lambda rows: rows.astype(str).astype(object) + "x", "could not convert string to float"),
    ],
)
def test_other_rows_are_refused(rows, change, message):
    transformer = Autoencoder(max_epochs=1, knobs=KNOBS).fit(rows)
    with pytest.raises(ValueError, match=message):
        transformer.transform(change(rows))


def test_parameters_are_described():
    for kind in KINDS:
        assert all(f"{name}  " in kind.__doc__ for name in kind().get_params())


def test_random_states_draw_seeds(rows):
    states = [np.random.RandomState(7), np.random.RandomState(7), np.random.RandomState(8)]
    fitted = [Autoencoder(max_epochs=1, knobs=KNOBS, random_state=state).fit(rows) for state in states]
    first, second, third = (estimator.trained_.config["seed"] for estimator in fitted)
    assert first == second != third
