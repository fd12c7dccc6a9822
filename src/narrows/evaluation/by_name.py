"""Looks up the function of an evaluation by its name."""

import importlib
from collections.abc import Callable

from narrows.config.evaluations import EVALUATIONS
from narrows.data.sources import Images
from narrows.models.autoencoder import Autoencoder

#: An evaluation is a pure function of the autoencoder, in evaluation mode, the images it was trained on and the test
#: images, all on one device. It returns values by quantity; a record holds them as test/<quantity>, so no two
#: evaluations share a quantity's name.
Evaluation = Callable[[Autoencoder, Images, Images], dict[str, float]]


def evaluation(name: str) -> Evaluation:
    """The function of the evaluation `name`, called like its module. Raises KeyError for an unknown name."""
    module = EVALUATIONS[name].module or name
    function: Evaluation = getattr(importlib.import_module(f"narrows.evaluation.{module}"), module)
    return function
