"""Choices that do not work with hidden patches, conditional autoencoders and residual convolutions."""

from functools import partial
from math import ceil

from narrows.config import slots
from narrows.config.latent_sections import VampPrior
from narrows.config.refusal import Choices, Refusal

#: Objectives whose error is one of each pixel, which hidden pixels alone can be averaged over.
OF_PIXELS = ("mse", "bce", "l1")

#: Labels of a conditional autoencoder are kept as bytes.
MOST_CLASSES = 255


#: Terms of the objective that decode other codes than the image's own, without a label.
DECODING = ("decoder_gradient", "gate_error", "aux_k", "matryoshka")


def _decodes_without_labels(term: str, config: Choices) -> bool:
    return slots.is_conditional(config.model) and getattr(config.objective.weights, term) > 0


def _hides_nothing(config: Choices) -> bool:
    """Whether the share of hidden patches is less than half a patch of an image."""
    if not isinstance(config.corruption, slots.Patches):
        return False
    height, width = config.data.entry.shape[1:]
    patches = ceil(height / config.corruption.size) * ceil(width / config.corruption.size)
    return config.corruption.level * patches < 0.5


IMAGE_REFUSALS = [
    Refusal(
        lambda config: isinstance(config.corruption, slots.Patches) and config.data.scaled in ("standard", "none"),
        "corruption.name=patches with numbers of data.scale={config.data.scaled}",
        "hidden pixels are set to -1, which some of these numbers may be; corruption=masking takes any numbers",
    ),
    Refusal(
        lambda config: isinstance(config.corruption, slots.Patches) and config.data.entry.kind in ("table", "texts"),
        "corruption.name=patches with data.path={config.data.title}",
        "neighbouring columns are not related, so patches have no meaning; choose corruption=masking",
    ),
    Refusal(
        lambda config: isinstance(config.corruption, slots.Patches) and isinstance(config.pretrain, slots.Layerwise),
        "corruption.name=patches with pretrain.name=layerwise",
        "layers are pretrained on corrupted hidden numbers, which have no patches; choose corruption=masking",
    ),
    Refusal(
        lambda config: config.objective.pixels == "hidden" and not isinstance(config.corruption, slots.Patches),
        "objective.pixels=hidden with corruption.name={config.corruption.name}",
        "only corruption=patches hides pixels",
    ),
    Refusal(
        lambda config: config.objective.pixels == "hidden" and _hides_nothing(config),
        "objective.pixels=hidden with corruption.level={config.corruption.level}",
        "that is less than half a patch of an image, so that none is hidden",
    ),
    Refusal(
        lambda config: config.objective.pixels == "hidden" and config.trainer.monitor == "clean_loss",
        "objective.pixels=hidden with trainer.monitor=clean_loss",
        "clean validation images have no hidden pixels, so that their loss is always 0; choose trainer.monitor=loss",
    ),
    Refusal(
        lambda config: config.objective.pixels == "hidden" and config.objective.name not in OF_PIXELS,
        "objective.pixels=hidden with objective.name={config.objective.name}",
        f"this likelihood is one of all pixels; choose from {', '.join(OF_PIXELS)}",
    ),
    Refusal(
        lambda config: slots.is_conditional(config.model) and not config.data.entry.classes,
        "model.conditional=true with data.path={config.data.title}",
        "these data have no labels; data.label=NAME is the column that holds them",
    ),
    Refusal(
        lambda config: slots.is_conditional(config.model) and len(config.data.entry.classes) > MOST_CLASSES,
        "model.conditional=true with data.path={config.data.title}",
        f"these data have more than {MOST_CLASSES} classes, and labels are kept as bytes",
    ),
    Refusal(
        lambda config: slots.is_conditional(config.model) and config.model.tied,
        "model.conditional=true with model.tied=true",
        "the encoder takes images and labels, and the decoder gives images only, so it cannot be transposed",
    ),
    Refusal(
        lambda config: slots.is_conditional(config.model) and isinstance(config.pretrain, slots.Layerwise),
        "model.conditional=true with pretrain.name=layerwise",
        "pairs of layers reconstruct their whole input, of which the labels are not to be reconstructed",
    ),
    Refusal(
        lambda config: config.model.tied and isinstance(config.model, slots.ResidualConv),
        "model.tied=true with model.name=residual_conv",
        "the transpose of a residual block and of pooling is not what its decoder computes; model=conv can be tied",
    ),
    Refusal(
        lambda config: isinstance(config.pretrain, slots.Layerwise) and isinstance(config.model, slots.ResidualConv),
        "pretrain.name=layerwise with model.name=residual_conv",
        "residual blocks are no pairs of layers of encoder and decoder; choose model=mlp or model=conv",
    ),
    Refusal(
        lambda config: slots.is_conditional(config.model) and isinstance(config.prior, VampPrior),
        "model.conditional=true with prior.name=vamp",
        "pseudo-inputs have no labels, which the encoder takes; prior=mixture and prior=flow need no encoder",
    ),
    *(
        Refusal(
            partial(_decodes_without_labels, term),
            f"model.conditional=true with objective.weights.{term}={{config.objective.weights.{term}}}",
            "this term decodes codes without the labels that the decoder takes",
        )
        for term in DECODING
    ),
    Refusal(
        lambda config: slots.is_conditional(config.model) and config.data.binarise == "dynamic",
        "model.conditional=true with data.binarise=dynamic",
        "the label behind an image would be drawn anew as its pixels are; choose data.binarise=fixed",
    ),
]
