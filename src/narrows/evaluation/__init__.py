"""The evaluations of trained autoencoders, a module for each; `config.evaluations` lists them."""

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from narrows.config.evaluations import EVALUATIONS

if TYPE_CHECKING:
    from narrows.data.sources import Images
    from narrows.models.autoencoder import Autoencoder

    Evaluation = Callable[[Autoencoder, Images, Images], dict[str, float]]


def evaluation(name: str) -> "Evaluation":
    """The function of the evaluation called `name`; raises KeyError for a name that is not in the table.

    It is a pure function of the autoencoder in evaluation mode, the images it was trained on and the test images, all
    on one device. It returns a value for each quantity; a record holds it as test/<quantity>, so that quantities of
    different evaluations have different names.
    """
    assert EVALUATIONS[name]
    function: Evaluation = getattr(importlib.import_module(f"narrows.evaluation.{name}"), name)
    return function
