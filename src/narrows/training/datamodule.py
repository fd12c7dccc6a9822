"""The images of a run as Lightning asks for them."""

import lightning as L

from narrows.data.batches import Batches, images_of_pass
from narrows.data.splits import Splits
from narrows.seeds import generator


class ImageData(L.LightningDataModule):
    """The splits of one run as rounds of minibatches.

    The order of epoch e depends on (seed, e) alone, so that neither a resumed run nor one more metric changes the
    batches. The trainer must ask for a new loader each epoch (`reload_dataloaders_every_n_epochs=1`). `codes` are those
    that validation decodes of each image.
    """

    def __init__(self, splits: Splits, batch_size: int, seed: int, codes: int = 1) -> None:
        super().__init__()
        self.splits, self.batch_size, self.seed, self.codes = splits, batch_size, seed, codes

    def setup(self, stage: str) -> None:
        if self.trainer:
            device = self.trainer.strategy.root_device
            self.splits = Splits(*(images.to(device) for images in self.splits))

    def train_dataloader(self) -> Batches:
        epoch = self.trainer.current_epoch if self.trainer else 0
        order = generator(self.seed, "order", epoch)
        return Batches(self.splits.train.trained, self.batch_size, order)

    def val_dataloader(self) -> Batches | list[None]:
        pixels = self.splits.val.pixels
        return (
            Batches(pixels, images_of_pass(self.codes)) if len(pixels) else []
        )  # Lightning takes an empty list for no validation
