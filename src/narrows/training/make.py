"""Makes what Lightning needs to train the run that a config describes."""

from narrows.config import slots
from narrows.config.schema import Config
from narrows.data.splits import Splits
from narrows.runs.history import History
from narrows.training.callbacks import Pretraining, Resampling
from narrows.training.module import AutoencoderModule
from narrows.training.trainable import make_stages, make_trainable


def make_module(config: Config, splits: Splits) -> AutoencoderModule:
    """The untrained module, its weights drawn from the seed."""
    return AutoencoderModule(make_trainable(config, splits), config.seed)


def make_pretraining(config: Config, history: History) -> list[Pretraining]:
    """The callbacks that train before the run does; they add their curves to `history`."""
    return [Pretraining(stage) for stage in make_stages(config, history)]


def make_resampling(config: Config) -> list[Resampling]:
    """The callback that draws dead units anew, for codes that watch which are dead."""
    return [Resampling(config)] if isinstance(config.code, slots.Watched) and config.code.resample else []
