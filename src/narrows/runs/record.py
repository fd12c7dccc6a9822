"""The record: what a run leaves for the report. Written atomically, read without torch."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

from narrows.config.evaluations import FIRST, versions_of
from narrows.config.schema import Config
from narrows.runs.atomic_files import write_text_atomically
from narrows.runs.determinants import EVALUATION, FIRST_RESULTS, RESULTS, recorded_determinants
from narrows.runs.provenance import git, versions

NAME = "record.json"

#: How a run ended. Empty during training; such a record is never written. Refused: never begun, since its config is
#: not valid.
Status = Literal["", "done", "refused", "failed", "interrupted"]


class DataRecord(BaseModel):
    """The data of a run: the checksum of the files' checksums, and the number of images in each split.

    `unit` is the unit of the values, so that errors are in this unit squared.
    """

    name: str
    checksum: str
    train: int
    val: int
    test: int
    unit: str = "pixels in [0, 1]"


class Record(BaseModel):
    """One run. Metrics are named `split/quantity`; `curves` hold one number per epoch; `seconds` is its training time.

    `evaluation_seconds` is the time of the evaluations after it, 0 in records of versions that did not measure it;
    `evaluation_versions` are their versions, 1 where there is none.
    `results` is the code's results number (see `determinants`). `fingerprint` is a checksum of the config that the run
    was trained with, its data and `results`, for readers only: compare `determinants()` to see whether two runs must
    give the same numbers. `best_epoch` counts from 1.
    """

    model_config = ConfigDict(extra="forbid", ser_json_inf_nan="constants")

    status: Status = ""
    error: str | None = None
    config: dict[str, Any]
    results: int = FIRST_RESULTS
    fingerprint: str
    seed: int | None  # None in a run that was refused for having none
    data: DataRecord
    metrics: dict[str, float] = {}
    curves: dict[str, list[float]] = {}
    epochs: int = 0
    best_epoch: int | None = None
    seconds: float = 0.0
    evaluation_seconds: float = 0.0
    evaluation_versions: dict[str, int] = {}
    parameters: int = 0
    device: str = ""
    git: dict[str, Any]
    versions: dict[str, str]
    started: str

    @model_validator(mode="after")
    def _refused(self) -> Self:
        """Version 0.1.0 recorded refused runs as failed ones without a fingerprint."""
        if self.status == "failed" and not self.fingerprint:
            self.status = "refused"
        return self

    def determinants(self) -> dict[str, Any]:
        """What determines the numbers of the run, by dotted key: equal for runs that must give the same numbers."""
        return recorded_determinants(self.config, self.data.checksum, self.results)

    def evaluations(self) -> dict[str, int]:
        """The evaluations that the run has, each with its version."""
        return {name: self.evaluation_versions.get(name, FIRST) for name in self.config.get(EVALUATION, [])}

    def unevaluated(self, names: Sequence[str]) -> list[str]:
        """Those of the evaluations `names` that the run does not have, or in an earlier version, in their order."""
        present = self.evaluations()
        return [name for name, version in versions_of(names).items() if present.get(name, 0) < version]

    def quantities(self) -> dict[str, float]:
        """The recorded numbers by their names in the table of quantities; a run that is not done has few or none."""
        fields = {"seconds": self.seconds, "parameters": self.parameters, "epochs": self.epochs}
        if self.best_epoch is not None:
            fields["best_epoch"] = self.best_epoch
        if units := self.curves.get("active_units"):
            fields["active_units"] = units[-1]
        return self.metrics | {f"run/{name}": float(value) for name, value in fields.items()}

    def objective(self) -> float:
        """What sweepers minimise: the validation MSE, or the training MSE if no images are held out."""
        return self.metrics.get("val/mse", self.metrics["train/mse"])

    def summary(self) -> str:
        """One line for a terminal."""
        error, pca = self.metrics["test/mse"], self.metrics["pca/mse"]
        return (
            f"{self.status}: test MSE {error:.5f}, PCA with as many numbers {pca:.5f} ({self.data.unit}); "
            f"{self.epochs} epochs on {self.data.train} images of {self.data.name} in {self.seconds:.1f} s"
        )


def begin(config: Config) -> Record:
    """The record of a run that is about to start, without what is known only after torch is loaded."""
    data, entry = config.data, config.data.entry
    return Record(
        config=config.model_dump(),
        results=RESULTS,
        evaluation_versions=versions_of(config.evaluation),
        fingerprint=config.fingerprint(entry.checksum, RESULTS),
        seed=config.seed,
        data=DataRecord(
            name=data.title,
            checksum=entry.checksum,
            train=data.trained,
            val=data.held_out,
            test=entry.test,
            unit=data.unit,
        ),
        git=git(),
        versions=versions(),
        started=_now(),
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def refuse(levels: Mapping[str, Any], error: str) -> Record:
    """The record of a run whose overrides give no valid config, so that it is not trained."""
    seed = levels.get("seed")
    return Record(
        status="refused",
        error=error,
        config=dict(levels),
        fingerprint="",
        seed=seed if isinstance(seed, int) else None,
        data=DataRecord(name="", checksum="", train=0, val=0, test=0),
        git=git(),
        versions=versions(),
        started=_now(),
    )


def write(record: Record, folder: Path) -> Path:
    """Write `record.json` into the folder, whole or not at all."""
    path = folder / NAME
    write_text_atomically(path, record.model_dump_json(indent=2))
    return path


def read(folder: Path) -> Record | None:
    """The record in this folder, or None if there is none. Raises ValueError for a file that is no record."""
    path = folder / NAME
    return Record.model_validate_json(path.read_bytes()) if path.is_file() else None
