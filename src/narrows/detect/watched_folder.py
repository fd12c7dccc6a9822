"""Scores the files of a folder as they appear in it, and appends their scores to a table."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from io import StringIO
from pathlib import Path
from time import sleep

import pandas as pd

from narrows.detect.anomaly_detector import AnomalyDetector
from narrows.detect.new_samples import NewSamples, read_samples
from narrows.detect.score_table import Scored, text
from narrows.errors import Unwritable, UserError, one_line
from narrows.own.contents import IMAGES
from narrows.own.formats import READERS
from narrows.runs.atomic_files import unwritable, write_text_atomically
from narrows.runs.interrupts import signals_held

INTERVAL = 1.0  # seconds between two looks at the folder

Stamp = tuple[int, int]  # the size of a file, and when it was changed


class WatchedFolder:
    """A folder whose files are scored once each, and the table that says which have been: it outlives the process."""

    def __init__(self, detector: AnomalyDetector, folder: Path, table: Path) -> None:
        """Raises UserError if the table is another one's."""
        self.detector, self.folder, self.table = detector, folder, table
        self._waiting: dict[str, Stamp] = {}
        self._refused: dict[str, Stamp] = {}
        self.scored = _begun(table, self._heads)
        self.anomalies = 0

    @property
    def _by_file(self) -> bool:
        """Whether each file is one sample."""
        return self.detector.preparation.kind == "images"

    @property
    def _heads(self) -> list[str]:
        """The first columns of the table."""
        window = self.detector.data["window"]
        return ["file"] if self._by_file else ["file", "first_row" if window else "row"]

    def watch(self) -> None:
        """Look at the folder every second, until a signal ends it."""
        while True:
            self.look()
            sleep(INTERVAL)

    def look(self) -> None:
        """Score the files that are new and have not changed since the last look, as those that are being written do."""
        now = {name: stamp for name, stamp in self._files() if name not in self.scored}
        ready = [name for name, stamp in now.items() if self._waiting.get(name) == stamp != self._refused.get(name)]
        self._waiting = now
        for name in ready:
            try:
                self._score(name)
            except Unwritable:
                raise
            except (UserError, OSError) as error:
                self._refused[name] = now[name]
                print(f"error: {one_line(error)}; {name} is left out until it changes", file=sys.stderr, flush=True)

    def _files(self) -> Iterator[tuple[str, Stamp]]:
        """The files that can be data, by their paths in the folder, in the order of their names."""
        suffixes = (*IMAGES,) if self._by_file else tuple(f"{suffix}{end}" for suffix in READERS for end in ("", ".gz"))
        for file in sorted(self.folder.rglob("*")):
            name = file.relative_to(self.folder)
            hidden = any(part.startswith(".") for part in name.parts)
            is_data = file.name.lower().endswith(suffixes) and file.is_file()
            if is_data and not hidden and file.resolve() != self.table.resolve():
                with suppress(FileNotFoundError):  # it was removed meanwhile
                    found = file.stat()
                    yield name.as_posix(), (found.st_size, found.st_mtime_ns)

    def _score(self, name: str) -> None:
        scored = Scored(self.detector, self._read(name))
        table = scored.table
        if not self._by_file:
            table.insert(0, "file", name)
        self._append(text(table, header=not self.table.exists()))
        self.scored.add(name)
        self.anomalies += len(scored.anomalies)
        for number in scored.anomalies:
            print(f"{'' if self._by_file else f'{name}: '}{scored.sentence(number)}", flush=True)

    def _read(self, name: str) -> NewSamples:
        """The samples of a file; an image is read as the only one of a folder, as the training images were."""
        if not self._by_file:
            return read_samples(self.detector.card, str(self.folder / name))
        with tempfile.TemporaryDirectory(prefix="narrows-") as alone:
            link = Path(alone) / f"image{Path(name).suffix}"
            link.symlink_to((self.folder / name).resolve())
            try:
                return read_samples(self.detector.card, alone)._replace(places=[name])
            except UserError as error:
                path = str(self.folder / name)
                raise UserError(str(error).replace(str(link), path).replace(alone, path)) from None

    def _append(self, rows: str) -> None:
        """Append the rows of one file, whole or not at all."""
        with signals_held(), unwritable(self.table), self.table.open("ab") as file:
            end = file.seek(0, os.SEEK_END)
            try:
                file.write(rows.encode())
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                os.truncate(self.table, end)
                raise


def _begun(table: Path, heads: list[str]) -> set[str]:
    """The files that an earlier process has scored.

    A row that it was killed in is removed, with the others of its file, which is then scored again.
    """
    content = table.read_text(encoding="utf-8") if table.exists() else ""
    whole, cut = content[: content.rfind("\n") + 1], content[content.rfind("\n") + 1 :]
    if not whole:
        table.unlink(missing_ok=True)
        return set()
    try:
        frame = pd.read_csv(StringIO(whole), dtype=str, keep_default_na=False)
    except ValueError:  # no table
        frame = pd.DataFrame()
    if list(frame.columns[: len(heads) + 1]) != [*heads, "score"]:
        raise UserError(f"{table}: is not the table of this folder ({', '.join(heads)}, score, …); name another out=")
    if cut:
        last = str(frame["file"].iloc[-1]) if len(frame) else ""
        frame = frame[frame["file"] != last] if last.startswith(cut.partition(",")[0]) else frame
        write_text_atomically(table, frame.to_csv(index=False))
    return {*frame["file"], *(name.removeprefix("'") for name in frame["file"])}  # see `for_spreadsheets`
