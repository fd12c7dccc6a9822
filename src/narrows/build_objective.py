"""Builds the loss of a run from the sections of its config: objective, bound, and the corruption of the inputs."""

from dataclasses import replace
from typing import assert_never

from narrows.build import Shape, build_code
from narrows.config import bound_sections as sections
from narrows.config import objective_section, slots
from narrows.config.schema import Config
from narrows.models.conditional import OfImages
from narrows.models.corruptions import Clean, Gaussian, Masking, Patches, SaltPepper
from narrows.models.traits import Corruption
from narrows.objective import bounds
from narrows.objective.held_out import HeldOut, draws
from narrows.objective.hidden_pixels import of_hidden_pixels
from narrows.objective.objective import OBJECTIVES, Error, Objective


def build_corruption(corruption: slots.Corruption, labelled: Shape | None = None) -> Corruption:
    """The module of the corruption slot; for labelled images if `labelled` is the shape (C, H, W) of their images."""
    return OfImages(_corruption(corruption), labelled) if labelled else _corruption(corruption)


def _corruption(corruption: slots.Corruption) -> Corruption:
    match corruption:
        case slots.Clean():
            return Clean()
        case slots.Masking():
            return Masking(corruption.level)
        case slots.Gaussian():
            return Gaussian(corruption.level)
        case slots.SaltPepper():
            return SaltPepper(corruption.level)
        case slots.Patches():
            return Patches(corruption.level, corruption.size)
        case _:
            assert_never(corruption)


def build_objective(objective: objective_section.Objective, bound: sections.Bound = sections.ELBO) -> Objective:
    """The loss of each image, without the terms whose weight is 0."""
    weights = {name: weight for name, weight in objective.weights.model_dump().items() if weight}
    settings = {name: section for name, section in objective.model_dump().items() if name in weights}
    error = OBJECTIVES[objective.name] if objective.pixels == "all" else Error(of_hidden_pixels(objective.name))
    summed = objective.reduction == "sum"
    return Objective(error, weights, objective.kl_warmup, settings, build_bound(bound), summed)


def build_bound(bound: sections.Bound) -> bounds.Bound:
    """The bound that is maximised."""
    of_samples = replace(bounds.BOUNDS[bound.name], samples=bound.samples, doubly=bound.gradient == "doubly")
    match bound:
        case sections.Elbo() | sections.Iwae():
            return of_samples
        case sections.Miwae() | sections.Piwae():
            return replace(of_samples, groups=bound.groups)
        case sections.Ciwae():
            return replace(of_samples, mixing=bound.mixing)
        case _:
            assert_never(bound)


def build_held_out(config: Config) -> HeldOut:
    """The loss of images that are not trained on, which `trainer.monitor` names."""
    labelled = config.data.entry.shape if slots.is_conditional(config.model) else None
    corruption = build_corruption(config.corruption, labelled)
    code = build_code(config.code, config.model.bottleneck)
    noisy = config.trainer.monitor == "loss" and draws(corruption, code)
    return HeldOut(build_objective(config.objective, config.bound), corruption, noisy)
