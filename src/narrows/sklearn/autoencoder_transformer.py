"""An autoencoder as a transformer: rows to codes."""

from typing import Any, Self

from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from narrows.own.raw import Array
from narrows.sklearn.autoencoder_estimator import AutoencoderEstimator, described


@described
class Autoencoder(ClassNamePrefixFeaturesOutMixin, TransformerMixin, AutoencoderEstimator):  # type: ignore[misc]
    """Reduces rows to the codes of an autoencoder, as `sklearn.decomposition.PCA` to principal components."""

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ANN401, N803 - any array-like
        """Train on rows (N, D)."""
        self._train(X)
        self._n_features_out = self.trained_.width
        return self

    def transform(self, X: Any) -> Array:  # noqa: ANN401, N803 - any array-like
        """The code of each row, float64 (N, bottleneck)."""
        rows = self._rows(X)
        return self.trained_.codes(self._images(rows))

    def inverse_transform(self, X: Any) -> Array:  # noqa: ANN401, N803 - any array-like
        """The row of each code, (N, D), in the units of the training data."""
        check_is_fitted(self)
        return self._outputs(self.trained_.decode(X))
