"""Codes of sparse dictionaries: their published formulas on hand-computed cases, and the state that they keep."""

from math import log

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from narrows.models.jump_relu import JumpRelu
from narrows.models.sparse_codes import SLOWEST, BatchTopK, Gated, Relu, TopK, Watched
from narrows.seeds import generator

UNITS = 12
NOISE = generator(0, "noise")  # with it and in training mode, a pass is a training step


def hidden(count: int = 50, numbers: int = UNITS, seed: int = 0) -> torch.Tensor:
    return torch.randn(count, numbers, generator=generator(seed, "hidden"))


def every(units: int = UNITS, dead_after: int = 2) -> list[Watched]:
    return [
        Relu(units, dead_after),
        TopK(units, dead_after, 3, 0),
        BatchTopK(units, dead_after, 3, 0),
        JumpRelu(units, dead_after, 0.5, 0.4),
        Gated(units, dead_after),
    ]


def kind(code: object) -> str:
    return type(code).__name__


@given(units=st.integers(1, 20), seed=st.integers(0, 100), data=st.data())
def test_topk_keeps_the_largest_numbers_rectified(units, seed, data):
    active = data.draw(st.integers(1, units))
    numbers = hidden(numbers=units, seed=seed)
    expected = torch.zeros_like(numbers)
    for row, code in zip(numbers, expected, strict=True):
        for unit in row.argsort(descending=True)[:active]:
            code[unit] = max(float(row[unit]), 0)
    assert torch.equal(TopK(units, 1, active, 0)(numbers), expected)


def test_batch_topk_keeps_the_largest_numbers_of_the_batch():
    numbers = torch.tensor([[5.0, 4.0, 3.0], [2.0, 1.0, -1.0]])
    code = BatchTopK(3, 1, active=2, annealing=0)
    assert code(numbers, NOISE).tolist() == [[5.0, 4.0, 3.0], [2.0, 0.0, 0.0]]


def test_the_threshold_of_batch_topk_is_the_mean_smallest_number_that_was_kept():
    code, smallest = BatchTopK(UNITS, 1, active=2, annealing=0), []
    for seed in range(5):
        codes = code(hidden(seed=seed), NOISE)
        assert (codes > 0).sum() == 100
        smallest.append(float(codes[codes > 0].min()))
    assert code.threshold.item() == pytest.approx(sum(smallest) / 5)
    code.steps.fill_(1000)
    codes, before = code(hidden(seed=9), NOISE), sum(smallest) / 5
    assert code.threshold.item() == pytest.approx(before + SLOWEST * (float(codes[codes > 0].min()) - before))


def test_batch_topk_does_not_mix_images_in_evaluation():
    code, numbers = BatchTopK(UNITS, 1, active=2, annealing=0), hidden()
    for _ in range(3):
        code(numbers, NOISE)
    together, alone = code.eval()(numbers), torch.cat([code(row) for row in numbers.split(1)])
    assert torch.equal(together, alone)
    assert torch.equal(together, numbers.where(numbers > code.threshold, 0))
    assert (together > 0).sum(1).float().mean().item() == pytest.approx(2, abs=0.1)


def test_a_batch_without_positive_numbers_leaves_the_threshold():
    code = BatchTopK(UNITS, 1, active=2, annealing=0)
    code(hidden(), NOISE)
    before = code.threshold.clone()
    assert not code(-hidden().abs(), NOISE).any() and torch.equal(code.threshold, before)


