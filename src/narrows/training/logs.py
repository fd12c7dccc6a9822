"""What a run shows in TensorBoard beside its curves."""

from pathlib import Path
from typing import Literal

from lightning.pytorch.loggers import TensorBoardLogger
from torch import Tensor


class OneFile(TensorBoardLogger):
    """Lightning's logger, which would close its event file after fit and open a second one for what comes later."""

    def begin(self) -> None:
        """Drop the event files of an interrupted part: the checkpoint has its curves, to be written as one whole."""
        for events in Path(self.log_dir).glob("events.out.tfevents.*"):
            events.unlink()

    def finalize(self, status: str) -> None:
        self.experiment.flush()

    def save(self) -> None:
        """Hyper-parameters stand in the record and in HPARAMS; hparams.yaml would be a third place."""


def make_logger(name: str, folder: Path) -> OneFile | Literal[False]:
    """The logger called `name`, writing into `folder`, or False for none."""
    if name == "none":
        return False
    return OneFile(folder, name="", version="", default_hp_metric=False)


def log_end(
    logger: OneFile,
    pictures: dict[str, Tensor],
    hyperparameters: dict[str, str | float],
    metrics: dict[str, float],
    epoch: int,
) -> None:
    """Pictures (3, height, width) by their titles, and the one HPARAMS row with the final metrics."""
    for title, picture in pictures.items():
        logger.experiment.add_image(title, picture, epoch)
    logger.log_hyperparams(hyperparameters, metrics=metrics, step=epoch)
    logger.experiment.close()
