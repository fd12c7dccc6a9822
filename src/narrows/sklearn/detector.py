"""An autoencoder that detects anomalies: rows that it reconstructs worse than most of its training data."""

from typing import Any, Self

import numpy as np
from sklearn.base import OutlierMixin

from narrows.evaluation.support.alarm_threshold import refuse_rate, threshold_at
from narrows.own.raw import Array
from narrows.sklearn.autoencoder_estimator import AutoencoderEstimator, described


@described
class AutoencoderDetector(OutlierMixin, AutoencoderEstimator):  # type: ignore[misc]
    """Detects anomalies by their reconstruction error.

    contamination  the share of anomalies among the training rows, above 0 and at most 0.5; it decides the threshold

    Attributes by scikit-learn's names: `offset_`, which `decision_function` subtracts; by PyOD's: `decision_scores_`,
    the errors of the training rows, `threshold_`, above which an error is an anomaly, and `labels_`, 1 for training
    rows that are anomalies and 0 for others.
    """

    def __init__(
        self,
        bottleneck: int = 2,
        *,
        contamination: float = 0.1,
        max_epochs: int = 20,
        validation_fraction: float = 0.1,
        image_shape: Any = None,  # noqa: ANN401 - as in AutoencoderEstimator
        knobs: Any = None,  # noqa: ANN401
        device: str = "auto",
        random_state: Any = 0,  # noqa: ANN401
    ) -> None:
        super().__init__(
            bottleneck,
            max_epochs=max_epochs,
            validation_fraction=validation_fraction,
            image_shape=image_shape,
            knobs=knobs,
            device=device,
            random_state=random_state,
        )
        self.contamination = contamination

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ANN401, N803 - any array-like
        """Train on rows (N, D), most of which are normal."""
        refuse_rate("contamination", self.contamination)
        rows = self._train(X)
        self.decision_scores_ = self.trained_.errors(self._images(rows))
        self.threshold_ = threshold_at(self.decision_scores_, self.contamination)
        self.offset_ = -self.threshold_
        self.labels_ = (self.decision_scores_ > self.threshold_).astype(int)
        return self

    def score_samples(self, X: Any) -> Array:  # noqa: ANN401, N803 - any array-like
        """The negative squared error of each row, mean over its scaled numbers, (N,): the lower, the more abnormal."""
        return -self._errors(X)

    def decision_function(self, X: Any) -> Array:  # noqa: ANN401, N803 - any array-like
        """`score_samples` minus `offset_`, (N,): negative for anomalies."""
        return self.score_samples(X) - self.offset_

    def predict(self, X: Any) -> Array:  # noqa: ANN401, N803 - any array-like
        """-1 for anomalies, 1 for others, (N,)."""
        return np.where(self.decision_function(X) < 0, -1, 1)
