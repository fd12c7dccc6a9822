"""The pieces of training: optimisers, schedules, the step, what is in a checkpoint."""

from functools import partial
from math import cos, pi

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from lightning.pytorch.callbacks import Callback

from narrows.build import build
from narrows.build_optimizer import build_optimizer, build_schedule
from narrows.config import training_sections
from narrows.config.training_sections import Constant, Cosine, OneCycle, Step
from narrows.data.sources import as_floats
from narrows.errors import UserError
from narrows.models.corruptions import Clean
from narrows.models.traits import Corruption
from narrows.objective.objective import OBJECTIVES
from narrows.run import run
from narrows.runs.history import History
from narrows.seeds import generator
from narrows.training.datamodule import ImageData
from narrows.training.fit import fit
from narrows.training.make import make_module
from narrows.training.module import AutoencoderModule
from support.configs import configure, tiny
from support.outcomes import checkpoint_of, same, weights_of


def optimizer_of(*overrides: str) -> torch.optim.Optimizer:
    return build_optimizer([torch.nn.Parameter(torch.ones(3))], configure(*overrides).optimizer)


def rates(schedule_: training_sections.Schedule, steps: int, epoch: int = 10) -> list[float]:
    """The learning rate of each of `steps` steps, of which an epoch has `epoch`; 0.1 is that of the optimiser."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(3))], 0.1, momentum=0.9)
    schedule, found = build_schedule(optimizer, schedule_, steps, epoch), []
    for _ in range(steps):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return found


STEPS = st.integers(1, 200)


@given(STEPS)
def test_a_constant_rate_stays(steps):
    assert rates(Constant(name="constant"), steps) == [0.1] * steps


@given(STEPS)
def test_a_cosine_falls_from_the_rate_to_0(steps):
    expected = [0.05 * (1 + cos(pi * step / steps)) for step in range(steps)]
    assert rates(Cosine(name="cosine"), steps) == pytest.approx(expected, abs=1e-9)


@given(st.integers(10, 200))
def test_one_cycle_rises_to_the_rate_and_falls_below_where_it_began(steps):
    found = rates(OneCycle(name="one_cycle"), steps)
    top = found.index(max(found))
    assert 0.09 < max(found) <= 0.1  # the top may lie between two steps
    assert found[: top + 1] == sorted(found[: top + 1])
    assert found[top:] == sorted(found[top:], reverse=True)
    assert found[-1] < found[0] / 100


def test_a_warm_up_rises_linearly_to_the_rate_before_the_schedule_begins():
    first = [0.1 * step / 15 for step in range(1, 16)]  # of 1.5 epochs of 10 steps
    assert rates(Constant(name="constant", warmup=1.5), 30) == pytest.approx(first + [0.1] * 15)
    cosine = rates(Cosine(name="cosine", warmup=1.5), 30)
    assert cosine == pytest.approx(first + [0.05 * (1 + cos(pi * step / 15)) for step in range(15)])


def test_a_step_schedule_multiplies_the_rate_at_each_milestone():
    step = Step(name="step", milestones=[1, 3], gamma=0.5)
    assert rates(step, 40) == pytest.approx([0.1] * 10 + [0.05] * 20 + [0.025] * 10)
    warm = rates(step.model_copy(update={"warmup": 2.0}), 40)
    assert warm == pytest.approx([0.1 * step / 20 for step in range(1, 21)] + [0.05] * 10 + [0.025] * 10)


SCHEDULES = [
    OneCycle(name="one_cycle"),
    *(Constant(name="constant", warmup=warmup) for warmup in (0.0, 0.3, 5.0)),
    *(Cosine(name="cosine", warmup=warmup) for warmup in (0.0, 0.3, 5.0)),
    Step(name="step", milestones=[1], gamma=0.1),
]


@given(st.integers(1, 30), st.sampled_from(SCHEDULES))
def test_every_schedule_survives_every_number_of_steps(steps, schedule):
    assert all(0 <= rate <= 0.1 + 1e-9 for rate in rates(schedule, steps))


@pytest.mark.parametrize(
    ("overrides", "twin"),
    [
        (("optimizer=adam", "optimizer.lr=0.01"), partial(torch.optim.Adam, lr=0.01)),
        (
            ("optimizer=adam", "optimizer.weight_decay=0.1"),
            partial(torch.optim.Adam, lr=1e-3, weight_decay=0.1),
        ),
        (
            ("optimizer=adam", "optimizer.beta1=0.5", "optimizer.beta2=0.95", "optimizer.eps=1e-3"),
            partial(torch.optim.Adam, lr=1e-3, betas=(0.5, 0.95), eps=1e-3),
        ),
        (("optimizer=adamw",), partial(torch.optim.AdamW, lr=1e-3, weight_decay=0.01)),
        (("optimizer=sgd",), partial(torch.optim.SGD, lr=0.1, momentum=0.9)),
        (
            ("optimizer=sgd", "optimizer.momentum=0.0", "optimizer.weight_decay=0.1"),
            partial(torch.optim.SGD, lr=0.1, weight_decay=0.1),
        ),
    ],
)
def test_the_fused_optimiser_does_what_the_plain_one_does(overrides, twin):
    one, other = (torch.nn.Parameter(torch.linspace(-1, 1, 50)) for _ in range(2))
    optimizers = build_optimizer([one], configure(*overrides).optimizer), twin([other], fused=False, foreach=False)
    for _ in range(20):
        for parameter, optimizer in zip((one, other), optimizers, strict=True):
            optimizer.zero_grad()
            parameter.sin().square().sum().backward()
            optimizer.step()
    torch.testing.assert_close(one, other)


@pytest.mark.parametrize(
    "overrides",
    [(), ("optimizer=sgd", "schedule=cosine"), ("schedule=one_cycle", "objective=bce", "data.batch_size=20")],
    ids=" ".join,
)
def test_lightning_trains_exactly_what_a_plain_loop_does(splits, tmp_path, overrides):
    """The fast path and its twin: rounds of minibatches, manual optimisation, callbacks; or none of it."""
    config = tiny(*overrides)
    run(config, tmp_path)
    autoencoder = build(config.model, config.code, (1, 28, 28), generator(config.seed, "weights"))
    optimizer = build_optimizer(autoencoder.parameters(), config.optimizer)
    per_epoch = -(-512 // config.data.batch_size)
    schedule = build_schedule(optimizer, config.schedule, config.trainer.max_epochs * per_epoch, per_epoch)
    for epoch in range(config.trainer.max_epochs):
        order = torch.randperm(512, generator=generator(config.seed, "order", epoch))
        for rows in order.split(config.data.batch_size):
            images = as_floats(splits.train.pixels[rows])
            loss = OBJECTIVES[config.objective.name](autoencoder(images), images).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    trained = {f"autoencoder.{name}": value for name, value in autoencoder.state_dict().items()}
    assert same(dict(weights_of(tmp_path)), trained)


@pytest.mark.parametrize(
    ("schedule", "expected"), [("constant", [1e-3, 1e-3, 1e-3, 1e-3]), ("cosine", [8.536e-4, 5e-4, 1.464e-4, 0])]
)
def test_the_curve_of_the_rate_is_the_one_each_epoch_ended_with(tmp_path, schedule, expected):
    result = run(tiny("trainer.max_epochs=4", f"schedule={schedule}"), tmp_path)
    assert result.curves["lr"] == pytest.approx(expected, rel=1e-3, abs=1e-12)


# --- the step


class Noisy(Corruption):
    """A corruption that draws from the generator that it is given."""

    def forward(self, images: torch.Tensor, generator: torch.Generator | None = None) -> torch.Tensor:
        return images + torch.randn(images.shape, generator=generator)


def module_of(config, splits, corruption=None) -> AutoencoderModule:
    module = make_module(config, splits)
    module.corruption = corruption or Clean()
    return module


def test_one_step_serves_every_stage_and_only_training_is_corrupted(splits):
    module, images = module_of(tiny(), splits, Noisy()), as_floats(splits.test.pixels[:32])
    clean = OBJECTIVES["mse"](module.autoencoder(images), images).mean()
    assert module._step(images, "val") == clean
    assert module._step(images, "test") == clean
    assert module._step(images, "train") != clean


def test_the_target_of_a_corrupted_image_is_the_clean_one(splits):
    module, images = module_of(tiny(), splits, Noisy()), as_floats(splits.test.pixels[:32])
    noise = torch.randn(images.shape, generator=generator(0, "noise"))
    expected = OBJECTIVES["mse"](module.autoencoder(images + noise), images).mean()
    torch.testing.assert_close(module._step(images, "train"), expected)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=5))
def test_the_loss_of_an_epoch_is_the_mean_over_images_and_not_over_batches(splits, counts):
    module = module_of(tiny(), splits)
    images = as_floats(splits.test.pixels[: sum(counts)])
    for batch in images.split(counts):
        module._step(batch, "val")
    expected = OBJECTIVES["mse"](module.autoencoder(images), images).mean().item()
    assert module.mean_loss("val") == pytest.approx(expected, rel=1e-5)


# --- noise, stopped and continued


def train(config, splits, folder, resume: bool = False, epochs: int = 3) -> None:
    """As `run` does, with a corruption that draws noise in every step."""
    module, data = module_of(config, splits, Noisy()), ImageData(splits, config.data.batch_size, config.seed)
    trainer = config.trainer.model_copy(update={"max_epochs": epochs})
    fit(module, data, History(), trainer, None, folder, folder / "last.ckpt" if resume else None)


def test_noise_goes_on_where_it_was(splits, tmp_path):
    config = tiny()
    for folder in ("whole", "parts"):
        (tmp_path / folder).mkdir()
    train(config, splits, tmp_path / "whole")
    train(config, splits, tmp_path / "parts", epochs=1)
    train(config, splits, tmp_path / "parts", resume=True)
    assert same(weights_of(tmp_path / "parts"), weights_of(tmp_path / "whole"))
    assert same(checkpoint_of(tmp_path / "parts")["narrows"], checkpoint_of(tmp_path / "whole")["narrows"])


def test_a_checkpoint_of_another_kind_of_device_is_continued(splits, tmp_path):
    """A GPU's generator has 16 bytes of state, which a CPU's cannot take."""
    config = tiny()
    train(config, splits, tmp_path, epochs=1)
    content = torch.load(tmp_path / "last.ckpt", weights_only=True)
    content["narrows"]["noise"] = torch.zeros(16, dtype=torch.uint8)
    torch.save(content, tmp_path / "last.ckpt")
    train(config, splits, tmp_path, resume=True)
    assert checkpoint_of(tmp_path)["epoch"] == 2


# --- around it


def test_an_accelerator_that_is_not_there_is_refused(tmp_path):
    if torch.cuda.is_available() or torch.backends.mps.is_available():
        pytest.skip("this machine has a GPU")
    with pytest.raises(UserError, match=r"trainer\.accelerator=gpu: "):
        run(tiny("trainer=gpu"), tmp_path)
    assert not (tmp_path / "record.json").exists()


def test_every_epoch_leaves_a_checkpoint_that_is_whole(splits, tmp_path):
    config, seen = tiny("trainer.max_epochs=3"), []

    class Look(Callback):
        def on_train_epoch_start(self, trainer, module) -> None:
            if trainer.current_epoch:
                seen.append(checkpoint_of(tmp_path)["epoch"])

    data = ImageData(splits, config.data.batch_size, config.seed)
    fit(module_of(config, splits), data, History(), config.trainer, None, tmp_path, None, before_epochs=[Look()])
    assert seen == [0, 1]
    assert checkpoint_of(tmp_path)["epoch"] == 2
