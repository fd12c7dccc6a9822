"""`narrows.fit`: arrays in, a trained autoencoder out."""

from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from narrows.app.from_python import config_of
from narrows.config.dotted import flatten
from narrows.config.schema import Config
from narrows.front.data_in import Source, source
from narrows.front.keywords import by_key, overrides
from narrows.front.surroundings import ctrl_c_as_in_python, run_folder, torch_settings_kept
from narrows.own.in_memory import named
from narrows.run import run
from narrows.runs.hidden_progress import hidden
from narrows.trained.opened import open_run
from narrows.trained.trained_autoencoder import TrainedAutoencoder


def fit(
    X: Any,  # noqa: ANN401, N803 - any array-like; the name that scikit-learn has
    y: Any = None,  # noqa: ANN401 - any array-like
    *,
    bottleneck: int = 2,
    seed: int = 0,
    path: str | Path | None = None,
    device: str = "auto",
    progress: bool = True,
    **knobs: object,
) -> TrainedAutoencoder:
    """Train one autoencoder, as `narrows train` does: its weights and metrics are the same to the bit.

    X  rows (N, D), images (N, H, W) or (N, C, H, W): NumPy, pandas, torch or lists; bytes are pixels, other numbers are
       standardised. Also the path of a file or folder, or the name of a data set, such as "mnist5k"
    y  labels (N,), for the evaluations and models that need them

    A fifth of the rows is the test split, a tenth of the others the validation split, which chooses the epoch whose
    weights are kept: `test_size` and `val_size` change the shares. `path` is the folder that keeps checkpoints, record,
    TensorBoard's events and, as data.npy or data.npz, the arrays; without it nothing is left on disk. `device` is cpu,
    cuda, or auto: a GPU if there is one. `progress` shows a bar in a terminal.

    Other knobs are keywords by the last word of their key, `max_epochs=5`, by the whole key with `__` for the dot,
    `optimizer__lr=1e-3`, and by the name of a group, `model="conv"`, `code="variational"`; `narrows train --help` lists
    them. Raises UserError, a ValueError of one line, for what cannot be trained, and Diverged for a loss that is not
    finite.
    """
    keywords = {"bottleneck": bottleneck, "seed": seed, **of_device(device), **knobs}
    if path is None:
        keywords.setdefault("logger", "none")
    with run_folder(path) as folder, torch_settings_kept(), ctrl_c_as_in_python():
        config = configured(source(X, y, folder, scaled=says_scale(keywords)), keywords)
        with nullcontext() if progress else hidden():
            run(config, folder)
        return open_run(folder)


def of_device(device: str) -> dict[str, object]:
    """The knob for a device by torch's name; none for auto, the default of the command line."""
    return {} if device == "auto" else {"accelerator": "gpu" if device == "cuda" else device}


def says_scale(keywords: Mapping[str, object]) -> bool:
    """Whether the user says how numbers are scaled."""
    return "data.scale" in dict(flatten(by_key(keywords)))


def configured(data: Source, keywords: Mapping[str, object]) -> Config:
    """The checked config of a run on the user's data. Raises UserError, in one line."""
    with named("X", data.file):
        return config_of([*data.overrides, *overrides(keywords)])
