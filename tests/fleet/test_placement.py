"""All tensors of a fleet are where they belong, on any GPU: shown with fake tensors on a machine without one."""

import pytest
import torch
from torch._subclasses.fake_tensor import DataDependentOutputException, FakeTensorMode

from narrows.bench.choices import precisions
from narrows.fleet.gpu.side_by_side import SideBySide, Vectorised
from narrows.fleet.stack import Padded
from narrows.models.activations import ACTIVATIONS
from narrows.training.precision import computing
from support.fake_gpu import GPU, fake_fleet
from support.kinds import COVERING, KINDS, activated, members, others_slow
from support.parity import most

pytestmark = pytest.mark.filterwarnings("ignore:.*copying from a non-meta parameter")  # as torch sees fake ones

BASE = (
    "data.train_size=300",
    "data.val_size=300",
)  # two minibatches of a full size, one of another; three in validation


def pass_through(configs: list) -> type:
    """An epoch of a fleet on a fake GPU, and its end; returns the class of the passes."""
    with fake_fleet(configs, most(configs)) as fleet, computing(fleet.precision, fleet.device):
        trained, (held_out, active) = fleet.engine.train(), fleet._validate()
        assert {value.device.type for value in trained} == {"cuda"}
        assert {len(values) for values in (held_out, *active.values())} == {len(configs)}
        fleet._copy_best(list(range(len(configs))))
        fleet.settle()
        member = fleet.members[0]
        assert {value.device for value in member.autoencoder.state_dict().values()} == {torch.device(GPU)}
        assert {value.device.type for value in member.best.values()} == {"cpu"}
        assert {value.device for value in fleet._best(member).values()} == {torch.device(GPU)}
        return type(fleet.engine.passes)


@pytest.mark.parametrize("kind", KINDS, ids=" ".join)
def test_a_fleet_of_every_kind_trains_and_validates_on_its_gpu(kind):
    pass_through(members(*BASE, *kind, count=3))


@pytest.mark.parametrize(
    "precision", others_slow([precision for precision in precisions() if precision != "32-true"], "bf16-mixed")
)
@pytest.mark.parametrize("kind", [(), *COVERING], ids=" ".join)
def test_in_every_other_precision(kind, precision):
    pass_through(members(*BASE, f"trainer.precision={precision}", *kind, count=2))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_with_every_activation_between_layers_and_on_the_code(activation):
    pass_through(activated(activation, *BASE, count=2))


def test_members_with_different_numbers_of_images_and_epochs():
    configs = members("data.val_size=300", "corruption=masking", "schedule=cosine", count=3)
    sizes, epochs = (512, 130, 300), (1, 3, 2)
    different = [
        config.model_copy(
            update={
                "data": config.data.model_copy(update={"train_size": size}),
                "trainer": config.trainer.model_copy(update={"max_epochs": count}),
            }
        )
        for config, size, count in zip(configs, sizes, epochs, strict=True)
    ]
    pass_through(different)


def test_both_ways_to_pass_through_a_stack_are_tested():
    assert {pass_through(members(*BASE, *kind, count=2)) for kind in ((), ("model=conv",))} == {SideBySide, Vectorised}


# --- These tests can fail.


def test_a_mask_that_stays_on_the_cpu_fails(monkeypatch):
    """As it once did, and no fleet of several bottlenecks trained on a GPU."""
    make = Padded.__init__
    monkeypatch.setattr(Padded, "__init__", lambda self, code, width, device: make(self, code, width, "cpu"))
    with pytest.raises(RuntimeError, match="Expected all tensors to be on the same device"):
        pass_through(members(*BASE, count=3))


def test_memory_of_the_cpu_inside_a_step_fails(monkeypatch):
    step = SideBySide.step

    def copying(self, rows, minibatches):
        torch.tensor([1.0, 2.0], device=self.device)
        return step(self, rows, minibatches)

    monkeypatch.setattr(SideBySide, "step", copying)
    with pytest.raises(AssertionError, match="uses the CPU's memory inside a program for the GPU"):
        pass_through(members(*BASE, count=3))


def test_reading_a_number_fails():
    with FakeTensorMode(), pytest.raises(DataDependentOutputException):
        torch.empty(1, device=GPU).item()
