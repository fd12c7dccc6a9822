"""Finished runs are evaluated further: the same numbers as from the start, nothing is trained, the rest stays."""

import shutil
from pathlib import Path

import pytest
from joblib import Parallel
from joblib.externals.loky.process_executor import TerminatedWorkerError

from narrows import report
from narrows.errors import UserError
from narrows.run import run
from narrows.runs import record, study
from narrows.runs.folder_lock import only_writer
from narrows.runs.record import Record
from narrows.sweeps.evaluate_further import Finished, evaluate_further
from narrows.sweeps.evaluate_study import evaluate_run, evaluate_study
from narrows.sweeps.launch import launch
from narrows.sweeps.plan import Todo, todo
from narrows.sweeps.run_one import run_one
from support.configs import configure
from support.fleets import HERE
from support.sweeps import configs, everything, grid, records, stamps

AXES = ("model.bottleneck=2,3", "seed=0,1")
ADDED = ["probe", "units", "clusters", "memorisation", "smoothness", "neighbours", "compression"]
ALL = "evaluation=[reconstruction,{}]".format(",".join(ADDED))
OLD = Path(__file__).parents[1] / "fixtures" / "version-0.1.0"


def train_together(folder: Path, *overrides: str) -> Path:
    """The study of `AXES`, trained as a fleet."""
    launch([(config, folder / name) for name, config in configs(*AXES, *overrides).items()], HERE, "continue")
    study.write(grid(*AXES, *overrides)[0], folder)
    return folder


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    return train_together(tmp_path_factory.mktemp("finished"))


@pytest.fixture(scope="module")
def from_the_start(tmp_path_factory) -> dict[str, Record]:
    return records(train_together(tmp_path_factory.mktemp("start"), ALL))


@pytest.fixture
def copy(finished, tmp_path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "copy"))


def checkpoints(folder: Path) -> dict[str, int]:
    return {path: stamp for path, stamp in stamps(folder).items() if path.endswith(".ckpt")}


@pytest.mark.parametrize("processes", [1, 2])
def test_the_numbers_are_those_of_a_run_that_had_the_evaluations_from_the_start(copy, from_the_start, processes):
    trained = checkpoints(copy)
    assert evaluate_study(copy, ADDED, root="", processes=processes) == 0
    for name, result in records(copy).items():
        whole = from_the_start[name]
        assert result.metrics == whole.metrics
        assert result.config["evaluation"] == whole.config["evaluation"]
        assert result.determinants() == whole.determinants()
        assert (result.status, result.epochs, result.seed) == (whole.status, whole.epochs, whole.seed)
    assert checkpoints(copy) == trained
    assert "probe" in (copy / "report" / "report.md").read_text()


def test_a_run_alone_gets_the_same_numbers_in_several_steps_and_any_order(tmp_path, from_the_start):
    (name, config), *_ = configs(*AXES).items()
    run(config, tmp_path)
    for names in (["compression"], ["neighbours", "clusters"], ADDED[::-1]):
        status, metrics = evaluate_run(tmp_path, names, root="")
        assert status == 0
    assert metrics == from_the_start[name].metrics


def test_an_evaluation_of_an_earlier_version_is_repeated(copy, from_the_start):
    evaluate_study(copy, ADDED, root="", processes=1)
    for name, result in records(copy).items():
        stale = {metric: value + 1 for metric, value in result.metrics.items() if metric.startswith("test/nearest")}
        stale["test/gap_sse"] = 0.0  # of no evaluation: stays
        changes = {"metrics": result.metrics | stale, "evaluation_versions": {}}
        record.write(result.model_copy(update=changes), copy / name)
    jobs = configs(*AXES, ALL).items()
    assert {todo(config, copy / name) for name, config in jobs} == {Todo.EVALUATE}
    sentence = "The evaluation memorisation of 4 runs is of an earlier version"
    report.write(copy)
    assert sentence in (copy / "report" / "report.md").read_text()
    assert evaluate_study(copy, ADDED, root="", processes=1) == 0
    for name, result in records(copy).items():
        assert result.metrics == from_the_start[name].metrics | {"test/gap_sse": 0.0}
        assert result.config["evaluation"] == from_the_start[name].config["evaluation"]
        assert result.evaluations() == from_the_start[name].evaluations()
    assert {todo(config, copy / name) for name, config in jobs} == {Todo.SKIP}
    assert sentence not in (copy / "report" / "report.md").read_text()


