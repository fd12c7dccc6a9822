import pytest

from narrows.app.compose import MULTIRUN_KEYS
from narrows.config.catalogue import CATALOGUE
from narrows.config.evaluations import listing
from narrows.config.knobs import knobs, table
from narrows.config.schema import Config
from narrows.config.study_section import ARM
from narrows.models.activations import ACTIVATIONS
from support.configs import composed, configure
from support.keys import keys_of

DEFAULT = configure().model_dump()
OPTIONS = ["model=mlp", "model=linear", "model=conv", "optimizer=adam", "optimizer=sgd", "data=mnist5k", "data=arrays"]
OPTIONS += ["data=synthetic_dictionary", "code=relu", "code=topk", "code=batch_topk", "code=jumprelu", "code=gated"]
OPTIONS += ["code=vector_quantised", "code=residual_quantised", "schedule=step"]
OPTIONS += ["data=sprites", "data=dsprites", "model=residual_conv", "corruption=patches"]
OPTIONS += ["code=variational", "code=sparse", "code=quantised", "pretrain=layerwise", "corruption=masking"]
OPTIONS += ["posterior=iaf", "prior=mixture", "prior=flow", "bound=miwae", "bound=ciwae"]


@pytest.mark.parametrize("option", OPTIONS)
def test_every_key_of_a_run_is_a_knob_with_a_meaning(option):
    meanings = knobs()
    keys = keys_of(composed(option).model_dump())
    assert keys <= meanings.keys()
    assert all(meanings[key].strip() for key in keys)


def test_no_knob_that_a_run_does_not_have():
    kinds = [composed(option).model_dump() for option in OPTIONS]
    of_runs = {key for key in knobs() if key.partition(".")[0] not in (*MULTIRUN_KEYS, ARM)}
    assert of_runs == set().union(*map(keys_of, (DEFAULT, *kinds)))


@pytest.mark.parametrize(
    ("key", "choices"),
    [
        ("data.name", CATALOGUE),
        ("model.activation", ACTIVATIONS),
        ("model.name", ("mlp", "linear", "conv")),
        ("model.norm", ("none", "batch", "layer")),
        ("model.init", ("default", "xavier", "kaiming", "orthogonal", "sparse", "column_norm")),
        ("objective.name", ("mse", "bce", "l1")),
        ("optimizer.name", ("adam", "adamw", "sgd")),
        ("schedule.name", ("constant", "cosine", "step", "one_cycle")),
        ("trainer.accelerator", ("auto", "cpu", "gpu")),
    ],
)
def test_a_knob_with_choices_lists_them(key, choices):
    assert all(choice in knobs()[key] for choice in choices)


def test_a_knob_with_a_bound_shows_it():
    assert "[>= 1]" in knobs()["model.bottleneck"]
    assert "[> 0" in knobs()["optimizer.lr"]


def test_the_table_shows_each_knob_with_its_default():
    lines = table(DEFAULT).partition("\n\n")[0].splitlines()
    assert [line.split()[0] for line in lines] == list(knobs())
    shown = {line.split()[0]: line for line in lines}
    assert "[128, 64, 12]" in shown["model.widths"]
    assert "0.001" in shown["optimizer.lr"]
    assert "mnist" in shown["data.name"]
    assert all(name in shown for name in Config.model_fields if not isinstance(DEFAULT[name], dict))


def test_the_table_ends_with_the_evaluations():
    assert table(DEFAULT).endswith(listing())
