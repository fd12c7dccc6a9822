"""A study with arms that the tests of the board serve: three arms with two seeds; one axis is that of one arm."""

from pathlib import Path

from narrows.run import run
from narrows.runs import study
from narrows.runs.study import Study
from support.configs import tiny

ARMS = {"plain": {}, "masking": {"corruption": "masking"}, "sparse": {"code": "sparse"}}
ACTIVE = {"plain": None, "masking": None, "sparse": 2}
AXES = {"arm": list(ARMS), "code.active": [2], "seed": [0, 1]}
METRICS = ["test/probe_error", "test/mse"]


def levels(arm: str, seed: int) -> dict:
    active = ACTIVE[arm]
    return {"arm": arm} | ({"code.active": active} if active else {}) | {"seed": seed}


def name(arm: str, seed: int) -> str:
    return "_".join(f"{key.rpartition('.')[2]}-{level}" for key, level in levels(arm, seed).items())


RUNS = {name(arm, seed): levels(arm, seed) for arm in ARMS for seed in AXES["seed"]}


def question(runs: dict[str, dict]) -> Study:
    return Study(
        name="arms", question="Which arm?", command="none", axes=AXES, arms=ARMS, metrics=METRICS, runs=runs,
        quantities={"test/mse": {"label": "error"}},
    )  # fmt: skip


def train(folder: Path) -> None:
    """Train all runs, after the study's file was written, as a sweep does."""
    folder.mkdir()
    study.write(question(RUNS), folder)
    for run_name, run_levels in RUNS.items():
        overrides = [f"{key}={level}" for key, level in ARMS[run_levels["arm"]].items()]
        overrides += [f"{key}={level}" for key, level in run_levels.items() if key != "arm"]
        config = tiny("logger=tensorboard", "model.bottleneck=3", "evaluation=[reconstruction,probe]", *overrides)
        run(config, folder / run_name)