def test_the_rest_of_the_record_stays(copy):
    before = records(copy)
    evaluate_study(copy, ["units"], root="", processes=1)
    for name, result in records(copy).items():
        assert result.metrics.pop("test/dead_units") >= 0
        result.config["evaluation"].remove("units")
        del result.evaluation_versions["units"]
        assert result.evaluation_seconds > before[name].evaluation_seconds
        assert result.model_copy(update={"evaluation_seconds": before[name].evaluation_seconds}) == before[name]


def test_a_run_that_has_them_already_is_left_alone(copy):
    evaluate_study(copy, ["units"], root="", processes=1)
    before = stamps(copy)
    assert evaluate_study(copy, ["reconstruction", "units"], root="", processes=1) == 0
    assert stamps(copy) == before


def test_a_run_without_checkpoint_is_told_in_a_line_and_stops_no_other(copy, capsys):
    first, *others = records(copy)
    (copy / first / "best.ckpt").unlink()
    assert evaluate_study(copy, ["units"], root="", processes=1) == 1
    lines = [line for line in capsys.readouterr().err.splitlines() if "not evaluated" in line]
    assert len(lines) == 1
    assert f"{copy / first}: best.ckpt is missing" in lines[0]
    assert "test/dead_units" not in records(copy)[first].metrics
    assert all("test/dead_units" in records(copy)[name].metrics for name in others)


def test_a_defect_of_an_evaluation_is_logged_and_stops_no_other(copy, capsys):
    """A damaged checkpoint, and one whose evaluation raises an error of our own."""
    first, second, *others = records(copy)
    (copy / first / "best.ckpt").write_bytes(b"nothing")
    other = record.read(copy / second)
    record.write(other.model_copy(update={"config": other.config | {"trainer": {"threads": "none"}}}), copy / second)
    assert evaluate_study(copy, ["units"], root="", processes=1) == 1
    assert capsys.readouterr().err.count("not evaluated: ") == 2
    assert "Traceback" in (copy / second / "run.log").read_text()
    assert all("test/dead_units" in records(copy)[name].metrics for name in others)


def test_runs_that_are_not_done_are_counted_and_left_alone(copy, capsys):
    first, second, *_ = records(copy)
    result = record.read(copy / first)
    record.write(result.model_copy(update={"status": "interrupted"}), copy / first)
    (copy / second / record.NAME).unlink()
    assert evaluate_study(copy, ["units"], root="", processes=1) == 0
    assert "4 runs: 2 to evaluate further; 2 not done" in capsys.readouterr().out
    assert record.read(copy / first).config["evaluation"] == ["reconstruction"]


REFUSED = {
    "taste": "evaluation=taste: choose from",
    "anomaly": "evaluation=anomaly: the training images have all classes",
}


@pytest.mark.parametrize("name", REFUSED)
def test_an_evaluation_that_no_run_can_have_is_refused_before_anything_is_written(copy, name):
    (copy / ".lock").touch()
    before = everything(copy)
    with pytest.raises(UserError, match=REFUSED[name]):
        evaluate_study(copy, ["units", name], root="", processes=1)
    assert everything(copy) == before


def test_a_study_without_finished_runs_is_refused(tmp_path):
    study.write(grid(*AXES)[0], tmp_path)
    with pytest.raises(UserError, match="none of its 4 runs is done"):
        evaluate_study(tmp_path, ["units"], root="", processes=1)


def test_it_is_refused_while_a_sweep_is_running(copy):
    with only_writer(copy), pytest.raises(UserError, match=r"folder=.*another process is writing into it"):
        evaluate_study(copy, ["units"], root="", processes=1)


