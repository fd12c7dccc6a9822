"""Terms of the decoder: their formulas, and that they do what they are for."""

import pytest
import torch
from torch.func import jacrev, vmap

from narrows.build import build
from narrows.models.autoencoder import Autoencoder, Reconstruction
from narrows.objective.terms import TERMS
from narrows.run import run
from narrows.runs import checkpoint
from narrows.seeds import FixedNoise, generator
from support.configs import tiny

SHAPE = (1, 4, 4)
CONV = ("model=conv", "model.channels=[2,3]", "model.activation=tanh")


def small(*overrides: str) -> Autoencoder:
    config = tiny(*overrides)
    return build(config.model, config.code, SHAPE, generator(0, "weights")).double()


def value(name: str, autoencoder: Autoencoder, output: Reconstruction) -> torch.Tensor:
    return TERMS[name](autoencoder, output, {}, FixedNoise())


def pictures() -> torch.Tensor:
    return torch.rand(3, *SHAPE, generator=generator(0, "images"), dtype=torch.float64)


def test_decoder_l2_is_the_sum_of_squares_of_its_weights():
    autoencoder = small("model.widths=[6,5]")
    squares = sum(weight.square().sum().item() for weight in autoencoder.decoder.parameters())
    assert value("decoder_l2", autoencoder, autoencoder(pictures())).tolist() == pytest.approx([squares] * 3)


@pytest.mark.parametrize("model", [("model.widths=[6,5]",), CONV])
def test_decoder_l2_counts_the_weights_that_a_tied_decoder_shares(model):
    autoencoder = small("model.tied=true", *model)
    shared = [weight for name, weight in autoencoder.encoder.named_parameters() if name.endswith("weight")]
    weights = [*shared, *autoencoder.decoder.parameters()]
    squares = sum(weight.square().sum().item() for weight in weights)
    assert value("decoder_l2", autoencoder, autoencoder(pictures()))[0].item() == pytest.approx(squares)


@pytest.mark.parametrize("model", [("model.widths=[6,5]", "model.activation=gelu"), ("model=linear",), CONV])
@pytest.mark.parametrize("grad", [True, False])
def test_decoder_gradient_is_the_exact_jacobians_norm(model, grad):
    autoencoder = small(*model)
    with torch.set_grad_enabled(grad):
        output = autoencoder(pictures())
        norms = value("decoder_gradient", autoencoder, output)
    exact = vmap(jacrev(lambda code: autoencoder.decode(code.unsqueeze(0)).squeeze(0)))(output.code)
    torch.testing.assert_close(norms, exact.square().flatten(1).sum(1))


@pytest.mark.parametrize(("term", "weight"), [("decoder_l2", 0.3), ("decoder_gradient", 50.0)])
def test_with_a_weight_the_decoder_is_smoother(term, weight, tmp_path, splits):
    images, norms = splits.test.pixels[:100].float() / 255, {}
    for strength in (0.0, weight):
        folder = tmp_path / str(strength)
        run(
            tiny("trainer.max_epochs=6", "objective.weights.code_l2=0.01", f"objective.weights.{term}={strength}"),
            folder,
        )
        autoencoder = checkpoint.load(folder / "best.ckpt")
        norms[strength] = value("decoder_gradient", autoencoder, autoencoder(images)).mean().item()
    assert norms[weight] < 0.7 * norms[0.0]
