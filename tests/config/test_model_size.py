"""The number of weights, counted before the model is built, and the refusal of models that do not fit."""

import pytest

from narrows import memory
from narrows.build import build_autoencoder
from narrows.config.model_size import refuse_too_large, weights
from narrows.errors import UserError
from support.configs import configure

KINDS = [
    (),
    ("model=linear",),
    ("model=conv",),
    ("model=conv", "model.channels=[3,5,7,9]", "model.kernel=5"),
    ("model=residual_conv",),
    *(("model.conditional=true", f"model={name}") for name in ("mlp", "conv", "residual_conv")),
    ("model=residual_conv", "model.channels=[3,5,7]", "model.kernel=5", "model.blocks=2", "code=variational"),
    ("model.tied=true", "model.widths=[20]"),
    ("model.gated=true", "model.widths=[200,90]", "code=variational"),
    ("model=conv", "model.tied=true"),
    ("code=variational", "model.bottleneck=7"),
    ("code=quantised",),
    ("code=variational", "prior=vamp", "prior.components=500"),
    ("code=variational", "prior=flow", "prior.units=2000"),
    ("code=variational", "posterior=iaf", "posterior.units=9000"),
    ("code=variational", "posterior=full_covariance", "model.bottleneck=60"),
    ("code=variational", "posterior=planar", "prior=mixture", "prior.components=9000"),
    ("code=variational", "posterior=von_mises_fisher", "model.bottleneck=40"),
    ("objective=logistic_mixture",),
    ("model=conv", "objective=logistic_mixture", "objective.logistic_mixture.components=2"),
]


@pytest.mark.parametrize("overrides", KINDS, ids=str)
def test_it_is_the_size_of_the_model_that_is_built(overrides):
    config = configure("data=mnist5k", *overrides)
    built = build_autoencoder(config).size
    assert weights(config) == pytest.approx(built, rel=0.02)


@pytest.mark.parametrize(
    "overrides",
    [
        ("model.bottleneck=1000000000000",),
        ("model.widths=[100000000000]",),
        ("model=linear", "model.bottleneck=1000000000000"),
        ("model=conv", "model.channels=[1000000000]"),
        ("model=conv", "model.kernel=10000001"),
        ("model=residual_conv", "model.blocks=10000000"),
    ],
)
def test_a_model_that_does_not_fit_is_refused_with_both_sizes(overrides):
    config = configure("data=mnist5k", *overrides)
    key = overrides[-1]
    with pytest.raises(UserError, match=r"the model needs .* GB of memory to train, and .* GB are free") as error:
        refuse_too_large(config)
    assert key in str(error.value)


def test_what_is_free_decides(monkeypatch):
    config = configure("data=mnist5k")
    monkeypatch.setattr(memory, "free", lambda: 4 * 4 * weights(config))
    refuse_too_large(config)
    monkeypatch.setattr(memory, "free", lambda: 4 * 4 * weights(config) - 1)
    with pytest.raises(UserError, match="the model needs"):
        refuse_too_large(config)
