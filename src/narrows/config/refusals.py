"""The table of choices that do not work together, each pair with the reason."""

from functools import partial
from math import ceil

from narrows.config import slots
from narrows.config.dictionary_refusals import DICTIONARY_REFUSALS
from narrows.config.evaluations import unmet_need, without_labels
from narrows.config.latent_refusals import LATENT_REFUSALS
from narrows.config.latent_sections import ELBO, GaussianPosterior, VampPrior
from narrows.config.refusal import Choices, Refusal, mixes_images, weighs
from narrows.config.training_sections import OneCycle

#: Labels of a conditional autoencoder are kept as bytes.
MOST_CLASSES = 255


def _without_logits(config: Choices) -> bool:
    return config.objective.name in ("bce", "continuous_bernoulli") and config.model.output != "sigmoid"


def _is_mixture(config: Choices) -> bool:
    return config.objective.name == "logistic_mixture"


def _of_mixed_images(term: str, config: Choices) -> bool:
    return mixes_images(config) and weighs(term, config)


#: Terms that compare the Gaussians of a batch's codes.
BATCH_TERMS = ("total_correlation", "dip_i", "dip_ii")


def _without_gaussian(term: str, config: Choices) -> bool:
    return not isinstance(config.code, slots.Variational) and weighs(term, config)


def _of_other_posterior(term: str, config: Choices) -> bool:
    return not isinstance(config.posterior, GaussianPosterior) and weighs(term, config)


def _of_other_bound(term: str, config: Choices) -> bool:
    return config.bound != ELBO and weighs(term, config)


def _of_codes_alone(term: str, config: Choices) -> bool:
    return slots.is_conditional(config.model) and weighs(term, config)


def _one_image_alone(config: Choices) -> bool:
    """Whether a norm over images would get a single number per unit. In a convolution the pixels are more numbers."""
    return isinstance(config.model, slots.Mlp) and mixes_images(config) and _single_image_left(config)


def _single_image_left(config: Choices) -> bool:
    """Whether the last batch of an epoch holds one image."""
    return config.data.trained % config.data.batch_size == 1 % config.data.batch_size


def _too_many_active(config: Choices) -> bool:
    return isinstance(config.code, slots.Sparse | slots.TopK) and config.code.active > config.model.bottleneck


def _hides_nothing(config: Choices) -> bool:
    """Whether the share of hidden patches is less than half a patch of an image."""
    if not isinstance(config.corruption, slots.Patches):
        return False
    height, width = config.data.entry.shape[1:]
    patches = ceil(height / config.corruption.size) * ceil(width / config.corruption.size)
    return config.corruption.level * patches < 0.5


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
        "these numbers may lie outside [0, 1]; choose model.output=linear, or data.scale=range, which scales to [0, 1]",
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
    Refusal(
        _without_logits,
        "objective.name={config.objective.name} with model.output={config.model.output}",
        "its outputs are logits of probabilities, for which model.output=sigmoid stands",
    ),
    Refusal(
        lambda config: config.data.binarise != "none" and config.objective.name in ("gaussian", "continuous_bernoulli"),
        "objective.name={config.objective.name} with data.binarise={config.data.binarise}",
        "it is a density of grey pixels, which has no upper bound where all are 0 or 1; choose objective=bce",
    ),
    Refusal(
        lambda config: _is_mixture(config) and config.model.output != "linear",
        "objective.name=logistic_mixture with model.output={config.model.output}",
        "its outputs are weights, means and scales and no pixels, for which model.output=linear stands",
    ),
    Refusal(
        lambda config: _is_mixture(config) and config.data.scaled != "pixels",
        "objective.name=logistic_mixture with numbers of {config.data.numbers}",
        "it is a distribution of the 256 values of a byte; objective=gaussian takes any numbers",
    ),
    Refusal(
        lambda config: _is_mixture(config) and config.model.tied,
        "objective.name=logistic_mixture with model.tied=true",
        "the decoder has several outputs for each input of the encoder, so its last layer is no transpose",
    ),
    Refusal(
        lambda config: _is_mixture(config) and isinstance(config.pretrain, slots.Layerwise),
        "objective.name=logistic_mixture with pretrain.name=layerwise",
        "layerwise pretraining minimises the squared error alone, which does not train weights and scales",
    ),
    Refusal(
        lambda config: config.objective.weights.kl > 0 and not isinstance(config.code, slots.Variational),
        "objective.weights.kl={config.objective.weights.kl} with code.name={config.code.name}",
        "this code is not a distribution, so it has no divergence from the prior; code=variational has",
    ),
    *(
        Refusal(
            partial(_without_gaussian, term),
            f"objective.weights.{term}={{config.objective.weights.{term}}} with code.name={{config.code.name}}",
            "the term compares the Gaussians of a batch's codes, which code=variational has",
        )
        for term in BATCH_TERMS
    ),
    *(
        Refusal(
            partial(_of_other_posterior, term),
            f"objective.weights.{term}={{config.objective.weights.{term}}} with "
            "posterior.name={config.posterior.name}",
            "the term is of Gaussians whose numbers are independent, which posterior=gaussian has",
        )
        for term in BATCH_TERMS
    ),
    *(
        Refusal(
            partial(_of_other_bound, term),
            f"objective.weights.{term}={{config.objective.weights.{term}}} with bound={{config.bound.text}}",
            "the term takes one code for each image, as bound=elbo draws it",
        )
        for term in (*BATCH_TERMS, "mmd")
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
        lambda config: slots.is_conditional(config.model) and not config.data.entry.classes,
        "model.conditional=true with {config.data.choice}",
        "these data have no labels; data.label=NAME is the column that holds them",
    ),
    Refusal(
        lambda config: slots.is_conditional(config.model) and len(config.data.entry.classes) > MOST_CLASSES,
        "model.conditional=true with {config.data.choice}",
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
        lambda config: slots.is_conditional(config.model) and config.data.binarise == "dynamic",
        "model.conditional=true with data.binarise=dynamic",
        "images are drawn anew with their labels behind them; data.binarise=fixed has one draw for all epochs",
    ),
    Refusal(
        lambda config: slots.is_conditional(config.model) and isinstance(config.prior, VampPrior),
        "model.conditional=true with prior.name=vamp",
        "pseudo-inputs have no labels",
    ),
    *(
        Refusal(
            partial(_of_codes_alone, term),
            f"objective.weights.{term}={{config.objective.weights.{term}}} with model.conditional=true",
            "the term decodes codes, which have no labels",
        )
        for term in ("decoder_gradient", "gate_error")
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
