"""Trains the autoencoders of many estimators together, before any of these asks for its own."""

import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

from narrows.config.schema import Config
from narrows.errors import UserError
from narrows.front.data_in import Source, source
from narrows.front.fit_arrays import configured, of_device, says_scale
from narrows.front.surroundings import ctrl_c_as_in_python, silent, torch_settings_kept
from narrows.runs import record
from narrows.sklearn.trained_by import Order, alone
from narrows.sweeps.launch import launch, options
from narrows.trained.opened import open_run
from narrows.trained.trained_autoencoder import TrainedAutoencoder


class FleetTrainer:
    """A trainer that has trained its orders as fleets, in a temporary folder that lasts as long as the context.

    At most `processes` fleets train at a time. An order that is not among them, or whose run failed, is trained alone,
    so that its error is that of a fit alone.
    """

    def __init__(self, orders: Sequence[Order], processes: int) -> None:
        self._orders = {order.key: order for order in orders}
        self._processes = processes
        self._folders: dict[tuple[str, str], Path] = {}

    def __enter__(self) -> Self:
        self._temporary = tempfile.TemporaryDirectory(prefix="narrows-")
        try:
            self._train(Path(self._temporary.name).resolve())
        except BaseException:
            self._temporary.cleanup()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._temporary.cleanup()

    def __call__(self, order: Order) -> TrainedAutoencoder:
        folder = self._folders.get(order.key)
        result = record.read(folder) if folder else None
        return open_run(folder) if folder and result and result.status == "done" else alone(order)

    def _train(self, root: Path) -> None:
        configs = self._configs(root)
        self._folders = {key: root / f"run{number}" for number, key in enumerate(configs)}
        runs = [(config, self._folders[key]) for key, config in configs.items()]
        fleets = options({"max_size": None, "processes": self._processes, "cluster": None, "parameters": None})
        with silent(), torch_settings_kept(), ctrl_c_as_in_python():
            launch(runs, fleets, on_error="continue")

    def _configs(self, root: Path) -> dict[tuple[str, str], Config]:
        """The configs of the orders that can be trained, each array written once."""
        sources: dict[str, Source] = {}
        configs: dict[tuple[str, str], Config] = {}
        for key, order in self._orders.items():
            keywords = {name: value for name, value in order.keywords.items() if name != "device"}
            keywords = {"logger": "none"} | keywords | of_device(str(order.keywords["device"]))
            with suppress(UserError):  # which its own fit raises
                folder = root / f"data{len(sources)}"
                if order.of_values not in sources:
                    sources[order.of_values] = source(order.values, None, folder, says_scale(keywords))
                configs[key] = configured(sources[order.of_values], keywords)
        return configs
