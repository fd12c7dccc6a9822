"""Choices about hidden patches and the error of hidden pixels that do not work together."""

from math import ceil

from narrows.config import slots
from narrows.config.refusal import Choices, Refusal


def _hides_nothing(config: Choices) -> bool:
    """Whether the share of hidden patches is less than half a patch of an image."""
    if not isinstance(config.corruption, slots.Patches):
        return False
    height, width = config.data.entry.shape[1:]
    patches = ceil(height / config.corruption.size) * ceil(width / config.corruption.size)
    return config.corruption.level * patches < 0.5


PATCH_REFUSALS = [
    Refusal(
        lambda config: isinstance(config.corruption, slots.Patches) and config.data.scaled in ("standard", "none"),
        "corruption.name=patches with numbers of {config.data.numbers}",
        "hidden pixels are set to -1, which some of these numbers may be; corruption=masking takes any numbers",
    ),
    Refusal(
        lambda config: isinstance(config.corruption, slots.Patches) and config.data.entry.kind in ("table", "texts"),
        "corruption.name=patches with {config.data.choice}",
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
        lambda config: config.objective.pixels == "hidden" and config.objective.name not in ("mse", "bce", "l1"),
        "objective.pixels=hidden with objective.name={config.objective.name}",
        "the error of single pixels is that of objective=mse, bce and l1",
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
]
