"""The fingerprint of a run changes exactly with what decides its numbers."""

from collections.abc import Collection

import pytest
from hypothesis import find, given, reject
from hypothesis import strategies as st

from narrows.config.dotted import value_at
from narrows.config.schema import Config
from narrows.errors import UserError
from support.configs import changed, configure
from support.keys import keys_of
from support.strategies import strategies

DEFAULT = configure().model_dump()

#: Where and how a run happens, and a knob without effect on the default. All else in the schema decides what it is.
IRRELEVANT = {"data.root", "run.resume", "logger.name", "trainer.accelerator", "trainer.threads", "trainer.monitor"}

#: Limited by more than the schema says: sizes by the data, the evaluations by their names and needs.
LIMITED = {
    "data.name": st.sampled_from(["mnist", "fashion_mnist"]),
    "data.batch_size": st.integers(1, 1000),
    "data.val_size": st.integers(1, 10_000),  # four classes leave enough of the 21,000 and more; 0 forbids patience
    "data.train_size": st.none() | st.integers(1000, 10_000),
    "data.classes": st.none() | st.lists(st.integers(0, 9), min_size=4, unique=True),
    "evaluation": st.sampled_from([["reconstruction"], ["units", "reconstruction"]]),
}
KNOBS = strategies(DEFAULT) | LIMITED


def parsed(values: dict[str, object]) -> Config | None:
    """None for values that are refused together: refusals.py."""
    try:
        return Config.parse(changed(**{key.replace(".", "__"): value for key, value in values.items()}))
    except UserError:
        return None


def with_another_value(key: str) -> Config | None:
    return parsed({key: find(KNOBS[key], lambda value: value != value_at(DEFAULT, key))})


#: Knobs that the default kinds have a use for: a plain code has no divergence for objective.weights.kl.
RELEVANT = sorted(key for key in KNOBS.keys() - IRRELEVANT if with_another_value(key))


def draw(data: st.DataObject, keys: Collection[str]) -> Config:
    chosen = data.draw(st.sets(st.sampled_from(sorted(keys)), min_size=1, max_size=6))
    config = parsed({key: data.draw(KNOBS[key], key) for key in sorted(chosen)})
    return config or reject()


def test_every_knob_of_the_default_is_drawn_for_the_fingerprints():
    kinds = {"model.name", "code.name", "corruption.name", "pretrain.name", "optimizer.name"}  # tested by hand below
    kinds |= {"posterior.name", "prior.name", "bound.name", "schedule.name"}
    assert KNOBS.keys() == keys_of(DEFAULT) - kinds
    without_a_use = KNOBS.keys() - IRRELEVANT - set(RELEVANT)
    assert all(key.startswith(("objective.", "bound.")) for key in without_a_use)


@given(st.data())
def test_a_fingerprint_ignores_where_a_run_happens(data):
    assert draw(data, IRRELEVANT).fingerprint() == Config.parse(DEFAULT).fingerprint()


@given(st.data())
def test_a_fingerprint_changes_with_what_a_run_is(data):
    one, other = draw(data, RELEVANT), draw(data, RELEVANT)
    assert (one.fingerprint() == other.fingerprint()) == (one == other)


@pytest.mark.parametrize("key", RELEVANT)
def test_a_fingerprint_changes_with_each_knob(key):
    assert with_another_value(key).fingerprint() != Config.parse(DEFAULT).fingerprint()


def test_a_fingerprint_changes_with_data_version_kind_and_order_of_widths():
    config = configure()
    options = ("model=linear", "optimizer=sgd", "optimizer=adamw", "schedule=cosine", "model.widths=[64,128,12]")
    kinds = [configure(option) for option in options]
    prints = [config.fingerprint(), config.fingerprint("data"), config.fingerprint("data", "version")]
    prints += [kind.fingerprint() for kind in kinds]
    assert len(set(prints)) == len(prints)
    assert configure().fingerprint("data") == prints[1]


def test_flat_names_every_knob_of_the_identity_with_plain_values():
    flat = configure("data=mnist5k", "model.widths=[5,4]").flat()
    assert flat["seed"] == 0
    assert flat["model.widths"] == "[5, 4]"
    assert flat["data.train_size"] == "None"
    assert "data.root" not in flat
    assert all(isinstance(value, str | float | int) for value in flat.values())
