"""Trains the autoencoders of many estimators together, before any of these asks for its own."""

import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

from narrows.config.schema import Config
from narrows.errors import UserError
from narrows.front.data_in import Source, source
from narrows.front.fit_arrays import configured, of_device, says_scale
from narrows.front.surroundings import ctrl_c_as_in_python, silent, torch_settings_kept
from narrows.own.raw import Array
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

    def __init__(self, orders: Iterable[Order], processes: int) -> None:
        self._values: dict[str, Array] = {}  # by checksum: all candidates of a search train on the same few folds
        self._keywords: dict[tuple[str, str], Mapping[str, object]] = {}
        for order in orders:
            self._values.setdefault(order.key[0], order.values)
            self._keywords[order.key] = order.keywords
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
        sources: dict[tuple[str, bool], Source] = {}
        configs: dict[tuple[str, str], Config] = {}
        for key, given in self._keywords.items():
            keywords = {name: value for name, value in given.items() if name != "device"}
            keywords = {"logger": "none"} | keywords | of_device(str(given["device"]))
            with suppress(UserError):  # which its own fit raises
                of_data = key[0], says_scale(keywords)
                if of_data not in sources:
                    folder = root / f"data{len(sources)}"
                    sources[of_data] = source(self._values[key[0]], None, folder, scaled=of_data[1])
                configs[key] = configured(sources[of_data], keywords)
        return configs
