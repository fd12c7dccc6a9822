"""Exports a trained autoencoder: files of one format, compared with the original, and a model card beside them."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from narrows.config.data_section import data_of
from narrows.data.binarise import binarised
from narrows.data.preparation import Preparation
from narrows.data.sources import dataset
from narrows.errors import UserError
from narrows.export.check import CheckedImages, Difference, compare
from narrows.export.export_formats import Format, require_packages, write
from narrows.export.model_card import Card, is_model_card, text
from narrows.export.parts import parts, scaling
from narrows.paths import writable
from narrows.runs import checkpoint, record, study
from narrows.runs.atomic_files import write_atomically, write_text_atomically, writing_into
from narrows.runs.record import Record
from narrows.runs.run_folder import BEST

MODEL_CARD = "README.md"


def export(run: Path, to: Format, out: Path | None, root: str, licence: str = "") -> tuple[Path, list[Difference]]:
    """Export the run of a folder, or a checkpoint, into `out` or the folder export/`to` beside the checkpoint.

    `root` is the folder of all data sets. Nothing is written unless each part gives what the original gives on the test
    images. `licence` is that of the weights, for the model card. Returns the folder and the differences.
    Raises UserError for what is not exported, in one line.
    """
    require_packages(to)
    path = _checkpoint(run)
    folder = out or path.parent / "export" / to
    _refuse_other_readme(folder)
    content = checkpoint.read(path)
    autoencoder, card = checkpoint.load(path), content[checkpoint.CARD]
    test = _test_images(card, root)
    units = scaling(_preparation(card), test.raw.dtype)
    exported = parts(autoencoder, units, card["config"]["model"]["bottleneck"])
    with tempfile.TemporaryDirectory() as temporary:
        runners = write(to, exported, content, Path(temporary))
        differences = compare(runners, autoencoder, test, units.trained)
        writable(folder, "--out")
        with writing_into(folder):
            for file in sorted(Path(temporary).iterdir()):
                with write_atomically(folder / file.name) as partial:
                    shutil.copyfile(file, partial)
        described = Card(to, exported, differences, card, _record(path), path, licence)
        write_text_atomically(folder / MODEL_CARD, text(described))
    return folder, differences


def _checkpoint(run: Path) -> Path:
    if (run / study.NAME).is_file():
        raise UserError(f"{run}: holds a study; name the folder of one of its runs")
    return checkpoint.best_of(run)


def _refuse_other_readme(folder: Path) -> None:
    """Raise UserError for a folder with a README.md that is no model card of ours, which would be lost."""
    if (path := folder / MODEL_CARD).is_file() and not is_model_card(path.read_text(errors="replace")):
        raise UserError(f"--out {folder}: holds another {MODEL_CARD}; name another folder")


def _preparation(card: Mapping[str, Any]) -> Preparation | None:
    return Preparation(**card["preparation"]) if "preparation" in card else None


def _test_images(card: Mapping[str, Any], root: str) -> CheckedImages:
    """The test images of the run whose checkpoint has this card, also as they are in the data's files."""
    trained = card["config"]["data"]
    section = data_of(trained | {"root": root} if "root" in trained else trained)
    if section.entry.checksum != card["checksum"]:
        raise UserError(f"data={trained['name']}: {section.title} has changed since the checkpoint was trained")
    test, preparation = binarised(dataset(section), section.binarise).test, _preparation(card)
    prepared = preparation(test.pixels) if preparation else test.pixels
    return CheckedImages(test.pixels, prepared, test.labels if "classes" in card else None)


def _record(path: Path) -> Record | None:
    """The record of a run beside its best.ckpt, of which its metrics are; None for other checkpoints."""
    if path.name != BEST:
        return None
    try:
        beside = record.read(path.parent)
    except ValueError:
        raise UserError(f"{path.parent / record.NAME}: damaged") from None
    return beside if beside and beside.status == "done" else None
