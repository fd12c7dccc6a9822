"""A denoising autoencoder as a transformer: noisy rows to clean ones."""

from typing import Any, Self

from sklearn.base import OneToOneFeatureMixin, TransformerMixin

from narrows.own.raw import Array
from narrows.sklearn.autoencoder_estimator import AutoencoderEstimator, described


@described
class Denoiser(OneToOneFeatureMixin, TransformerMixin, AutoencoderEstimator):  # type: ignore[misc]
    """Removes noise: an autoencoder that was trained to reconstruct rows from corrupted ones.

    corruption  how rows are corrupted in training: gaussian, masking or salt_pepper; `corruption.level` among the knobs
                is its strength
    """

    def __init__(
        self,
        bottleneck: int = 2,
        *,
        corruption: str = "gaussian",
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
        self.corruption = corruption

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ANN401, N803 - any array-like
        """Train on clean rows (N, D)."""
        self._train(X)
        return self

    def transform(self, X: Any) -> Array:  # noqa: ANN401, N803 - any array-like
        """The rows without noise, float64 (N, D), in the units of the training data."""
        rows = self._rows(X)
        return self._outputs(self.trained_.reconstruct(self._images(rows)))

    def _fixed_knobs(self) -> dict[str, object]:
        return {"corruption": self.corruption}
