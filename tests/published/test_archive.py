"""The archive of the ledger: publishing from any checkout keeps what others have published."""

import json
from pathlib import Path

import pytest

from narrows import report
from narrows.app import ledger_runs, studies_in_turn
from narrows.app.commands import published_command
from narrows.errors import UserError
from narrows.published import ledger_page
from narrows.published.archive import is_place
from narrows.published.papers import papers
from narrows.runs import record
from narrows.stats.grid import read
from support.made_up_papers import Changes, finish

LINEAR, VAE = "hinton2006", "pytorch_vae"
FIRST = "seed-0_max_epochs-7"  # a run of the latter


@pytest.fixture
def docs(tmp_path, monkeypatch) -> Path:
    """docs/published of a checkout whose ledger has two papers."""
    two = {name: section for name, section in papers().items() if name in (LINEAR, VAE)}
    for module in (published_command, ledger_page):
        monkeypatch.setattr(module, "papers", lambda: two)
    for module in (ledger_runs, studies_in_turn):
        monkeypatch.setattr(module, "checkout", lambda: tmp_path / "checkout")
    folder = tmp_path / "checkout" / "docs" / "published"
    folder.mkdir(parents=True)
    return folder


def publish(out: Path) -> str:
    published_command.main(["size=full", "only=none", "publish=true", f"out={out}"])
    return (out / "full" / "published.md").read_text()


def page(out: Path) -> str:
    published_command.main(["size=full", "only=none", f"out={out}"])
    return (out / "full" / "published.md").read_text()


def only(arm: str) -> Changes:
    return lambda levels: {} if levels["arm"] == arm else None


def archived(docs: Path, name: str) -> str:
    return (docs / "runs" / f"{name}.jsonl").read_text()


def unpacked(out: Path, name: str) -> Path:
    return out / "full" / "runs" / name


def here(text: str) -> dict[str, str]:
    """The verdicts by the number's label, from the table of a page."""
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("| ")][1:]
    return {row[1].strip(): row[-1].strip() for row in rows if len(row) == 7}


def test_the_page_from_archives_alone_is_the_page_from_the_runs(tmp_path, docs):
    finish(LINEAR, tmp_path / "mine" / "full")
    finish(VAE, tmp_path / "mine" / "full")
    first = publish(tmp_path / "mine")
    again = page(tmp_path / "empty")
    assert "not run here" not in first
    assert first.replace(" publish=true", "") == again
    assert (docs / "README.md").read_text() == first
    assert str(tmp_path) not in first


def test_publishing_one_paper_keeps_the_others(tmp_path, docs):
    finish(LINEAR, tmp_path / "mine" / "full")
    assert here(publish(tmp_path / "mine"))["−ELBO of grey pixels, epoch 7"].startswith("not run here: about")
    before = archived(docs, LINEAR)
    finish(VAE, tmp_path / "another" / "full")
    assert not any("not run here" in verdict for verdict in here(publish(tmp_path / "another")).values())
    assert archived(docs, LINEAR) == before
    assert len(read(unpacked(tmp_path / "another", VAE)).finished) == 20


def test_only_numbers_that_have_all_seeds_are_archived(tmp_path, docs):
    finish(
        LINEAR,
        tmp_path / "mine" / "full",
        changes=lambda levels: {"status": "failed"} if (levels["arm"], levels["seed"]) == ("logistic", 3) else {},
    )
    text = publish(tmp_path / "mine")
    assert here(text)["logistic PCA"] == "not run here"
    assert here(text)["PCA"] != "not run here"
    assert "9 finished runs are not compared: a number needs as many seeds" in text
    assert [run["file"] for run in map(json.loads, archived(docs, LINEAR).splitlines())] == [
        "study.json",
        *(f"arm-linear_seed-{seed}/record.json" for seed in range(10)),
    ]
    assert len(read(unpacked(tmp_path / "mine", LINEAR)).study.runs) == 20
    assert "1.00 pair" not in text and "in the published order" not in text  # of a number that is not measured


def test_a_contribution_adds_numbers_and_seeds_to_the_archive(tmp_path, docs):
    finish(LINEAR, tmp_path / "mine" / "full", changes=only("linear"))
    publish(tmp_path / "mine")
    finish(LINEAR, tmp_path / "another" / "full", changes=only("logistic"))
    finish(LINEAR, tmp_path / "another" / "full", "seed=range(20,30)", changes=only("linear"))
    text = publish(tmp_path / "another")
    assert "not run here" not in here(text)["logistic PCA"]
    grid = read(unpacked(tmp_path / "another", LINEAR))
    assert len(grid.finished) == len(grid.study.runs) == 30
    assert "(n = 20)" in text and "(n = 10)" in text


