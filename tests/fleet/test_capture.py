"""What is captured once computes, whenever it is repeated, what the modules and autograd compute."""

import pytest
import torch
from torch import Tensor

from narrows.config.slots import is_conditional
from narrows.data.labelled import labelled
from narrows.data.splits import Splits, splits_of
from narrows.fleet.cpu.capture import Captured, Plan
from narrows.fleet.cpu.member_step import MemberStep
from narrows.fleet.cpu.recorder import Impossible
from narrows.fleet.member import Member
from narrows.models.activations import ACTIVATIONS
from narrows.training.precision import computing
from support.kinds import COMBINED, DOUBLE, EXTRA, SINGLE, activated, members, others_slow

MIXED = "trainer.precision=bf16-mixed"
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def splits() -> Splits:
    return splits_of(members()[0].data)


def alone(member: Member, training: bool) -> MemberStep:
    """With weights, gradients and statistics in memory of its own."""
    state = {name: value.clone() for name, value in member.autoencoder.state_dict().items()}
    weights = {name: state.pop(name) for name, _ in member.autoencoder.named_parameters()}
    step = MemberStep(member, weights, {name: torch.zeros_like(value) for name, value in weights.items()}, state)
    step.begin(training)
    return step


def moved(step: MemberStep) -> None:
    for weight in step.weights.values():
        weight.add_(0.1 * weight.square())


def differences(step: MemberStep, images: Tensor, minibatches: list[Tensor]) -> float:
    """The largest between outputs repeated and computed, and between the statistics and noise that they leave."""
    step.outputs(images)  # as a step before it would have been
    with step.undone():
        plan, places = Plan(lambda: step.outputs(images)), step.places(images)
        captured = Captured(lambda: step.outputs(images), plan, places)
    largest = []
    for minibatch in minibatches:
        moved(step)
        with step.undone():
            expected = [output.clone() for output in step.outputs(minibatch)]
            expected += [value.clone() for value in step.running.values()] + [step.member.noise.get_state()]
        images.copy_(minibatch)
        captured()
        after = [*places, *step.running.values(), step.member.noise.get_state()]
        largest += [(x.double() - y.double()).abs().max() for x, y in zip(expected, after, strict=True)]
    return float(torch.stack(largest).max())


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("precision", others_slow([SINGLE, DOUBLE, MIXED], SINGLE))
@pytest.mark.parametrize("kind", [(), *COMBINED, *EXTRA], ids=" ".join)
def test_it_computes_the_same_bits_of_other_images_weights_and_noise(kind, precision, training, splits):
    config = members(precision, *kind)[0]
    splits = labelled(splits) if is_conditional(config.model) else splits
    member = Member(config, splits)
    with computing(member.config.trainer.precision, CPU):
        step = alone(member, training)
        images, *others = map(step.images, splits.train.pixels[:96].split(24))
        assert differences(step, images.clone(), others) == 0


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_whatever_the_activation(activation, splits):
    step = alone(Member(activated(activation)[0], splits), True)
    images, *others = map(step.images, splits.train.pixels[:96].split(24))
    assert differences(step, images.clone(), others) == 0


def test_what_is_handed_on_shares_memory():
    """A chain of operations needs two pieces of memory, however long it is, and none for what can be written over."""
    x, out = torch.rand(10), torch.empty(10)

    def chain() -> list[Tensor]:
        y = x
        for _ in range(20):
            y = y.cumsum(0).cos()
        return [y.cumsum(0)]

    plan = Plan(chain)
    pieces = {place.data_ptr() for places in plan.places.values() for place in places}
    assert len(pieces) == 2
    captured = Captured(chain, plan, [out])
    x.copy_(torch.rand(10))
    captured()
    assert torch.equal(out, chain()[0])


@pytest.mark.parametrize(
    "unsteady", [lambda x: x[x > 0.5], lambda x: x * 2 if x.sum() > 0 else x, lambda x: x[: int(x.argmax())]]
)
def test_what_depends_on_the_numbers_themselves_is_refused(unsteady):
    x = torch.rand(10)
    with pytest.raises(Impossible):
        Plan(lambda: [unsteady(x)])


def test_another_computation_than_planned_is_refused():
    x, out = torch.rand(10), torch.empty(10)
    plan = Plan(lambda: [x.cos()])
    for other in (lambda: [x.sin()], lambda: [x.cos().cos()], lambda: [x]):
        with pytest.raises(Impossible):
            Captured(other, plan, [out])


@pytest.mark.parametrize(
    "compute",
    [
        lambda x, w: (x @ w.mT).mul_(2).tanh(),  # in place, on what autograd follows
        lambda x, w: torch.relu_(x @ w.mT)[:, 1:].cos(),
        lambda x, w: 2.0 ** (x @ w.mT).cos(),  # a number comes first
        lambda x, w: 1 - (x * w.sum(0)).sigmoid(),
    ],
)
def test_gradients_of_whatever_form_are_computed_for_all_that_follow_a_plan(compute):
    x, plan = torch.rand(8, 4), None
    for _ in range(3):
        w = torch.rand(5, 4, requires_grad=True)

        def gradient(w: Tensor = w) -> list[Tensor]:
            return [*torch.autograd.grad(compute(x, w).sum(), [w])]

        plan, out = plan or Plan(gradient), torch.empty(5, 4)
        captured = Captured(gradient, plan, [out])
        x.copy_(torch.rand(8, 4))
        captured()
        assert torch.equal(out, gradient()[0])
