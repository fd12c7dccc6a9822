"""A made-up search for the tests of the report: its best trial, its order and what matters in it are known."""

from math import exp, log
from pathlib import Path
from random import Random

from narrows.runs import record, study
from narrows.runs.study import Search, Study
from support.made_up_study import made_up_record

BOTTLENECK, ACTIVATION, RATE = "model.bottleneck", "model.activation", "optimizer.lr"
ACTIVATIONS = ["relu", "tanh", "gelu"]
SPACE = {BOTTLENECK: "range(1,17)", ACTIVATION: "choice(relu,tanh,gelu)", RATE: "tag(log, interval(1e-4, 1e-2))"}


def error(levels: dict) -> float:
    """Falls to an eighth over the bottlenecks, varies by a third with the learning rate and not with the activation."""
    return 0.08 / levels[BOTTLENECK] ** 0.75 * (1 + 0.3 * abs(log(levels[RATE] / 1e-3, 100)))


def trial(number: int) -> dict:
    random = Random(number)
    rate = exp(random.uniform(log(1e-4), log(1e-2)))
    return {BOTTLENECK: random.randint(1, 16), ACTIVATION: random.choice(ACTIVATIONS), RATE: rate}


def make(folder: Path, began: int, status: dict[int, str] | None = None, **search) -> Path:
    """A search of which so many trials began; `status` maps the number of a trial to what it ended with."""
    runs = {str(number): trial(number) for number in range(began)}
    for number, (name, levels) in enumerate(runs.items()):
        (folder / name).mkdir(parents=True)
        ended = (status or {}).get(number, "done")
        if ended != "missing":
            written = made_up_record(levels, error, ended, {})
            metrics = written.metrics | ({"test/mse": 1.5 * error(levels)} if ended == "done" else {})
            record.write(written.model_copy(update={"metrics": metrics}), folder / name)
    axes = {key: list(dict.fromkeys(levels[key] for levels in runs.values())) for key in SPACE}
    given = {"space": SPACE, "typed": ["data=mnist5k"], "trials": began} | search
    plan = Study(
        name="mine", question="Which is best?", command="narrows train -m hydra/sweeper=search", axes=axes, runs=runs,
        metrics=["val/mse", "test/mse"], search=Search(**given),
    )  # fmt: skip
    study.write(plan, folder)
    return folder


def best(trials: int, without: tuple[int, ...] = ()) -> int:
    """The number of the trial with the lowest validation error."""
    return min((number for number in range(trials) if number not in without), key=lambda number: error(trial(number)))
