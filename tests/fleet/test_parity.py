"""The fast paths and their plain twin: whatever the schema offers, members of a fleet end as the same runs alone."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrows.bench.choices import of_width
from narrows.models import codes
from narrows.models.activations import ACTIVATIONS
from narrows.models.latents import gaussian_posterior
from narrows.objective import terms
from narrows.run import run
from narrows.seeds import normal
from support.kinds import COMBINED, COVERING, DOUBLE, KINDS, SINGLE, activated, members
from support.parity import farthest, together

FIFTY = "trainer.max_epochs=13"  # of 4 steps
LAST_DIGITS = 1e-9  # in float64: a stack adds in another order than a member alone


@pytest.mark.parametrize("kind", KINDS, ids=" ".join)
def test_a_fleet_ends_as_a_plain_loop_bit_for_bit(kind):
    assert farthest(members("data.train_size=300", *kind)) == 0


@pytest.mark.parametrize("kind", COVERING, ids=" ".join)
def test_in_float64_too_and_with_members_of_one_width(kind):
    """Equally wide members share the memory of a step."""
    assert farthest([of_width(config, 4) for config in members("data.train_size=300", DOUBLE, *kind, count=3)]) == 0


@pytest.mark.slow
@pytest.mark.parametrize("precision", [SINGLE, DOUBLE])
@pytest.mark.parametrize("kind", KINDS, ids=" ".join)
def test_fifty_steps_in_a_fleet_are_fifty_steps_of_a_plain_loop(kind, precision):
    assert farthest(members(FIFTY, precision, *kind)) == 0


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_between_layers_and_on_the_code(activation):
    assert farthest(activated(activation, count=3)) == 0


@pytest.mark.slow
@pytest.mark.parametrize("precision", [SINGLE, DOUBLE])
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_for_fifty_steps(activation, optimizer, precision):
    assert farthest(activated(activation, f"optimizer={optimizer}", FIFTY, precision)) == 0


def few(*overrides: str) -> list:
    """Two bottlenecks and two steps: grouped convolutions are slow on a CPU."""
    return members("data.train_size=256", "trainer.max_epochs=1", *overrides, count=2)


@pytest.mark.parametrize("kind", KINDS, ids=" ".join)
def test_stacked_as_on_a_gpu_members_differ_in_the_last_digits(kind):
    assert farthest(few(DOUBLE, *kind), exact=False) < LAST_DIGITS


@pytest.mark.parametrize("kind", COVERING, ids=" ".join)
def test_stacked_in_float32_the_losses_are_those_of_the_exact_path(kind):
    stacked_members, members_alone = together(few(*kind), exact=False), together(few(*kind), by_counter=True)
    for stacked, exact in zip(stacked_members, members_alone, strict=True):
        for name in ("train/loss", "val/loss"):
            assert stacked.history.curves[name] == pytest.approx(exact.history.curves[name], rel=1e-3)


@settings(max_examples=20)
@given(st.data())
def test_layers_and_batches_of_any_size(data):
    """A CPU's registers are filled by some and not by others, which must not show."""
    sizes = {"batch_size": st.integers(1, 128), "train_size": st.integers(128, 200)}
    overrides = [f"data.{name}={data.draw(number, name)}" for name, number in sizes.items()]
    widths = data.draw(st.lists(st.integers(1, 40), min_size=1, max_size=3), "widths")
    overrides += [f"model.widths=[{','.join(map(str, widths))}]", data.draw(st.sampled_from([SINGLE, DOUBLE]))]
    overrides += [f"model.tied={data.draw(st.booleans(), 'tied')}".lower(), "trainer.max_epochs=1"]
    bottlenecks = data.draw(st.lists(st.integers(1, 20), min_size=2, max_size=5), "bottlenecks")
    configs = map(of_width, members(*overrides, count=len(bottlenecks)), bottlenecks)
    assert farthest(list(configs)) == 0


# --- A kind that forgets a trait fails the tests above.


MMD = ("objective.weights.mmd=0.1",)


def forgotten(monkeypatch: pytest.MonkeyPatch, compute=terms.mmd, **traits: bool) -> None:
    """Puts a copy of the term without these traits in its place, as its author would have written it."""
    monkeypatch.setitem(terms.TERMS, "mmd", replace(terms.TERMS["mmd"], compute=compute, **traits))


def test_a_term_that_does_not_declare_its_dependence_on_the_width_fails(monkeypatch):
    def mmd(autoencoder, output, given):
        return terms.mmd(autoencoder, output, given._replace(width=output.code.shape[-1]))

    assert farthest(few(DOUBLE, *MMD), exact=False) < LAST_DIGITS
    forgotten(monkeypatch, mmd, depends_on_width=False)
    assert farthest(few(DOUBLE, *MMD), exact=False) > 100 * LAST_DIGITS


def test_a_term_that_does_not_declare_that_it_draws_fails(monkeypatch):
    def mmd(autoencoder, output, given):
        return terms.mmd(autoencoder, output, given._replace(sample=normal(output.code, None)))

    forgotten(monkeypatch, mmd, draws=False)
    assert farthest(few(DOUBLE, *MMD)) > 100 * LAST_DIGITS
    assert farthest(few(DOUBLE, *MMD), exact=False) > 100 * LAST_DIGITS


@pytest.mark.parametrize("declared", [True, False])
def test_a_term_that_does_not_declare_that_it_mixes_images_fails(declared, monkeypatch, tmp_path):
    """In validation, where a fleet cuts other batches than a run alone."""
    forgotten(monkeypatch, mixes_images=declared)
    (config, *_) = few(*MMD)
    (member,) = together([config])
    assert (member.history.curves["val/loss"] == run(config, tmp_path).curves["val/loss"]) is declared


def test_a_code_that_does_not_declare_its_padding_fails(monkeypatch):
    """Where codes are of both signs; with PyTorch's initial weights all are positive."""
    kind = next(kind for kind in COMBINED if "code=sparse" in kind)
    monkeypatch.setattr(codes.Sparse, "padding", 0.0)
    assert farthest(few(DOUBLE, *kind), exact=False) > 100 * LAST_DIGITS


def test_noise_that_is_not_said_to_be_of_the_code_fails(monkeypatch):
    monkeypatch.setattr(gaussian_posterior, "normal", lambda like, noise, of_code: normal(like, noise))
    assert farthest(few(DOUBLE, "code=variational"), exact=False) > 100 * LAST_DIGITS
