"""Looks up the function of an evaluation by its name."""

import importlib
from collections.abc import Callable
from functools import wraps

from narrows.config.evaluations import EVALUATIONS
from narrows.data.splits import Splits
from narrows.models.autoencoder import Autoencoder

#: An evaluation is a pure function of the autoencoder, in evaluation mode, and the images of its run, on one device. It
#: returns values by quantity, and is also given the name of the reconstruction error, which bounds on the likelihood
#: depend on; a record holds them as test/<quantity>, so no two evaluations share a quantity's name.
Evaluation = Callable[..., dict[str, float]]


def evaluation(name: str) -> Evaluation:
    """The evaluation `name`. Raises KeyError for an unknown name.

    Its function is called like its module, and takes the autoencoder, training images, test images and, if its row in
    the table says so, validation images or the name of the reconstruction error.
    """
    row = EVALUATIONS[name]
    module = row.module or name
    function = getattr(importlib.import_module(f"narrows.evaluation.{module}"), module.rpartition(".")[2])

    @wraps(function)
    def evaluated(autoencoder: Autoencoder, splits: Splits, objective: str = "") -> dict[str, float]:
        further = [splits.val] if row.validates else [objective] if row.of_bound else []
        metrics: dict[str, float] = function(autoencoder, splits.train, splits.test, *further)
        return metrics

    return evaluated
