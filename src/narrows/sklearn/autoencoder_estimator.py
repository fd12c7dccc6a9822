"""What the estimators have in common: parameters, training, and rows as scikit-learn has them."""

from collections.abc import Mapping, Sequence
from inspect import cleandoc
from math import prod
from typing import Any, Self, TypeVar

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from narrows.errors import UserError
from narrows.front.keywords import by_key
from narrows.own.raw import Array
from narrows.sklearn.trained_by import Order, trained
from narrows.trained.trained_autoencoder import TrainedAutoencoder

try:
    from sklearn.utils.validation import validate_data
except ImportError:  # before scikit-learn 1.6

    def validate_data(estimator: Any, X: Any, **options: Any) -> Array:  # noqa: ANN401, N803 - scikit-learn's
        checked: Array = estimator._validate_data(X, **options)
        return checked


Kind = TypeVar("Kind", bound=type)

BATCH = 32  # rows of an optimiser step, or all rows where there are fewer
WHITE = 255  # the largest byte


class AutoencoderEstimator(BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """An estimator that trains an autoencoder on rows (N, D).

    bottleneck           numbers of a code
    max_epochs           most epochs of training
    validation_fraction  share of the rows that choose the epoch whose weights are kept; with 0 the last epoch's are.
                         One more row is the test split, which a run needs: training never uses it
    image_shape          (H, W) or (C, H, W), for models that take images; None for rows of numbers
    knobs                further knobs of `narrows.fit` by their dotted keys, {"model.widths": [64, 32]}. `set_params`
                         and the grids of searches take them by these keys too: {"optimizer.lr": [1e-3, 1e-2]}
    device               cpu, cuda, or auto: a GPU if there is one
    random_state         the seed; a RandomState draws one, None uses NumPy's global one

    Bytes are pixels, other numbers are standardised by column. It trains in float32 and computes in float64. After
    `fit` the attribute `trained_` is the `narrows.TrainedAutoencoder`, with its `record`.
    """

    def __init__(
        self,
        bottleneck: int = 2,
        *,
        max_epochs: int = 20,
        validation_fraction: float = 0.1,
        image_shape: Sequence[int] | None = None,
        knobs: Mapping[str, object] | None = None,
        device: str = "auto",
        random_state: Any = 0,  # noqa: ANN401 - scikit-learn's
    ) -> None:
        self.bottleneck = bottleneck
        self.max_epochs = max_epochs
        self.validation_fraction = validation_fraction
        self.image_shape = image_shape
        self.knobs = knobs
        self.device = device
        self.random_state = random_state

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters by name; `deep` with the knobs by their keys."""
        params: dict[str, Any] = super().get_params(deep=deep)
        return params | dict(self.knobs) if deep and isinstance(self.knobs, Mapping) else params

    def set_params(self, **params: Any) -> Self:  # noqa: ANN401 - any parameter
        """Set parameters by name and knobs by their dotted keys."""
        super().set_params(**{name: value for name, value in params.items() if "." not in name})
        if knobs := {name: value for name, value in params.items() if "." in name}:
            self.knobs = {**(self.knobs or {}), **knobs}
        return self

    def _train(self, X: Any) -> Array:  # noqa: ANN401, N803 - any array-like
        """Train on the rows, and return them as an array."""
        rows = validate_data(self, X, dtype="numeric", ensure_min_samples=3, ensure_min_features=2)
        order = Order(self._images(rows), self._keywords(len(rows)))
        self.trained_: TrainedAutoencoder = trained(order).in_double()
        return np.asarray(rows)

    def _keywords(self, count: int) -> dict[str, object]:
        """The keywords of `narrows.fit` for so many rows."""
        training = count - 1 - round(self.validation_fraction * (count - 1))
        return {
            "bottleneck": self.bottleneck,
            "seed": self._seed(),
            "device": self.device,
            "data.test_size": 1,
            "data.val_size": self.validation_fraction,
            "data.batch_size": min(BATCH, training),
            "trainer.max_epochs": self.max_epochs,
            **self._fixed_knobs(),
            **by_key(self.knobs or {}),
        }

    def _fixed_knobs(self) -> dict[str, object]:
        """Knobs that the estimator sets by parameters of its own."""
        return {}

    def _seed(self) -> int:
        if isinstance(self.random_state, int | np.integer):
            return int(self.random_state)
        return int(check_random_state(self.random_state).randint(2**31))

    def _rows(self, X: Any) -> Array:  # noqa: ANN401, N803 - any array-like
        """New rows as an array. Raises scikit-learn's errors for those that are not as the training data were."""
        check_is_fitted(self)
        return np.asarray(validate_data(self, X, dtype="numeric", reset=False))

    def _images(self, rows: Array) -> Array:
        """Rows (N, D) as the autoencoder takes them."""
        if self.image_shape is None:
            return rows
        if prod(self.image_shape) != rows.shape[1]:
            raise UserError(f"image_shape={tuple(self.image_shape)}: rows have {rows.shape[1]} numbers")
        return rows.reshape(len(rows), *self.image_shape)

    def _outputs(self, images: Array) -> Array:
        """Outputs of the autoencoder as rows in the units of the training data: bytes are from 0 to 255 again."""
        rows = images.reshape(len(images), -1)
        return rows * rows.dtype.type(WHITE) if self.trained_.trained_on_bytes else rows

    def score(self, X: Any, y: Any = None) -> float:  # noqa: ANN401, N803 - any array-like
        """The negative mean squared error of reconstructed rows, of the numbers as they were scaled for training."""
        return -float(self._errors(X).mean())

    def _errors(self, X: Any) -> Array:  # noqa: ANN401, N803 - any array-like
        """The squared error of each row, mean over its scaled numbers."""
        rows = self._rows(X)
        return self.trained_.errors(self._images(rows))


def described(kind: Kind) -> Kind:
    """Adds the description of the common parameters to an estimator's own."""
    common = cleandoc(AutoencoderEstimator.__doc__ or "").partition("\n\n")[2]
    kind.__doc__ = f"{cleandoc(kind.__doc__ or '')}\n\n{common}"
    return kind
