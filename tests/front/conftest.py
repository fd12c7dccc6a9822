"""Real digits as arrays, and one autoencoder trained on them."""

import numpy as np
import pytest

import narrows
from narrows.data.sources import Dataset
from narrows.trained.trained_autoencoder import TrainedAutoencoder
from support.few import FEW


@pytest.fixture(scope="session")
def images(digits: Dataset) -> np.ndarray:
    """Bytes (100, 28, 28)."""
    return digits.test.pixels[:100, 0].numpy()


@pytest.fixture(scope="session")
def labels(digits: Dataset) -> np.ndarray:
    return digits.test.labels[:100].numpy()


@pytest.fixture(scope="session")
def of_digits(images: np.ndarray) -> TrainedAutoencoder:
    return narrows.fit(images, bottleneck=3, **FEW)
