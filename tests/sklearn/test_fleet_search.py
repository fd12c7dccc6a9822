"""FleetSearchCV gives what GridSearchCV gives, and trains its candidates together."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from narrows.sklearn import Autoencoder, AutoencoderDetector, FleetSearchCV, trained_by
from narrows.sklearn.trained_by import alone

KNOBS = {"model.widths": [8]}
GRID = {"bottleneck": [2, 4], "optimizer.lr": [1e-3, 1e-2]}


@pytest.fixture(scope="module")
def digits64() -> tuple[np.ndarray, np.ndarray]:
    return load_digits(return_X_y=True)


def assert_same_results(search, expected):
    assert search.cv_results_.keys() == expected.cv_results_.keys()
    for name, values in expected.cv_results_.items():
        if "time" not in name:
            np.testing.assert_array_equal(np.asarray(search.cv_results_[name]), np.asarray(values), name)
    assert search.best_params_ == expected.best_params_
    assert search.best_score_ == expected.best_score_
    assert search.best_index_ == expected.best_index_
    assert search.n_splits_ == expected.n_splits_


@pytest.fixture
def trained_alone(monkeypatch) -> list:
    """The orders that are trained alone from here on."""
    orders = []

    def counted(order):
        orders.append(order)
        return alone(order)

    monkeypatch.setattr("narrows.sklearn.fleet_trainer.alone", counted)
    return orders


@pytest.mark.parametrize("estimator", [Autoencoder(max_epochs=2, knobs=KNOBS)], ids=str)
def test_results_are_those_of_grid_search(digits64, estimator, trained_alone):
    rows = digits64[0][:200]
    search = FleetSearchCV(estimator, GRID, cv=2).fit(rows)
    assert len(trained_alone) == 1  # the refit on all rows
    assert_same_results(search, GridSearchCV(estimator, GRID, cv=2).fit(rows))
    assert np.array_equal(search.transform(rows), search.best_estimator_.transform(rows))


def test_splits_that_are_drawn_at_random_are_drawn_once(digits64, trained_alone):
    rows, cv = digits64[0][:200], KFold(2, shuffle=True)
    search = FleetSearchCV(Autoencoder(max_epochs=1, knobs=KNOBS), {"bottleneck": [2, 4]}, cv=cv, refit=False)
    search.fit(rows)
    assert not trained_alone
    assert search.cv is cv
    assert search.n_jobs is None


def test_autoencoders_in_pipelines_train_together(digits64, trained_alone):
    rows, labels = digits64[0][:200], digits64[1][:200]
    pipeline = make_pipeline(MinMaxScaler(), Autoencoder(max_epochs=2, knobs=KNOBS), LogisticRegression())
    grid = {"autoencoder__bottleneck": [2, 4], "logisticregression__C": [0.1, 1.0]}
    search = FleetSearchCV(pipeline, grid, cv=2, refit=False).fit(rows, labels)
    assert not trained_alone
    expected = GridSearchCV(pipeline, grid, cv=2, refit=False).fit(rows, labels)
    for name in ("mean_test_score", "rank_test_score"):
        np.testing.assert_array_equal(search.cv_results_[name], expected.cv_results_[name])


def test_detectors_and_candidates_that_cannot_train_together(digits64):
    """Other activations are other programs, and form fleets of their own."""
    rows = digits64[0][:200]
    grid = {"model.activation": ["relu", "tanh"], "bottleneck": [2, 3]}
    estimator = AutoencoderDetector(max_epochs=1, knobs=KNOBS)
    search = FleetSearchCV(estimator, grid, cv=2, refit=False).fit(rows)
    expected = GridSearchCV(estimator, grid, cv=2, refit=False).fit(rows)
    np.testing.assert_array_equal(search.cv_results_["mean_test_score"], expected.cv_results_["mean_test_score"])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("level", [{"optimizer.lr": [1e-3, 1e30]}, {"optimizer.lr": [1e-3, -1.0]}])
def test_candidates_that_fail_score_nan(digits64, level):
    """One whose loss overflows in the fleet, and one that is refused."""
    rows = digits64[0][:200]
    search = FleetSearchCV(Autoencoder(max_epochs=1, knobs=KNOBS), level, cv=2, refit=False).fit(rows)
    assert np.isnan(search.cv_results_["mean_test_score"]).tolist() == [False, True]


def test_afterwards_estimators_train_alone(digits64):
    FleetSearchCV(Autoencoder(max_epochs=1, knobs=KNOBS), {"bottleneck": [2]}, cv=2).fit(digits64[0][:100])
    assert trained_by._TRAINER.get() is alone