def test_runs_of_another_protocol_are_named_and_not_compared(tmp_path, docs):
    finish(VAE, tmp_path / "mine" / "full")
    publish(tmp_path / "mine")
    before = archived(docs, VAE)
    changed = before.replace('"max_epochs": 7', '"max_epochs": 5')
    (docs / "runs" / f"{VAE}.jsonl").write_text(changed)
    text = publish(tmp_path / "empty")
    assert here(text)["−ELBO of grey pixels, epoch 7"].startswith("not run here")
    assert "10 finished runs are of another protocol than the paper's file and not compared" in text
    assert "trainer.max\\_epochs=5 in place of 7" in text or "trainer.max_epochs=5 in place of 7" in text
    assert archived(docs, VAE) == changed  # until somebody runs the present protocol
    publish(tmp_path / "mine")
    assert archived(docs, VAE) == before


def test_a_key_that_was_typed_for_all_runs_makes_another_protocol(tmp_path, docs):
    finish(VAE, tmp_path / "mine" / "full", "optimizer.lr=0.1", "optimizer.eps=1e-7")
    assert "optimizer.lr=0.1 in place of 0.001, optimizer.eps=1e-07 in place of 1e-08" in publish(tmp_path / "mine")
    assert not (docs / "runs").exists()


def test_a_run_without_a_new_evaluation_is_not_compared(tmp_path, docs):
    folder = finish(VAE, tmp_path / "mine" / "full")
    for path in folder.rglob(record.NAME):
        values = json.loads(path.read_text())
        values["config"]["evaluation"] = []
        path.write_text(json.dumps(values))
    assert "an evaluation is missing" in page(tmp_path / "mine")


def test_an_archive_has_no_paths_and_is_a_study_that_is_reported(tmp_path, docs):
    (tmp_path / "somebody").mkdir()
    finish(VAE, tmp_path / "mine" / "full", f"data.root={tmp_path / 'somebody'}")
    publish(tmp_path / "mine")
    assert "somebody" not in archived(docs, VAE) and str(tmp_path) not in archived(docs, VAE)
    kept = record.read(unpacked(tmp_path / "mine", VAE) / FIRST)
    run = record.read(tmp_path / "mine" / "full" / VAE / FIRST)
    assert (kept.fingerprint, kept.git, kept.seconds, kept.metrics) == (
        run.fingerprint, run.git, run.seconds, run.metrics,
    )  # fmt: skip
    assert kept.determinants() == run.determinants()
    assert kept.curves.keys() == {"train/loss"}
    assert "published/pytorch_vae" in report.write(unpacked(tmp_path / "mine", VAE)).page.read_text()


def test_a_damaged_record_is_named(tmp_path, docs):
    finish(VAE, tmp_path / "mine" / "full")
    publish(tmp_path / "mine")
    lines = archived(docs, VAE).split("\n")
    (docs / "runs" / f"{VAE}.jsonl").write_text("\n".join([*lines[:2], "{", *lines[3:]]))
    with pytest.raises(UserError, match=r"pytorch_vae\.jsonl, line 3: damaged"):
        page(tmp_path / "empty")
    (docs / "runs" / f"{VAE}.jsonl").unlink()
    (tmp_path / "mine" / "full" / VAE / FIRST / record.NAME).write_text("{")
    with pytest.raises(UserError, match=rf"{FIRST}.record\.json: damaged"):
        page(tmp_path / "mine")


def test_only_the_papers_protocols_are_published(docs):
    with pytest.raises(UserError, match="publish=true with size=smoke: only the papers' protocols"):
        published_command.main(["size=smoke", "only=none", "publish=true"])


@pytest.mark.parametrize("text", ["/data", "~/data", "'/a b'", "C:\\data", "file:///conf"])
def test_absolute_paths_are_places(text):
    assert is_place(text)


@pytest.mark.parametrize("text", ["data", "outputs/published", "mnist", "published/x", "1/2", ""])
def test_other_texts_are_no_places(text):
    assert not is_place(text)
