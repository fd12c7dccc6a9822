"""The table of choices that do not work together, each pair with the reason."""

from functools import partial

from narrows.config import slots
from narrows.config.conditional_refusals import CONDITIONAL_REFUSALS
from narrows.config.dictionary_refusals import DICTIONARY_REFUSALS
from narrows.config.divergence_refusals import DIVERGENCE_REFUSALS
from narrows.config.evaluations import unmet_need, without_labels
from narrows.config.gate_refusals import GATE_REFUSALS
from narrows.config.latent_refusals import LATENT_REFUSALS
from narrows.config.likelihood_refusals import LIKELIHOOD_REFUSALS
from narrows.config.patch_refusals import PATCH_REFUSALS
from narrows.config.refusal import Choices, Refusal, mixes_images, weighs
from narrows.config.training_sections import OneCycle


def _of_mixed_images(term: str, config: Choices) -> bool:
    return mixes_images(config) and weighs(term, config)


def _one_image_alone(config: Choices) -> bool:
    """Whether a norm over images would get a single number per unit. In a convolution the pixels are more numbers."""
    return isinstance(config.model, slots.Mlp) and mixes_images(config) and _single_image_left(config)


def _single_image_left(config: Choices) -> bool:
    """Whether the last batch of an epoch holds one image."""
    return config.data.trained % config.data.batch_size == 1 % config.data.batch_size


def _too_many_active(config: Choices) -> bool:
    return isinstance(config.code, slots.Sparse | slots.TopK) and config.code.active > config.model.bottleneck


def _unbounded(config: Choices) -> bool:
    """Whether some numbers of the data may lie outside the range of the output, sigmoid or tanh."""
    return config.model.output != "linear" and config.data.scaled in ("standard", "none")


def _not_divided(config: Choices) -> bool:
    return isinstance(config.code, slots.VectorQuantised) and config.model.bottleneck % config.code.vectors > 0


ROUNDED = (slots.Quantised, slots.Codebook)

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
        "model.output={config.model.output} with numbers of {config.data.numbers}",
        "these numbers may lie outside [0, 1]; choose model.output=linear or, for data=arrays, data.scale=range, which "
        "scales to [0, 1]",
    ),
    Refusal(
        lambda config: (
            isinstance(config.model, slots.Conv | slots.ResidualConv) and config.data.entry.kind in ("table", "texts")
        ),
        "model.name={config.model.name} with {config.data.choice}",
        "neighbouring columns are not related, so a convolution has no meaning; choose model=mlp or model=linear",
    ),
    Refusal(
        lambda config: isinstance(config.corruption, slots.SaltPepper) and config.data.scaled in ("standard", "none"),
        "corruption.name=salt_pepper with numbers of {config.data.numbers}",
        "0 and 1 are not the smallest and largest of these numbers; corruption=gaussian and masking take any numbers",
    ),
    *PATCH_REFUSALS,
    *GATE_REFUSALS,
    *LIKELIHOOD_REFUSALS,
    *DIVERGENCE_REFUSALS,
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
    *CONDITIONAL_REFUSALS,
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
    *(
        Refusal(
            partial(_of_mixed_images, term),
            f"objective.weights.{term}={{config.objective.weights.{term}}} with model.norm=batch",
            "batch norm mixes a batch's images, so that no image has a Jacobian of its own; choose model.norm=layer",
        )
        for term in ("contractive", "decoder_gradient")
    ),
    Refusal(
        lambda config: config.objective.weights.contractive > 0 and isinstance(config.code, ROUNDED),
        "objective.weights.contractive={config.objective.weights.contractive} with code.name={config.code.name}",
        "a rounded code is piecewise constant, so its Jacobian is 0 already",
    ),
    Refusal(
        lambda config: config.objective.weights.commitment > 0 and not isinstance(config.code, slots.Codebook),
        "objective.weights.commitment={config.objective.weights.commitment} with code.name={config.code.name}",
        "the code has no codebook; code=vector_quantised and residual_quantised have",
    ),
    Refusal(
        _not_divided,
        "code.vectors={config.code.vectors} with model.bottleneck={config.model.bottleneck}",
        "the numbers of the code cannot be divided into so many vectors of equal size",
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
    Refusal(
        lambda config: isinstance(config.pretrain, slots.Layerwise) and config.data.binarise == "dynamic",
        "pretrain.name=layerwise with data.binarise=dynamic",
        "layerwise pretraining does not draw its images anew; data.binarise=fixed has one draw for all epochs",
    ),
    *LATENT_REFUSALS,
    *DICTIONARY_REFUSALS,
]


def refusal(config: Choices) -> str | None:
    """Why `config` does not work, as one line with keys and values; None for one that does."""
    for entry in REFUSALS:
        if entry.holds(config):
            return f"{entry.pair.format(config=config)}: {entry.why}"
    unmet = unmet_need(config.evaluation, config.data.traits)
    return unmet or (without_labels(config.evaluation) if slots.is_conditional(config.model) else None)