@pytest.mark.parametrize("kind", [TopK, BatchTopK])
def test_the_number_of_active_units_falls_linearly(kind):
    code, numbers = kind(UNITS, 1, active=2, annealing=5), hidden().abs()
    per_step = [int((code(numbers, NOISE) > 0).sum()) // 50 for _ in range(7)]
    assert per_step == [12, 10, 8, 6, 4, 2, 2]
    assert (TopK(UNITS, 1, 2, 5)(numbers) > 0).sum(1).eq(2).all()  # not in training: the final number


def test_jumprelu_keeps_what_is_above_its_threshold():
    code = JumpRelu(3, 1, threshold=0.5, bandwidth=0.4)
    with torch.no_grad():
        code.log_threshold[1] = log(2.0)
    codes = code(torch.tensor([[0.6, 1.9, 0.4], [0.5, 2.1, -1.0]]))
    torch.testing.assert_close(codes, torch.tensor([[0.6, 0.0, 0.0], [0.0, 2.1, 0.0]]))


def test_the_gradients_of_jumprelu_are_the_papers_estimates():
    """Rajamanoharan et al. 2024b, eq. 11 and 12, with a rectangle of width ε = 0.4, by hand for three numbers."""
    code = JumpRelu(3, 1, threshold=0.5, bandwidth=0.4)
    numbers = torch.tensor([[0.6, 0.4, 0.9]], requires_grad=True)
    weights = torch.tensor([[2.0, 3.0, 5.0]])
    (code(numbers) * weights).sum().backward()
    assert numbers.grad.tolist() == [[2.0, 0.0, 5.0]]
    expected = torch.tensor([-2.0, -3.0, 0.0]) * 0.5 / 0.4  # −θ/ε, where |z − θ| < ε/2
    torch.testing.assert_close(code.log_threshold.grad, 0.5 * expected)  # by log θ: once more times θ
    code.log_threshold.grad = None
    firing = code.firing(numbers)
    assert firing.tolist() == [[1.0, 0.0, 1.0]]
    (firing * weights).sum().backward()
    torch.testing.assert_close(code.log_threshold.grad, 0.5 * torch.tensor([-2.0, -3.0, 0.0]) / 0.4)


def test_a_gated_code_is_its_formula():
    code = Gated(3, 1)
    with torch.no_grad():
        code.log_scale.copy_(torch.tensor([0.0, log(2.0), 0.0]))
        code.shift.copy_(torch.tensor([0.5, 0.0, -3.0]))
    numbers = torch.tensor([[1.0, 2.0, 1.0], [-0.1, -2.0, 4.0]])
    torch.testing.assert_close(code(numbers), torch.tensor([[1.5, 4.0, 0.0], [0.0, 0.0, 1.0]]))
    assert code.magnitudes(numbers, code(numbers)).tolist() == numbers.relu().tolist()


@pytest.mark.parametrize("code", every(), ids=kind)
def test_codes_are_differentiable_away_from_their_jumps(code):
    code = code.double()
    numbers = hidden(3).double()
    numbers += numbers.sign()  # away from 0 and from the threshold 0.5
    if isinstance(code, BatchTopK):
        code.train()
    assert torch.autograd.gradcheck(lambda values: code(values), numbers.requires_grad_())
    assert torch.autograd.gradcheck(lambda values: code.codes(values, True), numbers)


@pytest.mark.parametrize("code", every(), ids=kind)
def test_codes_are_at_least_0(code):
    assert (code(hidden()) >= 0).all() and (code(hidden(), NOISE) >= 0).all()


# --- The state: which units are dead.


@pytest.mark.parametrize("code", every(), ids=kind)
def test_a_unit_is_dead_that_was_silent_for_so_many_training_steps(code):
    numbers = hidden().abs() + 1
    numbers[:, :2] = -1
    for step, dead in enumerate([0, 2, 2]):
        code(numbers, NOISE)
        assert code.silent[:2].tolist() == [step + 1] * 2
        assert code.dead()[0, :2].sum() == dead
    assert code.steps.item() == 3
    code(torch.full_like(numbers, 2.0) + torch.eye(50, UNITS), NOISE)  # unit n fires in image n
    assert code.silent[0] == 0 and not code.dead()[0, 0]


@pytest.mark.parametrize("code", every(), ids=kind)
def test_only_training_steps_change_the_state(code):
    before = {name: value.clone() for name, value in code.state_dict().items()}
    code(hidden())
    code.eval()(hidden(), NOISE)
    assert all(torch.equal(value, before[name]) for name, value in code.state_dict().items())
    code.train()(hidden(), NOISE)
    assert code.steps.item() == 1


@pytest.mark.parametrize("code", every(), ids=kind)
def test_revived_units_begin_anew(code):
    fresh = {name: value.clone() for name, value in code.state_dict().items()}
    with torch.no_grad():
        for parameter in code.parameters():
            parameter.add_(0.3)
    code.silent.fill_(9)
    code.revive(torch.arange(UNITS) < 4)
    for name, value in code.state_dict().items():
        if name not in ("steps", "threshold"):
            torch.testing.assert_close(value[:4], fresh[name][:4])
            assert not torch.equal(value[4:], fresh[name][4:])
