"""A grid search whose candidates train together."""

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Self

from joblib import effective_n_jobs
from sklearn.base import clone, is_classifier
from sklearn.model_selection import GridSearchCV, ParameterGrid, check_cv
from sklearn.utils.metaestimators import _safe_split

from narrows.sklearn.fleet_trainer import FleetTrainer
from narrows.sklearn.trained_by import Order, training_by
from narrows.trained.trained_autoencoder import TrainedAutoencoder


class FleetSearchCV(GridSearchCV):  # type: ignore[misc] # scikit-learn has no types
    """GridSearchCV with the same parameters and results, whose autoencoders train together, as fleets.

    The estimator is one of `narrows.sklearn`, or a pipeline with one of them. Autoencoders of the same rows, those of a
    fold, form fleets if they differ in knobs in which members of a fleet may: bottleneck, seed, learning rate, weights
    of terms and a few more. Others train alone. `n_jobs` is the number of fleets that train at a time.

    Scores are those of GridSearchCV; fit times are those of fetching what was trained together. Steps before the
    autoencoder of a pipeline are fitted twice.
    """

    def fit(self, X: Any, y: Any = None, **params: Any) -> Self:  # noqa: ANN401, N803 - as GridSearchCV
        """Run fit with all combinations of parameters, as GridSearchCV."""
        cv = check_cv(self.cv, y, classifier=is_classifier(self.estimator))
        splits = list(cv.split(X, y, params.get("groups")))
        orders = (  # one at a time, since each holds a copy of its rows
            order
            for parameters in ParameterGrid(self.param_grid)
            for rows, _ in splits
            if (order := self._order(parameters, *_safe_split(self.estimator, X, y, rows)))
        )
        with FleetTrainer(orders, effective_n_jobs(self.n_jobs)) as trainer, training_by(trainer), self._with(splits):
            super().fit(X, y, **params)
        return self

    def _order(self, parameters: Mapping[str, Any], X: Any, y: Any) -> Order | None:  # noqa: ANN401, N803
        """The autoencoder that a candidate would train on these rows; None if it does not come to it."""
        candidate = clone(self.estimator).set_params(**clone(parameters, safe=False))
        orders: list[Order] = []

        def collect(order: Order) -> TrainedAutoencoder:
            orders.append(order)
            raise _Collected

        with training_by(collect), warnings.catch_warnings(), suppress(Exception):  # the search meets them again
            warnings.simplefilter("ignore")
            candidate.fit(X, y)
        return orders[0] if orders else None

    @contextmanager
    def _with(self, splits: list[Any]) -> Iterator[None]:
        """The search uses these splits, and scores in this process, where the trained autoencoders are."""
        before = {name: getattr(self, name) for name in ("cv", "n_jobs")}
        self.set_params(cv=splits, n_jobs=1)
        try:
            yield
        finally:
            self.set_params(**before)


class _Collected(Exception):
    """Ends the fit of a candidate whose autoencoder is trained later, with others."""
