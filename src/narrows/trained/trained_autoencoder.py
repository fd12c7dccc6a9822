"""A trained autoencoder whose inputs and outputs are arrays."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from narrows.data.in_batches import in_batches
from narrows.data.sources import as_floats
from narrows.errors import UserError
from narrows.evaluation.support.elbo import parts_of_each
from narrows.evaluation.support.reconstruction_errors import squared_errors
from narrows.models.autoencoder import Autoencoder
from narrows.models.codes import variational
from narrows.own.in_memory import numbers
from narrows.own.raw import Array
from narrows.paths import expanded, writable
from narrows.runs import checkpoint, record
from narrows.runs.record import Record
from narrows.runs.run_folder import BEST
from narrows.seeds import generator
from narrows.trained.inputs import Inputs


class TrainedAutoencoder:
    """A trained autoencoder: arrays in, NumPy arrays out, without gradients.

    Inputs `x` are what it was trained on: rows (N, D), images (N, H, W) or (N, C, H, W), as NumPy arrays, DataFrames,
    tensors or lists; a DataFrame's columns are chosen by name. They are scaled as the training data were. Where it was
    trained on bytes they may also be floats in [0, 1]. Labels `y` (N,) are needed by conditional autoencoders only.
    UserError, a ValueError of one line, names what is wrong with an argument.

    autoencoder  the torch module, in evaluation mode
    record       the record of its run: metrics, curves, versions; None where only a checkpoint is left
    config       the complete config of its run, as nested plain values
    """

    def __init__(
        self, content: dict[str, Any], record: Record | None = None, device: str = "cpu", double: bool = False
    ) -> None:
        """From the content of a checkpoint, as `runs.checkpoint.read` returns it.

        `double`: compute in float64, so that a row's result does not depend on the rows beside it, to the tenth digit.
        """
        self._content, self.record, self.device, self._double = content, record, device, double
        self.autoencoder: Autoencoder = checkpoint.autoencoder_of(content).to(device)
        if double:
            self.autoencoder.double()
        self.config: dict[str, Any] = self._card["config"]
        self._inputs = Inputs(self._card)

    def codes(self, x: Any, y: Any = None) -> Array:  # noqa: ANN401 - any array-like
        """The code of each row or image, its mean where codes are distributions: float32 (N, k)."""
        codes = in_batches(self.autoencoder.encode, self._tensor(x, y))
        return np.asarray(codes.cpu())

    def reconstruct(self, x: Any, y: Any = None) -> Array:  # noqa: ANN401 - any array-like
        """Encoded and decoded rows or images, in the shape of `x`: pixels in [0, 1], others in the units of `x`."""
        values = self._inputs.values(x)
        outputs = in_batches(self.autoencoder.reconstruct, self._prepared(values, y))
        return self._inputs.shaped_as(values.shape, outputs)

    def errors(self, x: Any, y: Any = None) -> Array:  # noqa: ANN401 - any array-like
        """The squared error of each row or image, mean over its scaled numbers, as in `test/mse`: float64 (N,)."""
        return np.asarray(squared_errors(self.autoencoder, self._tensor(x, y)))

    def decode(self, codes: Any, y: Any = None) -> Array:  # noqa: ANN401 - any array-like
        """The row or image of each code: (N, k) to (N, D), (N, H, W) or (N, C, H, W)."""
        values = numbers(codes, "codes").values
        if values.ndim != 2:
            raise UserError(f"codes: an array of shape {values.shape}; codes are (N, k)")
        return self._decoded(torch.from_numpy(values.astype(np.float64)), y, f"codes: {values.shape[1]} numbers each")

    def elbo(self, x: Any, y: Any = None) -> Array:  # noqa: ANN401 - any array-like
        """The evidence lower bound of each row or image in nats, with one sampled code: float64 (N,).

        The same in every call. Raises UserError for codes that are no distributions.
        """
        self._refuse_without_prior("elbo")
        parts = parts_of_each(self.autoencoder, self.config["objective"]["name"], self._tensor(x, y))
        return np.asarray(-parts.double().sum(1).cpu())

    def sample(self, n: int, seed: int = 0, y: Any = None) -> Array:  # noqa: ANN401 - any array-like
        """Rows or images generated from the prior: (n, D), (n, H, W) or (n, C, H, W).

        Raises UserError for codes that have no prior.
        """
        self._refuse_without_prior("sample")
        like = next(self.autoencoder.parameters()).new_zeros(n, self.width)
        noise = generator(seed, "samples", device=like.device)
        with torch.no_grad():
            codes = variational(self.autoencoder.code).prior_sample(like, noise, self.autoencoder.encoder)
        return self._decoded(codes, y, "sample")

    def save(self, folder: str | Path) -> Path:
        """Write the checkpoint best.ckpt and the record into `folder`, which `narrows.open` and all commands read.

        Raises UserError for a folder that holds a run already, or that cannot be written.
        """
        folder = expanded(folder, "folder")
        if taken := [name for name in (BEST, record.NAME) if (folder / name).exists()]:
            raise UserError(f"{folder}: holds a run already ({taken[0]}); name another folder")
        writable(folder, "folder")
        checkpoint.write(self._content, folder / BEST)
        if self.record:
            record.write(self.record, folder)
        return folder

    @property
    def trained_on_bytes(self) -> bool:
        """Whether its training data were pixels, which come out in [0, 1]; other numbers come out in their units."""
        return self._inputs.scale == "pixels"

    def __repr__(self) -> str:
        data, code = self.config["data"], self.config["code"]["name"]
        source = Path(data["path"]).name if "path" in data else data["name"]
        error = f", test MSE {self.record.metrics['test/mse']:.5f}" if self.record and self.record.metrics else ""
        return f"<TrainedAutoencoder of {source}: {code} code of {self.config['model']['bottleneck']} numbers{error}>"

    def in_double(self) -> "TrainedAutoencoder":
        """The same autoencoder, computing in float64."""
        return TrainedAutoencoder(self._content, self.record, self.device, double=True)

    def __getstate__(self) -> dict[str, Any]:
        return {"content": self._content, "record": self.record, "device": self.device, "double": self._double}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc] # the modules are built again from the checkpoint's content

    @property
    def _card(self) -> dict[str, Any]:
        card: dict[str, Any] = self._content[checkpoint.CARD]
        return card

    @property
    def width(self) -> int:
        """How many numbers a code has."""
        return self.autoencoder.width

    def _tensor(self, x: Any, y: Any) -> Tensor:  # noqa: ANN401 - any array-like
        return self._prepared(self._inputs.values(x), y)

    def _prepared(self, values: Array, y: Any) -> Tensor:  # noqa: ANN401 - any array-like
        """Rows or images as the autoencoder takes them, on its device."""
        images = self._inputs.tensor(values, y).to(self.device)
        return as_floats(images).double() if self._double else images

    def _decoded(self, codes: Tensor, y: Any, what: str) -> Array:  # noqa: ANN401 - any array-like
        if codes.shape[1] != self.width:
            raise UserError(f"{what}, but those of this autoencoder have {self.width}")
        decoder_inputs = self._inputs.labelled(codes, y)
        weights = next(self.autoencoder.parameters())
        return self._inputs.array(in_batches(self.autoencoder.decode, decoder_inputs.to(weights)))

    def _refuse_without_prior(self, method: str) -> None:
        if not self.autoencoder.code.has_prior:
            name = self.config["code"]["name"]
            raise UserError(f"{method}: code={name} has no prior; train with code=variational")
