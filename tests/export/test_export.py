"""`narrows export`: files that other programs use, in the units of the data, and their model card."""

import re
import subprocess
import sys

import numpy as np
import pytest
import torch
import yaml

import narrows
from narrows.run import run
from narrows.runs import checkpoint
from support.configs import REPOSITORY, tiny
from support.outcomes import Outcome
from support.own_data import configure_own, flowers
from support.packages import needs

ALONE = """
import sys, torch
import numpy as np
program = torch.export.load(sys.argv[1]).module()
np.save(sys.argv[3], program(torch.from_numpy(np.load(sys.argv[2]))).detach().numpy())
assert not [name for name in sys.modules if name.split(".")[0] == "narrows"]
"""


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """A run on iris in units that are far from those it is trained in, seconds since 1970 among them."""
    folder = tmp_path_factory.mktemp("own")
    rows = flowers()
    rows["sepal width (cm)"] = rows["sepal width (cm)"] + 1.7e9
    rows.to_csv(folder / "flowers.csv", index=False)
    config = configure_own(
        folder / "flowers.csv", "data.label=species", "model=linear", "model.bottleneck=2", "trainer.max_epochs=3"
    )
    run(config, folder / "run")
    return folder


def expected(folder, rows: np.ndarray) -> np.ndarray:
    """Rows of the file, scaled and unscaled in NumPy around the autoencoder of the checkpoint."""
    preparation = checkpoint.card(folder / "run/best.ckpt")["preparation"]
    shift, factor = (preparation[name].double().numpy() for name in ("shift", "factor"))
    scaled = torch.from_numpy(((rows - shift) / factor).astype(np.float32))
    with torch.no_grad():
        return narrows.load(folder / "run/best.ckpt").reconstruct(scaled).double().numpy() * factor + shift


def rows_of() -> np.ndarray:
    rows = flowers().drop(columns="species").to_numpy().copy()
    rows[:, 1] += 1.7e9
    return rows.reshape(-1, 1, 1, 4)


def test_a_table_goes_in_and_comes_out_in_its_own_units_with_onnx_runtime(command, table):
    needs("onnx")
    import onnxruntime

    outcome = command("export", f"{table}/run", "--to", "onnx")
    assert outcome.status == 0, outcome.err
    session = onnxruntime.InferenceSession(table / "run/export/onnx/autoencoder.onnx")
    (reconstructed,) = session.run(None, {"images": rows_of()})
    assert np.abs(reconstructed - expected(table, rows_of())).max() < 1e-5
    assert np.abs(reconstructed[:, 0, 0, 1] - 1.7e9).max() < 10  # the unit of the file


