"""The scores of new samples as a table, with the contributions to the errors of anomalies."""

from pathlib import Path

import numpy as np
from pandas import DataFrame

from narrows.detect.anomaly_detector import AnomalyDetector
from narrows.detect.contributions import LARGEST, Contribution, contributions
from narrows.detect.new_samples import NewSamples
from narrows.own.raw import Array
from narrows.report.markup import for_spreadsheets
from narrows.runs.atomic_files import write_text_atomically

NAME = "scores.csv"
FIELDS = Contribution._fields


class Scored:
    """New samples with their scores (N,), and which of them are anomalies, (N,), those with the highest scores first.

    `reasons` are the contributions to the error of each of these.
    """

    def __init__(self, detector: AnomalyDetector, samples: NewSamples) -> None:
        self.samples, self.threshold = samples, detector.threshold
        self.scores: Array = detector.scores(samples.images)
        above = np.flatnonzero(self.scores > self.threshold)
        self.anomalies: list[int] = above[np.argsort(-self.scores[above], kind="stable")].tolist()
        windows = samples.heading == "first_row"
        starts = [int(samples.places[number]) if windows else 1 for number in self.anomalies]
        found = contributions(detector, samples.images[self.anomalies], starts) if self.anomalies else []
        self.reasons: dict[int, list[Contribution]] = dict(zip(self.anomalies, found, strict=True))

    @property
    def table(self) -> DataFrame:
        """A row for each sample: its place, score, the threshold, whether it is an anomaly, and what makes it one."""
        frame = DataFrame(
            {
                self.samples.heading: list(self.samples.places),
                "score": self.scores,
                "threshold": self.threshold,
                "anomaly": (self.scores > self.threshold).astype(int),
            }
        )
        cells = [self._cells(number) for number in range(len(frame))]
        names = [f"{field}_{place}" for place in range(1, 1 + LARGEST) for field in FIELDS]
        return frame.join(DataFrame(cells, columns=names))

    def _cells(self, number: int) -> list[object]:
        """The fields of the contributions of a sample, empty for those that it does not have."""
        cells: list[object] = [field for reason in self.reasons.get(number, []) for field in reason]
        return cells + [None] * (LARGEST * len(FIELDS) - len(cells))

    def sentence(self, number: int) -> str:
        """“row 3 has a score of 12.9: petal width is 9.9, reconstructed as 1.3 (92 % of the error)”."""
        reason = f": {self.reasons[number][0]}" if self.reasons[number] else ""
        return f"{self.samples.place(number)} has a score of {self.scores[number]:.4g}{reason}"


def text(table: DataFrame, header: bool = True) -> str:
    """The table as CSV, in which a spreadsheet evaluates no text."""
    written: str = for_spreadsheets(table).to_csv(index=False, header=header)
    return written


def write(scored: Scored, folder: Path) -> Path:
    """Write the table as scores.csv, whole or not at all."""
    write_text_atomically(folder / NAME, text(scored.table))
    return folder / NAME
