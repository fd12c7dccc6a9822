"""What the tests of fleets in a sweep share: a grid of small runs, and when two records are of equal runs."""

from itertools import product
from pathlib import Path

import pytest

from narrows.config.schema import Config
from narrows.fleet.fleet import Fleet
from narrows.fleet.member import Member
from narrows.runs import checkpoint
from narrows.runs.record import Record
from narrows.runs.run_folder import LAST
from narrows.sweeps.launch import Options
from narrows.sweeps.plan import PlannedRun
from support.configs import configure
from support.kinds import members
from support.parity import most, together
from support.sweeps import SMALL

#: In this process, one fleet after the other.
HERE = Options(max_size=None, processes=1, cluster=None, parameters=None)
GRID = list(product((2, 5), ("relu", "tanh"), (0, 1)))


def small(*overrides: str) -> Config:
    return configure(*SMALL, *overrides)


def planned_runs(folder: Path, *overrides: str) -> list[PlannedRun]:
    """A grid of two bottlenecks, two activations and two seeds: two fleets, for an activation changes the program."""
    return [
        (
            small(f"model.bottleneck={bottleneck}", f"model.activation={activation}", f"seed={seed}", *overrides),
            folder / f"{bottleneck}-{activation}-{seed}",
        )
        for bottleneck, activation, seed in GRID
    ]


def interrupted_and_whole(folder: Path, *overrides: str) -> list[tuple[Member, Member]]:
    """Two members trained for one epoch, saved, restored and trained to the third; each with one trained at once."""
    longer = members(*overrides, "trainer.max_epochs=3", count=2)
    for number, member in enumerate(together(members(*overrides, "trainer.max_epochs=1", count=2))):
        (folder / f"{number}").mkdir()
        save(member, folder / f"{number}")
    splits = most(longer)
    resumed = [Member(config, splits) for config in longer]
    for number, member in enumerate(resumed):
        member.restore(folder / f"{number}" / LAST)
    for _ in Fleet(resumed, splits).epochs():
        pass
    return list(zip(resumed, together(longer), strict=True))


def assert_equal_but_for_last_digits(record: Record, other: Record) -> None:
    """Equal numbers; only the gradients' norm may differ in its last digits, and the time in all."""
    exact = {"status", "error", "fingerprint", "seed", "data", "epochs", "best_epoch", "parameters"}
    assert record.model_dump(include=exact) == other.model_dump(include=exact)
    assert record.metrics == other.metrics
    assert list(record.curves) == list(other.curves)
    for name in set(record.curves) - {"seconds", "images_per_second", "gradient_norm"}:
        assert record.curves[name] == other.curves[name], name
    assert record.curves["gradient_norm"] == pytest.approx(other.curves["gradient_norm"], rel=1e-5)


def save(member: Member, folder: Path) -> None:
    """Write the member's best.ckpt and last.ckpt, as a sweep does."""
    for name, content in member.checkpoints().items():
        checkpoint.write(content, folder / name)
