"""`narrows push --to mlflow`, into a folder of files."""

import math

import pytest

from narrows.runs import record
from support.made_up_study import make, noisy
from support.packages import needs

needs("mlflow")

from mlflow.tracking import MlflowClient  # noqa: E402

PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


@pytest.fixture
def client(tmp_path, monkeypatch) -> MlflowClient:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"file://{tmp_path}/mlruns")
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    return MlflowClient(f"file://{tmp_path}/mlruns")


@pytest.fixture
def study(tmp_path):
    folder = make(tmp_path / "study", {"model.bottleneck": [2, 4]}, noisy)
    (folder / "run0" / "reconstructions.png").write_bytes(PICTURE)
    (folder / "report" / "figures").mkdir(parents=True)
    (folder / "report" / "figures" / "error.png").write_bytes(PICTURE)
    return folder


def pushed(command, study, *arguments: str) -> str:
    outcome = command("push", str(study), "--to", "mlflow", *arguments)
    assert outcome.status == 0, outcome.err
    return outcome.out


def runs(client: MlflowClient, name: str = "made_up") -> dict:
    experiment = client.get_experiment_by_name(name)
    return {run.info.run_name: run for run in client.search_runs([experiment.experiment_id])}


def points(client: MlflowClient, run) -> dict[str, list[tuple[int, float]]]:
    """Every number that MLflow keeps of a run."""
    return {
        key: sorted((metric.step, metric.value) for metric in client.get_metric_history(run.info.run_id, key))
        for key in run.data.metrics
    }


def test_records_curves_pictures_and_the_report_arrive(command, client, study):
    assert "made_up: 2 pushed; MLflow at" in pushed(command, study)
    there = runs(client)
    assert set(there) == {"run0", "run1", "made_up report"}
    original, run = record.read(study / "run0"), there["run0"]
    assert run.data.metrics["test/mse"] == original.metrics["test/mse"]
    assert points(client, run)["train/loss"] == list(enumerate(original.curves["train/loss"], 1))
    assert run.data.params["data.name"] == "mnist5k"
    assert run.data.tags["commit"] == "abc"
    assert run.info.status == "FINISHED"
    assert run.info.end_time - run.info.start_time == 1500
    assert [file.path for file in client.list_artifacts(run.info.run_id)] == ["reconstructions.png"]
    figures = client.list_artifacts(there["made_up report"].info.run_id, "report/figures")
    assert [file.path for file in figures] == ["report/figures/error.png"]


def test_pushing_twice_changes_nothing(command, client, study):
    pushed(command, study)
    before = {name: (run.info.run_id, points(client, run)) for name, run in runs(client).items()}
    assert "made_up: 2 unchanged;" in pushed(command, study)
    assert {name: (run.info.run_id, points(client, run)) for name, run in runs(client).items()} == before


def test_an_added_evaluation_is_added_to_the_same_run_and_nothing_else(command, client, study):
    pushed(command, study)
    before = runs(client)["run0"]
    old, changed = points(client, before), record.read(study / "run0")
    changed.metrics |= {"test/probe": 0.5, "test/psnr": math.nan}
    record.write(changed, study / "run0")
    assert "made_up: 1 updated, 1 unchanged;" in pushed(command, study)
    after = runs(client)["run0"]
    assert after.info.run_id == before.info.run_id
    new = points(client, after)
    assert new.pop("test/probe") == [(0, 0.5)]
    assert math.isnan(new.pop("test/psnr")[0][1])
    assert new == old


def test_an_interrupted_push_is_completed(command, client, study):
    pushed(command, study)
    run = runs(client)["run0"]
    client.delete_tag(run.info.run_id, "narrows.content")
    before = points(client, run)
    assert "made_up: 1 updated, 1 unchanged;" in pushed(command, study)
    assert points(client, runs(client)["run0"]) == before


def test_the_experiment_has_the_name_that_was_asked_for(command, client, study):
    pushed(command, study, "--project", "widths")
    assert len(runs(client, "widths")) == 3


def test_a_tracker_that_cannot_be_reached_is_answered_in_one_line(command, client, study, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    outcome = command("push", str(study), "--to", "mlflow")
    assert outcome.status == 2
    assert outcome.err.splitlines()[-1].startswith("error: --to mlflow: http://127.0.0.1:9: ")