def test_after_a_worker_was_killed_half_as_many_go_on(copy, capsys, monkeypatch):
    """The system kills a worker without an error of its own when memory is short."""

    def killed(self: Parallel, tasks: object) -> None:
        raise TerminatedWorkerError("killed")

    monkeypatch.setattr(Parallel, "__call__", killed)
    assert evaluate_study(copy, ["units"], root="", processes=3) == 0
    assert "a worker was killed, perhaps out of memory: 1 at a time" in capsys.readouterr().err
    assert all("test/dead_units" in result.metrics for result in records(copy).values())


# --- data of the user's own


def own_config(path: Path, *overrides: str):
    sizes = ("data.batch_size=8", "data.test_size=20", "data.val_size=10", "model.widths=[4]", "model.bottleneck=2")
    return configure("data=arrays", f"data.path={path}", *sizes, "trainer=cpu", "trainer.max_epochs=1", *overrides)


def wine(path: Path) -> Path:
    """A copy of a table in a package."""
    from narrows.own.request import located

    shutil.copy(located("package:mlxtend/data/data/wine.csv"), path)
    return path


def test_data_that_have_changed_are_told_in_a_line(tmp_path, capsys):
    path = wine(tmp_path / "wine.csv")
    run(own_config(path, "logger=none"), tmp_path / "run")
    path.write_text(path.read_text().replace("14.23", "14.99", 1))
    assert evaluate_run(tmp_path / "run", ["units"], root="")[0] == 1
    assert "wine.csv has changed since the run was trained" in capsys.readouterr().err
    path.unlink()
    with pytest.raises(UserError, match=r"wine\.csv"):
        evaluate_run(tmp_path / "run", ["units"], root="")
    assert record.read(tmp_path / "run").config["evaluation"] == ["reconstruction"]


def test_a_sweep_evaluates_on_data_that_have_moved(tmp_path):
    run(own_config(wine(tmp_path / "wine.csv"), "logger=none"), tmp_path / "run")
    moved = (tmp_path / "wine.csv").rename(tmp_path / "moved.csv")
    config = own_config(moved, "logger=none", "evaluation=[reconstruction,units]")
    assert evaluate_further([Finished(tmp_path / "run", config.evaluation, config.data)]) == {}
    whole = run(own_config(moved, "logger=none", "evaluation=[reconstruction,units]"), tmp_path / "whole")
    assert record.read(tmp_path / "run").metrics == whole.metrics


def test_a_run_of_version_0_1_0_is_evaluated_further(tmp_path):
    folder = Path(shutil.copytree(OLD / "alone" / "begun", tmp_path / "old"))
    before = record.read(folder)
    status, metrics = evaluate_run(folder, ["units", "smoothness"], root="")
    assert status == 0
    assert metrics.keys() > before.metrics.keys() | {"test/dead_units"}
    assert record.read(folder).fingerprint == before.fingerprint


# --- a run that is continued or repeated with a longer list


def test_a_single_run_of_any_sweep_is_evaluated_and_not_trained(tmp_path, from_the_start):
    (name, config), *_ = configs(*AXES).items()
    run(config, tmp_path / name)
    before = checkpoints(tmp_path)
    loss = run_one(configs(*AXES, ALL)[name], tmp_path / name, "continue")
    assert record.read(tmp_path / name).metrics == from_the_start[name].metrics
    assert (loss, checkpoints(tmp_path)) == (from_the_start[name].objective(), before)


def test_the_fleet_launcher_evaluates_and_does_not_train(copy, from_the_start):
    before = checkpoints(copy)
    losses = launch([(config, copy / name) for name, config in configs(*AXES, ALL).items()], HERE, "continue")
    assert losses == [from_the_start[name].objective() for name in configs(*AXES)]
    assert {name: result.metrics for name, result in records(copy).items()} == {
        name: result.metrics for name, result in from_the_start.items()
    }
    assert checkpoints(copy) == before
