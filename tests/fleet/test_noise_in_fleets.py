"""Noise of stacked members, as on a GPU: each draws the numbers of its run alone, in training and when continued."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from narrows.config.schema import Config
from narrows.fleet.fleet import Fleet
from narrows.fleet.gpu.side_by_side import SideBySide
from narrows.fleet.member import Member
from narrows.noise import counter_noise
from narrows.noise.counter_noise import CounterNoise
from narrows.run import run
from narrows.runs.run_folder import LAST
from narrows.seeds import normal, uniform
from support.fleets import save
from support.kinds import DOUBLE, EXTRA, members
from support.outcomes import checkpoint_of, same, weights_of
from support.parity import distance, drawing, loop, most, stacked, together

NOISY = [
    ("corruption=masking",),
    ("corruption=gaussian",),
    ("corruption=salt_pepper",),
    ("code=variational", "objective=bce"),
    ("model.dropout=0.2",),
    ("model=conv", "model.dropout=0.2"),
    ("objective.weights.mmd=0.1",),
    *EXTRA,
]
ALL_AT_ONCE = ("corruption=salt_pepper", "model.dropout=0.1", "code=variational", "objective.weights.mmd=0.1", DOUBLE)


class Recording:
    """A source of noise that keeps what it draws."""

    def __init__(self, noise: CounterNoise) -> None:
        self.noise, self.drawn = noise, []

    def uniform(self, like: Tensor, of_code: bool) -> Tensor:
        self.drawn.append(uniform(like, self.noise, of_code))
        return self.drawn[-1]

    def normal(self, like: Tensor, of_code: bool) -> Tensor:
        self.drawn.append(normal(like, self.noise, of_code))
        return self.drawn[-1]


def of_levels(configs: list[Config]) -> list[Config]:
    """Members of a fleet may differ in the level of their corruption."""
    levels = [0.1, 0.3, 0.7, 0.25, 0.9]
    if not hasattr(configs[0].corruption, "level"):
        return configs
    return [
        config.model_copy(update={"corruption": config.corruption.model_copy(update={"level": level})})
        for config, level in zip(configs, levels, strict=False)
    ]


def alone(member: Member, images: Tensor) -> tuple[Tensor, Tensor, list[Tensor]]:
    """Target, corrupted images and further noise of the member's next step on its own, in the code of a run."""
    source = CounterNoise.of_run(member.config.seed)
    source.set_state(member.noise.get_state())
    source.begin_step()
    recording, module = Recording(source), member.module.train()
    images = module.target(images, recording)
    inputs = module.corruption(images, recording)
    before = len(recording.drawn)
    output = module.autoencoder(inputs, recording)
    module.objective(module.autoencoder, output, images, 0, recording)
    return images, inputs, recording.drawn[before:]


@pytest.mark.parametrize("implementation", ["twin", "kernel"])
@pytest.mark.parametrize("kind", NOISY, ids=" ".join)
def test_every_kind_of_noise_is_that_of_the_run_alone_bit_for_bit(kind, implementation, monkeypatch):
    """Of members of several bottlenecks and levels, of which some have no images left in the second step."""
    if implementation == "kernel":
        pytest.importorskip("triton")
    monkeypatch.setattr(counter_noise, "runs_kernels", lambda tensor: implementation == "kernel")
    fleet = stacked(of_levels(members(*kind, count=4)))
    passes = fleet.engine.passes
    assert isinstance(passes, SideBySide)
    for rows, count in ((slice(0, 4), 3), (slice(0, 3), 2), (slice(1, 4), 3)):
        images = torch.rand(rows.stop - rows.start, count, 1, 28, 28)
        expected = [alone(member, clean) for member, clean in zip(fleet.members[rows], images, strict=True)]
        targets, inputs, drawn = passes.training_noise.step(rows, images)
        for row, (target_alone, inputs_alone, drawn_alone) in enumerate(expected):
            assert torch.equal(targets[row], target_alone)
            assert torch.equal(inputs[row], inputs_alone)
            for numbers, numbers_alone in zip([part[row] for part in drawn], drawn_alone, strict=True):
                width = numbers_alone.shape[-1]
                assert torch.equal(numbers[..., :width], numbers_alone) and not numbers[..., width:].any()


