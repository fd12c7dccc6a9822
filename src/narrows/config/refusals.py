"""Pairs of choices that do not work together: each with the sentence that says why. The one table of them."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from narrows.config import slots
from narrows.config.catalogue import OWN
from narrows.models.norms import NORMS

if TYPE_CHECKING:
    from narrows.config.schema import Config


class Refusal(NamedTuple):
    """Whether a config holds the pair, the pair as keys with {config…} for values, and why it is refused."""

    holds: "Callable[[Config], bool]"
    pair: str
    why: str


def _squashed(config: "Config") -> bool:
    return config.objective.name == "bce" and config.model.output != "sigmoid"


def _mixing(config: "Config") -> bool:
    return config.objective.weights.contractive > 0 and NORMS[getattr(config.model, "norm", "none")].mixes_images


def _one_image_alone(config: "Config") -> bool:
    mixing = isinstance(config.model, slots.Mlp) and NORMS[config.model.norm].mixes_images  # of a map, pixels suffice
    return mixing and _single_image_left(config)


def _single_image_left(config: "Config") -> bool:
    """Whether the last batch of an epoch holds one image."""
    return config.data.trained % config.data.batch_size == 1 % config.data.batch_size


def _too_many_active(config: "Config") -> bool:
    return isinstance(config.code, slots.Sparse) and config.code.active > config.model.bottleneck


def _unbounded(config: "Config") -> bool:
    """Numbers that a sigmoid or tanh could not give; those that are taken as they are may be anything."""
    return config.model.output != "linear" and config.data.scaled in ("standard", "none")


#: Evaluations that need labels, and those of pixels: noise, formats and digits mean nothing to other numbers.
LABELLED = {"probe", "neighbours", "clusters", "few_labels", "generation"}
PICTURED = {"denoising", "compression", "generation"}


def _nothing_unseen(config: "Config") -> bool:
    trained = config.data.classes or config.data.entry.classes
    return "anomaly" in config.evaluation and len(trained) == len(config.data.entry.classes)


REFUSALS = [
    Refusal(
        lambda config: config.data.scaled == "pixels" and not config.data.entry.bytes,
        "data.scale=pixels with data.path={config.data.title}",
        "it holds floats; pixels are bytes from 0 to 255, and data.scale=standard or range takes any number",
    ),
    Refusal(
        _unbounded,
        "model.output={config.model.output} with numbers of data.scale={config.data.scaled}",
        "they are not held to [0, 1]; model.output=linear gives any number, data.scale=range or pixels makes [0, 1]",
    ),
    Refusal(
        lambda config: isinstance(config.model, slots.Conv) and config.data.entry.kind in ("table", "texts"),
        "model.name=conv with data.path={config.data.title}",
        "its columns have no neighbours to convolve; model=mlp and model=linear take vectors",
    ),
    Refusal(
        lambda config: isinstance(config.corruption, slots.SaltPepper) and config.data.scaled in ("standard", "none"),
        "corruption.name=salt_pepper with numbers of data.scale={config.data.scaled}",
        "0 and 1 are not their least and greatest; corruption=gaussian and masking go with any numbers",
    ),
    Refusal(
        _squashed,
        "objective.name=bce with model.output={config.model.output}",
        "cross-entropy compares probabilities; model.output=sigmoid makes them",
    ),
    Refusal(
        lambda config: config.objective.weights.kl > 0 and not isinstance(config.code, slots.Variational),
        "objective.weights.kl={config.objective.weights.kl} with code.name={config.code.name}",
        "this code has no distribution to diverge from the prior; code=variational has",
    ),
    Refusal(
        lambda config: config.objective.kl_warmup > 0 and config.objective.weights.kl == 0,
        "objective.kl_warmup={config.objective.kl_warmup} with objective.weights.kl=0",
        "there is no weight to warm up",
    ),
    Refusal(
        lambda config: config.model.tied and isinstance(config.code, slots.Variational),
        "model.tied=true with code.name=variational",
        "the encoder gives a mean and a variance for each number that the decoder takes: no transpose of one another",
    ),
    Refusal(
        lambda config: config.model.tied and isinstance(config.model, slots.Conv) and config.model.up == "resize",
        "model.tied=true with model.up=resize",
        "only model.up=transposed is the transpose of a strided convolution",
    ),
    Refusal(
        _mixing,
        "objective.weights.contractive={config.objective.weights.contractive} with model.norm=batch",
        "BatchNorm mixes the images of a batch, so that an image has no Jacobian of its own; model.norm=layer would do",
    ),
    Refusal(
        lambda config: config.objective.weights.contractive > 0 and isinstance(config.code, slots.Quantised),
        "objective.weights.contractive={config.objective.weights.contractive} with code.name=quantised",
        "a rounded code is constant between its steps: its Jacobian is 0 already",
    ),
    Refusal(
        _one_image_alone,
        "model.norm=batch with data.batch_size={config.data.batch_size}",
        "an epoch's last batch would be one image, which has no variance; another batch size leaves none alone",
    ),
    Refusal(
        lambda config: config.objective.weights.mmd > 0 and _single_image_left(config),
        "objective.weights.mmd={config.objective.weights.mmd} with data.batch_size={config.data.batch_size}",
        "an epoch's last batch would be one image, which no distribution can be told from; another batch size would do",
    ),
    Refusal(
        _too_many_active,
        "code.active={config.code.active} with model.bottleneck={config.model.bottleneck}",
        "there are not so many numbers in the code",
    ),
    Refusal(
        lambda config: config.trainer.patience is not None and config.data.held_out == 0,
        "trainer.patience={config.trainer.patience} with data.val_size=0",
        "nothing is held out that training could stop by",
    ),
    Refusal(
        lambda config: isinstance(config.pretrain, slots.Layerwise) and isinstance(config.code, slots.Variational),
        "pretrain.name=layerwise with code.name=variational",
        "greedy pairs are trained to reconstruct and know no prior, which leaves a code without variance",
    ),
    Refusal(
        lambda config: not config.data.entry.classes and not LABELLED.isdisjoint(config.evaluation),
        "evaluation={config.evaluation} with data.path={config.data.title}",
        f"there are no labels for {', '.join(sorted(LABELLED))}",
    ),
    Refusal(
        lambda config: config.data.scaled != "pixels" and not PICTURED.isdisjoint(config.evaluation),
        "evaluation={config.evaluation} with numbers of data.scale={config.data.scaled}",
        f"{', '.join(sorted(PICTURED))} are for pixels",
    ),
    Refusal(
        lambda config: config.data.name == OWN and "foreign" in config.evaluation,
        "evaluation={config.evaluation} with data.path={config.data.title}",
        "foreign compares digits with clothes; data=mnist and data=fashion_mnist are those",
    ),
    Refusal(
        _nothing_unseen,
        "evaluation=[anomaly] with data.classes={config.data.classes}",
        "every class is trained on, and none is left to be found; data.classes=[0] leaves nine",
    ),
]


def refusal(config: "Config") -> str | None:
    """Why `config` does not work, as one line with keys and values; None for one that does."""
    for found in REFUSALS:
        if found.holds(config):
            return f"{found.pair.format(config=config)}: {found.why}"
    return None
