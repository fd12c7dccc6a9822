"""One run in TensorBoard. Knows nothing of Lightning: `fit` and fleets tell it the same things."""

from collections.abc import Iterable
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.image import metadata as images
from torch import Tensor

from narrows.board import gallery, hparams, projector, texts
from narrows.board import layer_histograms as layers
from narrows.board.events import EventFile
from narrows.board.summaries import Charts, histogram, layout, picture, scalar, text
from narrows.build import build_corruption
from narrows.config.schema import Config
from narrows.data.splits import Splits
from narrows.models.autoencoder import Autoencoder
from narrows.runs.history import History
from narrows.runs.measures import codes, watched

#: CUSTOM SCALARS: what belongs in one chart.
CHARTS: Charts = {
    "loss": {"training and validation": ["train/loss", "val/loss"]},
    "training": {"learning rate": ["lr"], "gradient norm": ["gradient_norm"], "active code units": ["active_units"]},
    "speed": {"seconds an epoch": ["seconds"], "images a second": ["images_per_second"]},
}
PRETRAINING: Charts = {"pretraining": {"loss of each layer": ["pretrain/.*"]}}
UNITS = 32  # of a code whose distributions are shown: more are not looked at one by one


class Board:
    """The curves and the HPARAMS row of the run in `folder`, in one event file: `logger=light`.

    `begin` comes first, `epoch` after each epoch's row was added to the history, `look` where an epoch is `due`,
    `end` once. What an interrupted part wrote is taken over, so that every point and every picture is there once.
    """

    def __init__(self, folder: Path, config: Config, splits: Splits) -> None:
        self.folder, self.config, self.splits = folder, config, splits

    def begin(self, history: History) -> None:
        """Open the event file, with the pictures of an earlier part and the whole curve up to where it continues."""
        projector.remove(self.folder)
        self._open(history, min(history.epochs, self.config.trainer.max_epochs - 1))  # the last one's are the end's

    def _open(self, history: History, reached: int) -> None:
        def keep(event: Event) -> bool:
            return event.step <= reached and any(_looked_at(value) for value in event.summary.value)

        self.events = EventFile(self.folder, keep)
        self._add([layout(CHARTS | (PRETRAINING if history.pretraining else {}))])
        for name, values in (history.pretraining | history.curves).items():
            for epoch, value in enumerate(values, 1):
                self._add([scalar(name, value)], epoch)
        self.events.flush()

    def epoch(self, history: History) -> None:
        """Show the last row of the history."""
        self._add((scalar(name, values[-1]) for name, values in history.curves.items()), history.epochs)
        self.events.flush()

    def due(self, epoch: int) -> bool:
        """Whether to `look` after this epoch."""
        return False

    def look(self, autoencoder: Autoencoder, epoch: int) -> None:
        """Show what it does by now; its mode is left as it was."""

    def end(self, best: Autoencoder, history: History, metrics: dict[str, float]) -> None:
        """The final metrics and the one HPARAMS row; `best` is in evaluation mode."""
        row = hparams.knobs(self.config, len(self.splits.train))
        final = hparams.metrics(metrics, history, best.size)
        self._add((scalar(tag, value) for tag, value in (metrics | final).items()), history.epochs)
        self._add(hparams.summaries(row, hparams.shown(self.folder)))
        self.events.flush()

    def _add(self, summaries: Iterable[Summary], epoch: int = 0) -> None:
        for summary in summaries:
            self.events.add(summary, epoch)


class FullBoard(Board):
    """Also what the run is and, after epochs 1, 2, 5, 10, 20 … and at the end, what it does: `logger=tensorboard`."""

    def _open(self, history: History, reached: int) -> None:
        super()._open(history, reached)
        self._add([text("run/config", texts.config(self.config)), text("run/command", texts.command(self.folder))])
        self.events.flush()

    def due(self, epoch: int) -> bool:
        return epoch < self.config.trainer.max_epochs and str(epoch).rstrip("0") in ("1", "2", "5")

    def look(self, autoencoder: Autoencoder, epoch: int) -> None:
        training = autoencoder.training
        self._add(self._distributions(autoencoder.eval()), epoch)
        self._add(_shown(gallery.early(autoencoder, self.splits.test)), epoch)
        autoencoder.train(training)
        self.events.flush()

    def end(self, best: Autoencoder, history: History, metrics: dict[str, float]) -> None:
        if history.epochs < self.config.trainer.max_epochs:  # stopped early: after a look that was not to be the last
            self._open(history, history.epochs - 1)
        some = gallery.passed(best, self.splits.test[: projector.POINTS])
        hardest = gallery.worst(best, self.splits.test)
        corruption = build_corruption(self.config.corruption)
        self._add(self._distributions(best), history.epochs)
        self._add(_shown(gallery.final(best, corruption, some, hardest)), history.epochs)
        self._add([text("run/layers", layers.table(best))])
        self.events.add_graph(layers.graph(best, self.config.model.output))
        projector.write(self.folder, some.codes, some.labels, some.errors, some.images)
        super().end(best, history, metrics)

    def _distributions(self, autoencoder: Autoencoder) -> list[Summary]:
        units = codes(autoencoder, watched(self.splits).to(next(autoencoder.parameters()).device)).cpu().T[:UNITS]
        return [histogram(f"code/unit{number:02}", unit.numpy()) for number, unit in enumerate(units, 1)]


BOARDS = {"tensorboard": FullBoard, "light": Board}


def make_board(folder: Path, config: Config, splits: Splits) -> Board | None:
    """What `config.logger` asks for."""
    kind = BOARDS.get(config.logger.name)
    return kind(folder, config, splits) if kind else None


def _looked_at(value: Summary.Value) -> bool:
    """Whether it cannot be had again: pictures and histograms of weights that have moved on since."""
    return bool(value.HasField("histo") or value.metadata.plugin_data.plugin_name == images.PLUGIN_NAME)


def _shown(pictures: dict[str, Tensor]) -> list[Summary]:
    return [picture(tag, pixels, gallery.SEEN[tag]) for tag, pixels in pictures.items()]
