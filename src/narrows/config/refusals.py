"""The table of choices that do not work together, each pair with the reason."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from narrows.config import slots
from narrows.config.data_section import Data
from narrows.config.evaluations import unmet_need
from narrows.config.training_sections import OneCycle, Optimizer, Schedule, Trainer
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
    def corruption(self) -> slots.Corruption: ...

    @property
    def objective(self) -> slots.Objective: ...

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


def _cross_entropy_without_sigmoid(config: Choices) -> bool:
    return config.objective.name == "bce" and config.model.output != "sigmoid"


def _jacobian_of_mixed_images(config: Choices) -> bool:
    return config.objective.weights.contractive > 0 and NORMS[getattr(config.model, "norm", "none")].mixes_images


def _one_image_alone(config: Choices) -> bool:
    """Whether a norm over images would get a single number per unit. In a convolution the pixels are more numbers."""
    mixing = isinstance(config.model, slots.Mlp) and NORMS[config.model.norm].mixes_images
    return mixing and _single_image_left(config)


def _single_image_left(config: Choices) -> bool:
    """Whether the last batch of an epoch holds one image."""
    return config.data.trained % config.data.batch_size == 1 % config.data.batch_size


def _too_many_active(config: Choices) -> bool:
    return isinstance(config.code, slots.Sparse) and config.code.active > config.model.bottleneck


def _unbounded(config: Choices) -> bool:
    """Whether some numbers of the data may lie outside the range of the output, sigmoid or tanh."""
    return config.model.output != "linear" and config.data.scaled in ("standard", "none")


REFUSALS = [
    Refusal(
        lambda config: config.optimizer.clip is not None and config.trainer.precision == "16-mixed",
        "optimizer.clip={config.optimizer.clip} with trainer.precision=16-mixed",
        "the gradients of this precision are scaled by a factor that changes; bf16-mixed scales none",
    ),
    Refusal(
        lambda config: isinstance(config.schedule, OneCycle) and getattr(config.optimizer, "beta1", 0.9) != 0.9,
        "optimizer.beta1={config.optimizer.beta1} with schedule.name=one_cycle",
        "this schedule sets beta1 in each step; the others leave it as it is",
    ),
    Refusal(
        lambda config: getattr(config.schedule, "warmup", 0) > config.trainer.max_epochs,
        "schedule.warmup={config.schedule.warmup} with trainer.max_epochs={config.trainer.max_epochs}",
        "the learning rate would never be reached",
    ),
    Refusal(
        lambda config: config.data.scaled == "pixels" and not config.data.entry.bytes,
        "data.scale=pixels with data.path={config.data.title}",
        "the file holds floats and pixels are bytes from 0 to 255; data.scale=standard and range take any numbers",
    ),
    Refusal(
        _unbounded,
        "model.output={config.model.output} with numbers of data.scale={config.data.scaled}",
        "these numbers may lie outside [0, 1]; choose model.output=linear, or data.scale=range, which scales to [0, 1]",
    ),
    Refusal(
        lambda config: isinstance(config.model, slots.Conv) and config.data.entry.kind in ("table", "texts"),
        "model.name=conv with data.path={config.data.title}",
        "neighbouring columns are not related, so a convolution has no meaning; choose model=mlp or model=linear",
    ),
    Refusal(
        lambda config: isinstance(config.corruption, slots.SaltPepper) and config.data.scaled in ("standard", "none"),
        "corruption.name=salt_pepper with numbers of data.scale={config.data.scaled}",
        "0 and 1 are not the smallest and largest of these numbers; corruption=gaussian and masking take any numbers",
    ),
    Refusal(
        _cross_entropy_without_sigmoid,
        "objective.name=bce with model.output={config.model.output}",
        "cross-entropy compares probabilities, which model.output=sigmoid gives",
    ),
    Refusal(
        lambda config: config.objective.weights.kl > 0 and not isinstance(config.code, slots.Variational),
        "objective.weights.kl={config.objective.weights.kl} with code.name={config.code.name}",
        "this code is not a distribution, so it has no divergence from the prior; code=variational has",
    ),
    Refusal(
        lambda config: config.objective.kl_warmup > 0 and config.objective.weights.kl == 0,
        "objective.kl_warmup={config.objective.kl_warmup} with objective.weights.kl=0",
        "there is no weight to warm up",
    ),
    Refusal(
        lambda config: config.model.tied and isinstance(config.code, slots.Variational),
        "model.tied=true with code.name=variational",
        "the encoder's last layer has two outputs for each input of the decoder, so it cannot be transposed",
    ),
    Refusal(
        lambda config: config.model.tied and isinstance(config.model, slots.Conv) and config.model.up == "resize",
        "model.tied=true with model.up=resize",
        "only model.up=transposed is the transpose of a strided convolution",
    ),
    Refusal(
        _jacobian_of_mixed_images,
        "objective.weights.contractive={config.objective.weights.contractive} with model.norm=batch",
        "batch norm mixes the images of a batch, so that no image has a Jacobian of its own; choose model.norm=layer",
    ),
    Refusal(
        lambda config: config.objective.weights.contractive > 0 and isinstance(config.code, slots.Quantised),
        "objective.weights.contractive={config.objective.weights.contractive} with code.name=quantised",
        "a rounded code is piecewise constant, so its Jacobian is 0 already",
    ),
    Refusal(
        _one_image_alone,
        "model.norm=batch with data.batch_size={config.data.batch_size}",
        "the last batch of an epoch would be one image, which has no variance; choose another batch size",
    ),
    Refusal(
        lambda config: config.objective.weights.mmd > 0 and _single_image_left(config),
        "objective.weights.mmd={config.objective.weights.mmd} with data.batch_size={config.data.batch_size}",
        "the last batch of an epoch would be one image, too few for a discrepancy; choose another batch size",
    ),
    Refusal(
        _too_many_active,
        "code.active={config.code.active} with model.bottleneck={config.model.bottleneck}",
        "the code has fewer numbers than that",
    ),
    Refusal(
        lambda config: config.trainer.patience is not None and config.data.held_out == 0,
        "trainer.patience={config.trainer.patience} with data.val_size=0",
        "early stopping needs validation images, and none are held out",
    ),
    Refusal(
        lambda config: isinstance(config.pretrain, slots.Layerwise) and isinstance(config.code, slots.Variational),
        "pretrain.name=layerwise with code.name=variational",
        "layerwise pretraining minimises the squared error alone, which leaves a code without variance",
    ),
]


def refusal(config: Choices) -> str | None:
    """Why `config` does not work, as one line with keys and values; None for one that does."""
    for entry in REFUSALS:
        if entry.holds(config):
            return f"{entry.pair.format(config=config)}: {entry.why}"
    return unmet_need(config.evaluation, config.data.traits)
