"""One run in TensorBoard. Knows neither Lightning nor fleets: both call the same methods while they train."""

from collections.abc import Iterable
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.image import metadata as images
from torch import Tensor

from narrows.board import hparams, layer_table, projector, texts
from narrows.board.events import EventFile
from narrows.board.pictures import gallery
from narrows.board.pictures.losses import losses
from narrows.board.summaries import Charts, histogram, layout, picture, scalar, text
from narrows.build_objective import build_held_out
from narrows.config import slots
from narrows.config.schema import Config
from narrows.data.splits import Splits
from narrows.models.autoencoder import Autoencoder
from narrows.runs.history import History
from narrows.runs.measures import codes, unit_frequencies, watched

#: CUSTOM SCALARS: the curves that share a chart.
CHARTS: Charts = {
    "loss": {"training and validation": ["train/loss", "val/loss"]},
    "training": {"learning rate": ["lr"], "gradient norm": ["gradient_norm"], "active code units": ["active_units"]},
    "speed": {"seconds an epoch": ["seconds"], "images a second": ["images_per_second"]},
}
SPARSE: Charts = {"sparse code": {"active units of an image": ["l0"], "units that are silent": ["silent_units"]}}
PRETRAINING: Charts = {"pretraining": {"loss of each layer": ["pretrain/.*"]}}
UNITS = 32  # code units whose distributions are logged; more would be too many to look at


class Board:
    """Logs the curves and the HPARAMS row of the run in `folder` to one event file: `logger=light`.

    Call `begin` first, `epoch` after each epoch's row was added to the history, `look` after the epochs that are
    `due`, and `end` once. A resumed run keeps the points and pictures of its earlier part, each of them once.
    """

    def __init__(self, folder: Path, config: Config, splits: Splits) -> None:
        self.folder, self.config, self.splits = folder, config, splits

    def begin(self, history: History) -> None:
        """Open the event file: the pictures of an earlier part of the run, and its curves up to here."""
        projector.remove(self.folder)
        self._open(history, min(history.epochs, self.config.trainer.max_epochs - 1))  # `end` draws the last epoch

    def _open(self, history: History, last_epoch: int) -> None:
        def keep(event: Event) -> bool:
            return event.step <= last_epoch and any(_irreplaceable(value) for value in event.summary.value)

        self.events = EventFile(self.folder, keep)
        sparse = SPARSE if isinstance(self.config.code, slots.Watched) else {}
        self._add([layout(CHARTS | sparse | (PRETRAINING if history.pretraining else {}))])
        for name, values in (history.pretraining | history.curves).items():
            for epoch, value in enumerate(values, 1):
                self._add([scalar(name, value)], epoch)
        self.events.flush()

    def epoch(self, history: History) -> None:
        """Log the last row of the history."""
        self._add((scalar(name, values[-1]) for name, values in history.curves.items()), history.epochs)
        self.events.flush()

    def due(self, epoch: int) -> bool:
        """True if `look` is to be called after this epoch."""
        return False

    def look(self, autoencoder: Autoencoder, epoch: int) -> None:
        """Log distributions and pictures of the autoencoder after this epoch; leaves its training mode as it was."""

    def end(self, best: Autoencoder, history: History, metrics: dict[str, float], errors: Tensor) -> None:
        """Log the final metrics and the HPARAMS row.

        `best` is in evaluation mode; `errors` (N,) are its squared errors of the test images.
        """
        question = hparams.study_of(self.folder)
        row = hparams.knobs(self.config, len(self.splits.train))
        row |= hparams.axes(self.folder, row)
        final = hparams.metrics(metrics, history, best.size, question)
        self._add((scalar(tag, value) for tag, value in (metrics | final).items()), history.epochs)
        self._add(hparams.summaries(row, hparams.ticked(self.folder), question))
        self.events.flush()

    def _add(self, summaries: Iterable[Summary], epoch: int = 0) -> None:
        for summary in summaries:
            self.events.add(summary, epoch)


class FullBoard(Board):
    """The board of `logger=tensorboard`: besides curves also config, layers and pictures.

    Pictures are drawn after epochs 1, 2, 5, 10, 20 … and at the end.
    """

    def _open(self, history: History, last_epoch: int) -> None:
        super()._open(history, last_epoch)
        self._add([text("run/config", texts.config(self.config)), text("run/command", texts.command(self.folder))])
        self.events.flush()

    def due(self, epoch: int) -> bool:
        return epoch < self.config.trainer.max_epochs and str(epoch).rstrip("0") in ("1", "2", "5")

    def look(self, autoencoder: Autoencoder, epoch: int) -> None:
        training = autoencoder.training
        self._add(self._distributions(autoencoder.eval()), epoch)
        self._add(_pictures(gallery.early_pictures(autoencoder, self.splits.test)), epoch)
        autoencoder.train(training)
        self.events.flush()

    def end(self, best: Autoencoder, history: History, metrics: dict[str, float], errors: Tensor) -> None:
        if (
            history.epochs < self.config.trainer.max_epochs
        ):  # stopped early: drop the pictures of what became the last epoch
            self._open(history, history.epochs - 1)
        test = self.splits.test
        first = gallery.examples(best, test[: projector.POINTS])
        worst = gallery.worst_examples(best, test, errors)
        corruption = build_held_out(self.config).corruption
        self._add(self._distributions(best), history.epochs)
        self._add(_pictures(gallery.final_pictures(best, corruption, first, worst)), history.epochs)
        self._add(_pictures({gallery.LOSSES: losses(history.curves)}), history.epochs)
        self._add([text("run/layers", layer_table.table(best))])
        self.events.add_graph(layer_table.graph(best, self.config.model.output))
        classes = test.preparation.classes if test.preparation else ()
        projector.write(self.folder, first.codes, first.labels, first.errors, best.target(first.images), classes)
        super().end(best, history, metrics, errors)

    def _distributions(self, autoencoder: Autoencoder) -> list[Summary]:
        encoded = codes(autoencoder, watched(self.splits).to(next(autoencoder.parameters()).device)).cpu()
        units = enumerate(encoded.T[:UNITS], 1)
        each = [histogram(f"code/unit{number:02}", unit.numpy()) for number, unit in units]
        if not autoencoder.code.watches:
            return each
        frequencies = unit_frequencies(encoded).clamp(min=1 / (10 * len(encoded))).log10()
        return [*each, histogram("code/log10_frequency", frequencies.numpy())]


BOARDS = {"tensorboard": FullBoard, "light": Board}


def make_board(folder: Path, config: Config, splits: Splits) -> Board | None:
    """The board that `config.logger` names, None for `logger=none`."""
    kind = BOARDS.get(config.logger.name)
    return kind(folder, config, splits) if kind else None


def _irreplaceable(value: Summary.Value) -> bool:
    """True for pictures and histograms, which show weights that have changed since; curves are in the history."""
    return bool(value.HasField("histo") or value.metadata.plugin_data.plugin_name == images.PLUGIN_NAME)


def _pictures(pictures: dict[str, Tensor]) -> list[Summary]:
    return [picture(tag, pixels, gallery.DESCRIPTIONS[tag]) for tag, pixels in pictures.items()]
