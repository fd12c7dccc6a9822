"""One run in TensorBoard. Knows nothing of Lightning: `fit` and fleets tell it the same things."""

from io import BytesIO
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from torch import Tensor
from torch.utils.tensorboard.summary import hparams, scalar
from torchvision.utils import save_image

from narrows.config import Config
from narrows.data.datamodule import Splits
from narrows.data.sources import as_floats
from narrows.models.autoencoder import Autoencoder
from narrows.training.events import EventFile
from narrows.training.generated import generated
from narrows.training.history import History
from narrows.training.pictures import COUNT, reconstructions


class Board:
    """The curves and the HPARAMS row of the run in `folder`, in one event file: `logger=light`.

    `begin` comes first, `epoch` after each epoch's row was added to the history, `look` where an epoch is `due`,
    `end` once. What an interrupted part wrote is taken over, so that every point and every picture is there once.
    """

    def __init__(self, folder: Path, config: Config) -> None:
        self.folder, self.config = folder, config

    def begin(self, history: History) -> None:
        """Open the event file, with the pictures of an earlier part and the whole curve up to where it continues."""
        reached = min(history.epochs, self.config.trainer.max_epochs - 1)  # the last epoch's are drawn by `end`

        def keep(event: Event) -> bool:
            return event.step <= reached and any(_looked_at(value) for value in event.summary.value)

        self.events = EventFile(self.folder, keep)
        for name, values in (history.pretraining | history.curves).items():
            for epoch, value in enumerate(values, 1):
                self.events.add(scalar(name, value), epoch)
        self.events.flush()

    def epoch(self, history: History) -> None:
        """Show the last row of the history."""
        for name, values in history.curves.items():
            self.events.add(scalar(name, values[-1]), history.epochs)
        self.events.flush()

    def due(self, epoch: int) -> bool:
        """Whether to `look` after this epoch."""
        return False

    def look(self, autoencoder: Autoencoder, epoch: int) -> None:
        """Draw what it does by now."""

    def end(self, best: Autoencoder, history: History, metrics: dict[str, float]) -> None:
        """The final metrics and the one HPARAMS row."""
        for name, value in metrics.items():
            self.events.add(scalar(name, value), history.epochs)
        for summary in hparams(self.config.flat(), metrics):
            self.events.add(summary, history.epochs)
        self.events.flush()


class FullBoard(Board):
    """Everything: also pictures, after epochs 1, 2, 5, 10, 20, 50 … and of the final weights: `logger=tensorboard`."""

    def __init__(self, folder: Path, config: Config, splits: Splits) -> None:
        super().__init__(folder, config)
        self.digits = as_floats(splits.test.pixels[:COUNT].cpu())

    def due(self, epoch: int) -> bool:
        return epoch < self.config.trainer.max_epochs and str(epoch).rstrip("0") in ("1", "2", "5")

    def look(self, autoencoder: Autoencoder, epoch: int) -> None:
        training = autoencoder.training
        self._draw({"reconstructions": reconstructions(autoencoder.eval(), self._digits(autoencoder))}, epoch)
        autoencoder.train(training)
        self.events.flush()

    def end(self, best: Autoencoder, history: History, metrics: dict[str, float]) -> None:
        digits = self._digits(best)
        pictures = {"reconstructions": reconstructions(best, digits)} | generated(best, digits)
        self._draw(pictures, history.epochs)
        super().end(best, history, metrics)

    def _digits(self, autoencoder: Autoencoder) -> Tensor:
        return self.digits.to(next(autoencoder.parameters()))  # its device and its type

    def _draw(self, pictures: dict[str, Tensor], epoch: int) -> None:
        for title, picture in pictures.items():
            self.events.add(Summary(value=[_image(title, picture)]), epoch)


def make_board(folder: Path, config: Config, splits: Splits) -> Board | None:
    """What `config.logger` asks for."""
    match config.logger.name:
        case "tensorboard":
            return FullBoard(folder, config, splits)
        case "light":
            return Board(folder, config)
        case "none":
            return None


def _looked_at(value: Summary.Value) -> bool:
    """Whether it cannot be had again: pictures and histograms of weights that have moved on since."""
    return value.WhichOneof("value") in ("image", "histo")


def _image(title: str, picture: Tensor) -> Summary.Value:
    _, height, width = picture.shape
    png = BytesIO()
    save_image(picture, png, format="png")
    image = Summary.Image(height=height, width=width, colorspace=3, encoded_image_string=png.getvalue())
    return Summary.Value(tag=title, image=image)