@pytest.mark.parametrize("kind", [*NOISY[:4], *EXTRA], ids=" ".join)
def test_drawing_by_counter_one_by_one_too_is_bit_for_bit_the_plain_loop(kind):
    """Also where a step is captured: its replay draws the numbers of the next step."""
    for member in together(members("trainer.max_epochs=2", *kind, count=3), by_counter=True):
        assert distance(member.autoencoder.state_dict(), loop(member.config, by_counter=True)) == 0


def test_levels_and_numbers_of_images_may_differ():
    """Each member's steps are counted by itself: after an epoch they are those of its run alone."""
    sizes = (300, 130, 256)
    configs = [
        config.model_copy(update={"data": config.data.model_copy(update={"train_size": size})})
        for config, size in zip(of_levels(members(*ALL_AT_ONCE, count=3)), sizes, strict=True)
    ]
    for member in together(configs, exact=False):
        assert distance(member.autoencoder.state_dict(), loop(member.config, by_counter=True)) < 1e-9
        assert int(member.noise.get_state()[1]) == member.history.epochs * member.steps


# --- Continued


def resumed(config: Config, epochs: int) -> Config:
    run_again = config.run.model_copy(update={"resume": True})
    return config.model_copy(
        update={"run": run_again, "trainer": config.trainer.model_copy(update={"max_epochs": epochs})}
    )


def fleet_of(configs: list[Config], starts: list[Path | None]) -> list[Member]:
    """Members after training in a fleet that continues from these checkpoints."""
    splits = most(configs)
    with drawing(by_counter=True):
        continued = [Member(config, splits) for config in configs]
    for member, start in zip(continued, starts, strict=True):
        if start:
            member.restore(start / LAST)
    for _ in Fleet(continued, splits, exact=False).epochs():
        pass
    return continued


def test_from_a_fleet_to_the_run_alone_and_back(tmp_path):
    """One epoch in a fleet, one alone, one in a fleet: weights and noise of the run alone that never stopped."""
    configs = members(*ALL_AT_ONCE, "trainer.max_epochs=1", count=3)
    folders = [tmp_path / str(row) for row in range(3)]
    for member, folder in zip(fleet_of(configs, [None] * 3), folders, strict=True):
        folder.mkdir()
        save(member, folder)
    with drawing(by_counter=True):
        for config, folder in zip(configs[:2], folders, strict=False):
            run(resumed(config, 2), folder)
    finished = fleet_of([resumed(config, 3) for config in configs], folders)  # the third stands an epoch behind
    for member in finished:
        assert distance(member.autoencoder.state_dict(), loop(member.config, by_counter=True)) < 1e-9
        assert int(member.noise.get_state()[1]) == 3 * member.steps


def test_a_checkpoint_of_a_cpu_is_continued_on_a_gpu_with_the_noise_of_its_step(tmp_path):
    config = members(*ALL_AT_ONCE, "trainer.max_epochs=1", count=1)[0]
    run(config, tmp_path)
    (member,) = fleet_of([resumed(config, 2)], [tmp_path])
    expected = CounterNoise.of_run(config.seed)
    expected.steps.fill_(2 * member.steps)
    assert torch.equal(member.noise.get_state(), expected.get_state())
    with drawing(by_counter=True):
        run(resumed(config, 2), tmp_path)
    assert same(checkpoint_of(tmp_path)["narrows"]["noise"], expected.get_state())
    alone_weights = {name.removeprefix("autoencoder."): value for name, value in weights_of(tmp_path).items()}
    assert distance(member.autoencoder.state_dict(), alone_weights) < 1e-9
