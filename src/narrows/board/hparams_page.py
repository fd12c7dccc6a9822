"""TensorBoard's page HPARAMS with the columns of the studies that it shows.

TensorBoard itself takes the columns from any one run, a different one at each start: one that was trained before the
study had its present axes, or a run of another study.
"""

from pathlib import Path
from typing import Any

from tensorboard.plugins.base_plugin import TBContext
from tensorboard.plugins.hparams.api_pb2 import Experiment
from tensorboard.plugins.hparams.backend_context import Context
from tensorboard.plugins.hparams.hparams_plugin import HParamsPlugin

from narrows.board import shown
from narrows.board.hparams_columns import experiment


class Columns(Context):  # type: ignore[misc]  # TensorBoard has no types
    """The columns of the page, read from each `study.json` whenever the page is loaded."""

    def experiment_from_metadata(self, *_: Any, **__: Any) -> Experiment:  # noqa: ANN401 - TensorBoard's own arguments
        """The columns, instead of those in the files of runs."""
        folders = shown.studies([Path(self.tb_context.logdir)]).values()
        return experiment([shown.read_study(folder) for folder in folders])


class HParamsPage(HParamsPlugin):  # type: ignore[misc]
    """The plugin with `Columns`."""

    def __init__(self, context: TBContext) -> None:
        super().__init__(context)
        self._context = Columns(context)
