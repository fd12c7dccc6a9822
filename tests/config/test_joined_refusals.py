"""Choices of different kinds, each sensible alone, that do not work together: one line with both and the reason."""

import pytest

from narrows.config.refusals import REFUSALS
from narrows.errors import UserError
from support.configs import tiny

VARIATIONAL = ("code=variational", "objective=bce")
DOUBLY = (*VARIATIONAL, "bound=iwae", "bound.gradient=doubly")
ELBO = ("bound=elbo", "bound.gradient=doubly")
DICTIONARY = ("model=linear", "code=topk", "code.active=2")
SYNTHETIC = ("data=synthetic_dictionary", "data.batch_size=16")


@pytest.mark.parametrize(
    ("overrides", "line"),
    [
        (
            (*DOUBLY, "objective.weights.code_l2=0.1"),
            r"objective\.weights\.code_l2=0\.1 with bound=iwae \(.*doubly\): ",
        ),
        (
            (*VARIATIONAL, "bound=piwae", "objective.weights.code_l1=0.1"),
            r"objective\.weights\.code_l1=0\.1 with bound=",
        ),
        (
            (*VARIATIONAL, "bound=elbo", "bound.samples=3", "objective.weights.mmd=0.1"),
            r".*mmd=0\.1 with bound=elbo \(",
        ),
        (
            (*VARIATIONAL, *ELBO, "trainer.monitor=clean_loss"),
            r"trainer\.monitor=clean_loss with bound=elbo \(.*doubly\)",
        ),
        (
            (*VARIATIONAL, *ELBO, "objective.kl.free_bits=0.1"),
            r"objective\.kl\.free_bits=0\.1 with bound=elbo \(.*doubly",
        ),
        ((*DOUBLY, "corruption=patches", "objective.pixels=hidden"), r"objective\.pixels=hidden with bound=iwae \("),
        (("objective=gaussian", "data.binarise=fixed"), r"objective\.name=gaussian with data\.binarise=fixed: "),
        ((*DICTIONARY, "model.output=sigmoid", "code.resample=2"), r"code\.resample=2 with model\.output=sigmoid: "),
        (
            (*DICTIONARY, "model.unit_norm=true", "objective.weights.decoder_l2=0.1"),
            r".*decoder_l2=0\.1 with model\.unit",
        ),
        ((*SYNTHETIC, "model=conv", "model.output=linear"), r"model\.name=conv with data\.name=synthetic_dictionary: "),
        (
            (*SYNTHETIC, "model=mlp", "model.output=sigmoid"),
            r"model\.output=sigmoid with numbers of data\.name=synthetic_dictionary: ",
        ),
    ],
)
def test_the_line_names_both_choices(overrides, line):
    with pytest.raises(UserError, match=f"^{line}") as error:
        tiny(*overrides)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("bound", ["bound=iwae", "bound=elbo"])
def test_terms_of_codes_go_with_bounds_that_leave_gradients_as_they_are(bound):
    assert tiny(*VARIATIONAL, bound, "bound.samples=3", "objective.weights.code_l2=0.1")


@pytest.mark.parametrize("refusal", [each for each in REFUSALS if "data.scale" in each.why], ids=lambda each: each.pair)
def test_a_reason_that_advises_a_scale_says_which_data_have_one(refusal):
    assert "data=arrays" in refusal.why or refusal.pair.startswith("data.scale=")
