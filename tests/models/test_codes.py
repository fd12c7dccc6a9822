"""The code slot: what each kind makes of the numbers that the encoder gives."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from narrows.models.codes import Plain, Quantised, Sparse, Variational
from narrows.models.latents.gaussian_posterior import gaussian
from narrows.seeds import generator


def hidden(count: int = 50, numbers: int = 12, seed: int = 0) -> torch.Tensor:
    return 2 * torch.randn(count, numbers, generator=generator(seed, "hidden"))


@given(numbers=st.integers(1, 20), seed=st.integers(0, 100), data=st.data())
def test_a_sparse_code_has_exactly_as_many_active_numbers_as_asked(numbers, seed, data):
    active = data.draw(st.integers(1, numbers))
    given_ = hidden(numbers=numbers, seed=seed)
    code = Sparse(active)(given_)
    assert (code != 0).sum(1).tolist() == [active] * len(code)
    kept = code != 0
    assert torch.equal(code[kept], given_[kept])
    lowest = torch.where(kept, given_, torch.inf).min(1).values
    assert (torch.where(kept, -torch.inf, given_).max(1).values <= lowest).all()


def test_equal_numbers_do_not_make_a_sparse_code_longer():
    code = Sparse(2)(torch.ones(3, 5))
    assert (code != 0).sum(1).tolist() == [2, 2, 2]


@given(levels=st.integers(2, 9))
def test_a_quantised_code_takes_every_level_and_no_other_value(levels):
    code = Quantised(levels)(torch.linspace(-9, 9, 2001).unsqueeze(1))
    expected = torch.linspace(-1, 1, levels)
    torch.testing.assert_close(code.unique(), expected, rtol=0, atol=1e-6) if levels < 3 else None
    distance = (code - expected).abs().min(1).values
    assert distance.max() < 1e-6
    assert {int((value - expected).abs().argmin()) for value in code.flatten()} == set(range(levels))


def test_the_gradient_passes_the_rounding_unchanged():
    given_ = hidden().requires_grad_()
    Quantised(5)(given_).sum().backward()
    torch.testing.assert_close(given_.grad, 1 - given_.detach().tanh().square())


def test_a_variational_code_is_its_mean_without_a_source_of_noise():
    code, given_ = Variational(), hidden()
    mean = gaussian(given_)[0]
    assert torch.equal(code(given_), mean)
    assert not torch.equal(code(given_, generator(0, "noise")), mean)
    assert torch.equal(code(given_, generator(0, "noise")), code.eval()(given_, generator(0, "noise")))


def test_a_variational_code_has_the_mean_and_variance_that_it_is_given():
    given_ = torch.tensor([[1.0, -2.0, 0.0, 2.0]]).expand(200_000, -1)
    code = Variational()(given_, generator(0, "noise")).double()
    torch.testing.assert_close(code.mean(0), torch.tensor([1.0, -2.0]).double(), rtol=0, atol=0.03)
    torch.testing.assert_close(code.var(0), torch.tensor([0.0, 2.0]).exp().double(), rtol=0.02, atol=0)


def test_a_variational_codes_noise_comes_from_its_generator_alone():
    code, given_ = Variational(), hidden()
    torch.manual_seed(1)
    one = code(given_, generator(0, "noise"))
    torch.manual_seed(2)
    assert torch.equal(one, code(given_, generator(0, "noise")))
    assert not torch.equal(one, code(given_, generator(1, "noise")))


@pytest.mark.parametrize("name", ["identity", "sigmoid", "relu"])
def test_a_plain_code_goes_through_its_activation(name):
    expected = {"identity": torch.positive, "sigmoid": torch.sigmoid, "relu": torch.relu}[name](hidden())
    assert torch.equal(Plain(name)(hidden()), expected)


def test_an_unknown_activation_is_no_silent_default():
    with pytest.raises(KeyError):
        Plain("reluu")
