"""From the name of an evaluation to its function."""

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
    """The evaluation called `name`: the function named like its module. Raises KeyError for a name not in the table."""
    module = EVALUATIONS[name].module or name
    function: Evaluation = getattr(importlib.import_module(f"narrows.evaluation.{module}"), module)
    return function
