"""What the tables of choices that do not work together are made of."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from narrows.config import latent_sections, slots
from narrows.config.bound_sections import Bound
from narrows.config.data_section import Data
from narrows.config.objective_section import Objective
from narrows.config.training_sections import Optimizer, Schedule, Trainer
from narrows.models.norms import NORMS


class Choices(Protocol):
    """The sections of a config that are compared here."""

    @property
    def data(self) -> Data: ...

    @property
    def model(self) -> slots.Model: ...

    @property
    def code(self) -> slots.Code: ...

    @property
    def posterior(self) -> latent_sections.Posterior: ...

    @property
    def prior(self) -> latent_sections.Prior: ...

    @property
    def bound(self) -> Bound: ...

    @property
    def corruption(self) -> slots.Corruption: ...

    @property
    def objective(self) -> Objective: ...

    @property
    def pretrain(self) -> slots.Pretrain: ...

    @property
    def optimizer(self) -> Optimizer: ...

    @property
    def schedule(self) -> Schedule: ...

    @property
    def trainer(self) -> Trainer: ...

    @property
    def evaluation(self) -> list[str]: ...


class Refusal(NamedTuple):
    """A pair of choices: `holds` is true for configs with both, `pair` is a format string of their keys and values."""

    holds: Callable[[Choices], bool]
    pair: str
    why: str


def weighs(term: str, config: Choices) -> bool:
    """Whether this term of the objective has a weight."""
    return bool(getattr(config.objective.weights, term) > 0)


def mixes_images(config: Choices) -> bool:
    """Whether the norm of encoder and decoder mixes the images of a batch."""
    return NORMS[getattr(config.model, "norm", "none")].mixes_images
