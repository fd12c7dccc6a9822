"""`narrows.study`: the runs of a study as a table, its report, its best run."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from pandas import DataFrame

from narrows import report
from narrows.errors import UserError
from narrows.paths import expanded
from narrows.report import Written
from narrows.runs.study import Study
from narrows.stats import grid, study_folder
from narrows.trained.opened import open_run
from narrows.trained.trained_autoencoder import TrainedAutoencoder

OBJECTIVE, TRAINING = "val/mse", "train/mse"  # what a search minimises; the second without validation images


class StudyResults:
    """A study that has been trained, in its folder.

    folder  where the runs, the records and the report lie
    study   the question, the axes and the runs that were planned
    """

    def __init__(self, folder: Path, kept: TemporaryDirectory[str] | None = None) -> None:
        """`kept` is the temporary folder of a study without a path, which lasts as long as this object."""
        self.folder, self._kept = folder, kept
        self.study: Study = study_folder.read(folder)

    @property
    def frame(self) -> DataFrame:
        """A row for each planned run: name, status, error, levels by dotted key, metrics, epochs and seconds."""
        return grid.read(self.folder).runs.drop(columns="cell")

    def report(self) -> Written:
        """Write the report anew if a record has changed; printing the result shows its answer and its tables.

        Its `page` is the HTML file, beside the tables as CSV and the figures.
        """
        if report.is_current(self.folder):
            return Written(self.folder / report.NAME / report.PAGE, report.summary_text(self.folder))
        return report.write(self.folder)

    def best(self, metric: str | None = None, highest: bool = False) -> TrainedAutoencoder:
        """The run with the lowest `metric`, or with the `highest`; by default the lowest validation error.

        Raises UserError for a metric that no run has recorded.
        """
        runs = self.frame.query("status == 'done'")
        recorded = [name for name in runs.columns if "/" in name and runs[name].notna().any()]
        metric = metric or (OBJECTIVE if OBJECTIVE in recorded else TRAINING)
        if metric not in recorded:
            raise UserError(f"metric={metric}: recorded by no run; choose from {', '.join(recorded)}")
        scores = runs[metric].dropna()
        return self[str(runs["run"][scores.idxmax() if highest else scores.idxmin()])]

    def __getitem__(self, run: str) -> TrainedAutoencoder:
        """The trained autoencoder of the run of this name."""
        if run not in self.study.runs:
            raise KeyError(run)
        return open_run(self.folder / run)

    def __iter__(self) -> Iterator[str]:
        """The names of the runs."""
        return iter(self.study.runs)

    def __len__(self) -> int:
        return len(self.study.runs)

    def __repr__(self) -> str:
        return f"<StudyResults of {self.study.name}: {len(self)} runs of {', '.join(self.study.axes)} in {self.folder}>"


def study(folder: str | Path) -> StudyResults:
    """The study in a folder that `narrows train -m` or `narrows.sweep` has written. Raises UserError if it is none."""
    return StudyResults(expanded(folder, "folder"))
