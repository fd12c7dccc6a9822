"""Digits of other classes as anomalies."""

import pytest

from narrows.errors import UserError
from narrows.evaluation.anomaly import anomaly
from support.configs import configure
from support.linear import pca_autoencoder


def test_pca_as_an_autoencoder_ranks_as_pca_does(splits):
    train = splits.train[splits.train.labels == 1]
    metrics = anomaly(pca_autoencoder(train.pixels, 8), train, splits.test, splits.val[splits.val.labels == 1])
    assert metrics["anomaly_auroc"] == pytest.approx(metrics["anomaly_auroc_pca"], abs=1e-4)
    assert metrics["anomaly_ap"] == pytest.approx(metrics["anomaly_ap_pca"], abs=1e-4)
    assert metrics["anomaly_auroc"] > 0.95  # ones are the easiest digit
    assert metrics["anomaly_share"] == pytest.approx(0.9)


def test_training_images_of_all_classes_are_refused(splits):
    with pytest.raises(UserError, match=r"evaluation=anomaly: the training images have all classes of the test images"):
        anomaly(pca_autoencoder(splits.train.pixels, 2), splits.train, splits.test, splits.val)
    with pytest.raises(UserError, match=r"evaluation=anomaly: the training images have all classes of the test images"):
        configure("evaluation=[reconstruction,anomaly]")
    assert configure("evaluation=[reconstruction,anomaly]", "data.classes=[3]", "data.val_size=500")