def test_a_table_goes_in_and_comes_out_in_a_process_without_narrows(command, table, tmp_path):
    outcome = command("export", f"{table}/run", "--to", "torch", "--out", f"{tmp_path}/files")
    assert outcome.status == 0, outcome.err
    np.save(tmp_path / "rows.npy", rows_of())
    arguments = [tmp_path / "files/autoencoder.pt2", tmp_path / "rows.npy", tmp_path / "out.npy"]
    done = subprocess.run([sys.executable, "-c", ALONE, *arguments], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert np.abs(np.load(tmp_path / "out.npy") - expected(table, rows_of())).max() < 1e-5


def test_images_are_bytes_and_each_part_prints_its_difference_and_tolerance(command, trained, digits, tmp_path):
    outcome = command("export", f"{trained.folder}/best.ckpt", "--to=torch", f"--out={tmp_path}/files")
    assert outcome.status == 0, outcome.err
    parts = ["encoder", "decoder", "autoencoder"]
    lines = outcome.out.splitlines()
    line = r"{}: largest difference \S+ of the largest number on 500 test images, tolerance 1e-04"
    assert all(re.fullmatch(line.format(part), text) for part, text in zip(parts, lines, strict=False))
    assert lines[-1] == f"{tmp_path}/files"
    loaded = {part: torch.export.load(tmp_path / f"files/{part}.pt2").module() for part in parts}
    pixels = digits.test.pixels[:3]
    autoencoder = narrows.load(trained.folder / "best.ckpt")
    torch.testing.assert_close(loaded["encoder"](pixels), autoencoder.encode(pixels.float() / 255))
    images = loaded["decoder"](loaded["encoder"](pixels))
    torch.testing.assert_close(images, loaded["autoencoder"](pixels))
    torch.testing.assert_close(images, autoencoder.reconstruct(pixels.float() / 255) * 255)


def card_of(command, trained, tmp_path, *arguments: str) -> tuple[Outcome, str]:
    outcome = command("export", str(trained.folder), "--to", "torch", "--out", str(tmp_path), *arguments)
    return outcome, (tmp_path / "README.md").read_text()


def test_the_model_card_holds_the_record_and_no_folder_of_this_machine(command, trained, tmp_path):
    _, text = card_of(command, trained, tmp_path, "--licence", "cc-by-4.0")
    front = yaml.safe_load(text.split("---")[1])
    assert front == {"library_name": "narrows", "license": "cc-by-4.0", "tags": ["autoencoder"]}
    record = trained.record
    for name, value in record.metrics.items():
        (row,) = [line for line in text.splitlines() if line.endswith(f"| `{name}` |")]
        assert float(row.split("|")[2]) / value == pytest.approx(
            10 ** round(np.log10(float(row.split("|")[2]) / value)), rel=1e-3
        )
    for fact in (record.data.checksum, record.fingerprint, record.versions["torch"], "narrows: MIT", "3 epochs"):
        assert fact in text
    config = yaml.safe_load(text.split("```yaml")[1].split("```")[0])
    assert config["model"] == record.config["model"]
    assert "root" not in config["data"] and str(tmp_path.parent) not in text


def test_the_program_of_the_model_card_runs(command, trained, tmp_path, monkeypatch):
    _, text = card_of(command, trained, tmp_path)
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    exec(text.split("```python")[1].split("```")[0], names)
    assert names["codes"].shape == (1, 3)


def test_a_checkpoint_without_its_record_has_a_card_without_metrics(command, trained, tmp_path):
    for name in ("last", "elsewhere"):
        path = tmp_path / f"{name}.ckpt"
        path.write_bytes((trained.folder / "last.ckpt").read_bytes())
        outcome = command("export", str(path), "--to", "torch", "--out", str(tmp_path / name))
        assert outcome.status == 0, outcome.err
        assert "Metrics\n\nNot known" in (tmp_path / name / "README.md").read_text()


def test_a_checkpoint_of_version_0_1_0_is_exported(command, tmp_path):
    path = REPOSITORY / "tests/fixtures/version-0.1.0/alone/begun/best.ckpt"
    outcome = command("export", str(path), "--to", "torch", "--out", str(tmp_path / "files"))
    assert outcome.status == 0, outcome.err


def test_labels_are_a_second_input_of_a_conditional_autoencoder(command, digits, tmp_path):
    run(tiny("model.conditional=true", "trainer.max_epochs=1"), tmp_path / "run")
    outcome = command("export", f"{tmp_path}/run", "--to", "torch")
    assert outcome.status == 0, outcome.err
    program = torch.export.load(tmp_path / "run/export/torch/decoder.pt2").module()
    autoencoder = narrows.load(tmp_path / "run/best.ckpt")
    codes = torch.randn(4, 3)
    torch.testing.assert_close(program(codes, torch.full((4,), 7)), autoencoder.of_class(codes, 7) * 255)
    assert "`labels` int64 (rows)" in (tmp_path / "run/export/torch/README.md").read_text()


#: What is typed after `narrows export`, and the beginning of the one line.
MISTAKES = {
    "": "narrows export: RUN is missing; see --help",
    "nowhere": "--to is missing: choose from onnx, torch, safetensors",
    "nowhere --to torch": "checkpoint=nowhere: no such file",
    "nowhere --to tflite": "--to=tflite: choose from onnx, torch, safetensors",
}


@pytest.mark.parametrize("typed", MISTAKES)
def test_a_mistake_is_answered_in_one_line(command, typed):
    outcome = command("export", *typed.split())
    assert (outcome.status, outcome.line) == (2, f"error: {MISTAKES[typed]}")


def test_a_missing_package_is_named_with_the_extra_that_installs_it(command, monkeypatch):
    monkeypatch.setattr("narrows.extras._installed", lambda module: False)
    outcome = command("export", "nowhere", "--to", "onnx")
    assert outcome.line == "error: --to onnx: needs the package onnx; pip install 'narrows[export]' installs it"


def test_an_export_that_differs_is_not_written(command, trained, tmp_path, monkeypatch):
    """The negative control of the comparison."""
    monkeypatch.setattr(
        "narrows.export.export_formats._torch", lambda part, path: lambda *inputs: part.module(*inputs) * 1.001
    )
    outcome = command("export", str(trained.folder), "--to", "torch", "--out", f"{tmp_path}/files")
    assert outcome.status == 2
    assert "encoder: differs from the original by 1.0e-03" in outcome.line
    assert not (tmp_path / "files").exists()


def test_a_graph_that_cannot_be_made_is_refused_by_name(command, trained, monkeypatch):
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("no operator\nfor this")

    monkeypatch.setattr(torch.export, "export", broken)
    outcome = command("export", str(trained.folder), "--to", "torch")
    assert (
        outcome.line == "error: --to torch: the encoder of model=mlp code=plain has no such form (no operator for this)"
    )


def test_safetensors_are_read_by_every_command_that_reads_checkpoints(command, trained, tmp_path):
    needs("safetensors")
    outcome = command("export", str(trained.folder), "--to", "safetensors", "--out", str(tmp_path))
    assert outcome.status == 0, outcome.err
    path = tmp_path / "autoencoder.safetensors"
    assert "noise" not in checkpoint.card(path)
    evaluated = command("evaluate", f"checkpoint={path}")
    assert evaluated.status == 0, evaluated.err
    assert f"{trained.record.metrics['test/mse']:.6f}"[:7] in evaluated.out
