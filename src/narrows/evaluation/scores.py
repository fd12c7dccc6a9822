"""The metrics of an autoencoder in memory on the test images, as a run records them."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from types import MappingProxyType

import torch
from threadpoolctl import threadpool_limits
from torch import Tensor

from narrows.build_objective import build_corruption
from narrows.config import slots
from narrows.data.splits import Splits
from narrows.evaluation.by_name import evaluation
from narrows.evaluation.support.code_usage import code_usage
from narrows.evaluation.support.elbo import elbo
from narrows.evaluation.support.reconstruction_errors import mean_errors, squared_errors
from narrows.models.autoencoder import Autoencoder
from narrows.seeds import generator

RECONSTRUCTION = "reconstruction"  # the evaluation whose metrics follow from the errors of the test images
EMPTY: Mapping[str, dict[str, float]] = MappingProxyType({})


def scores(
    names: Sequence[str],
    autoencoder: Autoencoder,
    corruption: slots.Corruption,
    objective: str,
    splits: Splits,
    errors: Tensor | None = None,
) -> dict[str, float]:
    """All metrics of the test images, named test/<quantity> as in a record. Called once for each run, after training.

    The metrics of the evaluations `names`, where `errors` are the squared errors of the test images if they have been
    computed already; with a corruption also `corrupted_mse`; for a code with a prior also those of `elbo` with the
    reconstruction error `objective`, for a code of symbols those of `code_usage`.
    """
    target = autoencoder.target(splits.test.pixels)
    known = {} if errors is None else {RECONSTRUCTION: mean_errors(errors, target)}
    metrics = metrics_of(names, autoencoder, splits, objective, known)
    if build_corruption(corruption).changes:
        metrics["test/corrupted_mse"] = corrupted_mse(autoencoder, corruption, splits.test.pixels)
    if autoencoder.code.has_prior:
        metrics |= _named(elbo(autoencoder, objective, splits.test.pixels))
    if autoencoder.code.alphabet:
        metrics |= _named(code_usage(autoencoder, splits.test.pixels))
    return metrics


def metrics_of(
    names: Sequence[str],
    autoencoder: Autoencoder,
    splits: Splits,
    objective: str,
    known: Mapping[str, dict[str, float]] = EMPTY,
) -> dict[str, float]:
    """The metrics of these evaluations, which do not depend on one another; `known` holds those of some of them.

    NumPy, SciPy and scikit-learn use as many threads as torch, since the last digits depend on their number.
    """
    functions = {name: evaluation(name) for name in names}  # imports the libraries before their threads are limited
    metrics: dict[str, float] = {}
    computes = set(names) - set(known)  # else there is nothing to limit, which takes 6 ms for each run of a fleet
    with threadpool_limits(torch.get_num_threads()) if computes else nullcontext():
        for name, function in functions.items():
            computed = known[name] if name in known else function(autoencoder.eval(), splits, objective)
            metrics |= _named(computed)
    return metrics


def _named(quantities: dict[str, float]) -> dict[str, float]:
    """Quantities of the test images under their names in a record."""
    return {f"test/{name}": value for name, value in quantities.items()}


def corrupted_mse(autoencoder: Autoencoder, corruption: slots.Corruption, pixels: Tensor) -> float:
    """Mean squared error per pixel in [0, 1] between clean uint8 images (N, C, H, W) and reconstructions of noisy ones.

    The noise is the same for every autoencoder and run.
    """
    noise = generator(0, "corrupted", device=pixels.device)
    corrupt = build_corruption(corruption, autoencoder.shape if autoencoder.conditional else None)
    return squared_errors(autoencoder.eval(), pixels, lambda images: corrupt(images, noise)).mean().item()
