"""The formats: each writes the parts of an autoencoder into a folder, and reads them as another program would."""

import logging
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any, Literal, assert_never

import torch
from torch import Tensor

from narrows.errors import UserError, one_line
from narrows.export.parts import Exported, Scaling, parts
from narrows.extras import require
from narrows.runs import checkpoint, safetensors_files

Format = Literal["onnx", "torch", "safetensors"]
Runner = Callable[..., Tensor]  # the tensors that a part takes to those that it gives

SUFFIXES: dict[Format, str] = {"onnx": ".onnx", "torch": ".pt2", "safetensors": ".safetensors"}

#: What the metadata of a safetensors file leave out of a checkpoint's card: the state of the noise, for resuming only.
RESUMING = "noise"


def require_packages(to: Format) -> None:
    """Raise UserError if a package that the format needs is not installed."""
    packages = {"onnx": ("onnx", "onnxscript", "onnxruntime"), "torch": (), "safetensors": ("safetensors",)}
    require(f"--to {to}", "export", *packages[to])


def write(to: Format, exported: list[Exported], content: Mapping[str, Any], folder: Path) -> dict[str, Runner]:
    """Write the files of a format into the folder; returns each part by name, as it is read from them.

    `content` is that of the checkpoint. Raises UserError for kinds that have no such form.
    """
    config = content[checkpoint.CARD]["config"]
    kinds = f"model={config['model']['name']} code={config['code']['name']}"
    match to:
        case "onnx" | "torch":
            make, runners = {"onnx": _onnx, "torch": _torch}[to], dict[str, Runner]()
            for part in exported:
                with _refused(f"--to {to}: the {part.name} of {kinds}"):
                    runners[part.name] = make(part, folder / f"{part.name}{SUFFIXES[to]}")
            return runners
        case "safetensors":
            return _safetensors(content, exported[0].module.scaling, folder / "autoencoder.safetensors")
        case _:
            assert_never(to)


def _torch(part: Exported, path: Path) -> Runner:
    torch.export.save(_program(part), path)
    runner: Runner = torch.export.load(path).module()
    return runner


def _onnx(part: Exported, path: Path) -> Runner:
    import onnxruntime

    names = list(part.inputs)
    with _quiet():
        torch.onnx.export(
            _program(part),
            f=str(path),
            input_names=names,
            output_names=[part.gives],
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])

    def run(*inputs: Tensor) -> Tensor:
        feeds = {name: tensor.numpy() for name, tensor in zip(names, inputs, strict=True)}
        return torch.from_numpy(session.run(None, feeds)[0])

    return run


def _safetensors(content: Mapping[str, Any], scaling: Scaling, path: Path) -> dict[str, Runner]:
    card = {key: value for key, value in content[checkpoint.CARD].items() if key != RESUMING}
    safetensors_files.write(checkpoint.weights(dict(content)), card, path)
    read = checkpoint.load(path)
    return {part.name: part.module for part in parts(read, scaling, card["config"]["model"]["bottleneck"])}


def _program(part: Exported) -> torch.export.ExportedProgram:
    """The part as one graph, for any number of rows from 1."""
    rows = torch.export.Dim("rows")
    with torch.no_grad(), _quiet():
        return torch.export.export(part.module, part.example, dynamic_shapes={name: {0: rows} for name in part.inputs})


@contextmanager
def _refused(what: str) -> Iterator[None]:
    """Raises an error of an exporter, which are of many classes, as UserError in one line."""
    try:
        yield
    except Exception as error:
        raise UserError(f"{what} has no such form ({one_line(error)[:300]})") from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the exporter's progress and its warnings, which are about itself."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), redirect_stdout(StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
