"""The model card beside exported files: what they are, made from the checkpoint and the record of the run."""

from collections.abc import Mapping
from importlib.metadata import metadata
from pathlib import Path
from typing import Any, NamedTuple, assert_never

import torch
import yaml

from narrows.config.catalogue import OWN
from narrows.config.quantities.table import quantity
from narrows.errors import UserError
from narrows.export.check import Difference
from narrows.export.export_formats import SUFFIXES, Format
from narrows.export.parts import Exported
from narrows.runs.record import Record

HEAD = "---\nlibrary_name: narrows\n"  # the beginning of a model card


class Card(NamedTuple):
    """What a model card is made from; `card` is that of the checkpoint at `path`, `record` None where there is none."""

    to: Format
    parts: list[Exported]
    differences: list[Difference]
    card: Mapping[str, Any]
    record: Record | None
    path: Path
    licence: str

    @property
    def raw(self) -> torch.dtype:
        """The type of the numbers in the data's files."""
        return self.parts[0].module.scaling.dtype

    @property
    def config(self) -> Mapping[str, Any]:
        config: Mapping[str, Any] = self.card["config"]
        return config


def text(card: Card) -> str:
    """The model card in Markdown, with the front matter that hubs of models read."""
    sections = {
        "Files": _files(card),
        "Use": f"```python\n{_use(card)}```",
        "Data": _data(card),
        "Metrics": _metrics(card.record),
        "Config": f"```yaml\n{yaml.safe_dump(_without_folders(card.config), sort_keys=False)}```",
        "Provenance": _provenance(card),
        "Licence": _licence(card),
    }
    head = yaml.safe_dump({"license": card.licence or "other", "tags": ["autoencoder"]})
    title = f"Autoencoder of {_data_name(card)}, a code of {_count(card.config['model']['bottleneck'], 'number')}"
    body = "\n\n".join(f"## {name}\n\n{content}" for name, content in sections.items())
    return f"{HEAD}{head}---\n\n# {title}\n\n{_summary(card)}\n\n{body}\n"


def is_model_card(content: str) -> bool:
    """Whether a README.md has been written by `text`."""
    return content.startswith(HEAD)


def _without_folders(config: Mapping[str, Any]) -> dict[str, Any]:
    """The config without the folders of this machine, which are nobody else's concern."""
    data = {key: value for key, value in config["data"].items() if key != "root"}
    if "path" in data:
        data["path"] = Path(data["path"]).name
    return {**config, "data": data}


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def _data_name(card: Card) -> str:
    data = card.config["data"]
    return Path(data["path"]).name if data["name"] == OWN else str(data["name"])


def _summary(card: Card) -> str:
    config, autoencoder = card.config, card.parts[0].module.autoencoder
    shape = " × ".join(map(str, autoencoder.shape))
    mean = " Codes are distributions, of which the mean is exported." if autoencoder.code.has_prior else ""
    return (
        f"`model={config['model']['name']}`, `code={config['code']['name']}`, {autoencoder.size:,} trained numbers, "
        f"for images of {shape} (channels, height, width).{mean} Nothing is drawn at random."
    )


def _files(card: Card) -> str:
    checked = "\n".join(f"- {difference}" for difference in card.differences)
    return f"{_table(card)}\n\nCompared with the original:\n\n{checked}"


def _table(card: Card) -> str:
    if card.to == "safetensors":
        return (
            "`autoencoder.safetensors` holds the weights, with names that begin with `encoder.` and `decoder.`, and in "
            "its metadata the config, so that narrows builds the autoencoder again."
        )
    rows = [f"| `{part.name}{SUFFIXES[card.to]}` | {_takes(part)} | `{part.gives}` |" for part in card.parts]
    return "\n".join(["| file | takes | gives |", "|---|---|---|", *rows, "", _units(card)])


def _takes(part: Exported) -> str:
    """“`images` uint8 (rows, 1, 28, 28)”, with labels if it takes them."""
    shapes = {name: ", ".join(["rows", *map(str, tensor.shape[1:])]) for name, tensor in part.inputs.items()}
    types = {name: str(tensor.dtype).removeprefix("torch.") for name, tensor in part.inputs.items()}
    return ", ".join(f"`{name}` {types[name]} ({shapes[name]})" for name in shapes)


def _units(card: Card) -> str:
    """The units of what files take and give, in sentences."""
    preparation, names = card.card.get("preparation", {}), []
    if preparation.get("columns"):
        names.append(f"Columns, in this order: {', '.join(preparation['columns'])}.")
    if "classes" in card.card:
        classes = preparation.get("classes", [])
        names.append(f"Labels count classes from 0{': ' * bool(classes)}{', '.join(classes)}.")
    bytes_ = "They take pixels from 0 to 255 and give numbers in this range, not rounded."
    if preparation.get("contrast", "none") != "none":
        bytes_ = "They take pixels from 0 to 255, normalise their contrast, and give pixels of normalised contrast."
    others = "They take and give numbers in the units of the data; scaling is part of the graph."
    return " ".join(["Rows may be any number from 1.", others if card.raw.is_floating_point else bytes_, *names])


def _use(card: Card) -> str:
    """A program that encodes and decodes zeros, without narrows but for safetensors."""
    encoder, *_ = card.parts
    shapes = {name: (1, *tensor.shape[1:]) for name, tensor in encoder.inputs.items()}
    numpy = {name: f"np.zeros({shape}, np.{encoder.inputs[name].numpy().dtype})" for name, shape in shapes.items()}
    tensors = {name: f"torch.zeros({shape}, dtype={encoder.inputs[name].dtype})" for name, shape in shapes.items()}
    match card.to:
        case "onnx":
            feeds = ", ".join(f'"{name}": {value}' for name, value in numpy.items())
            return (
                "import numpy as np\nimport onnxruntime\n\n"
                f'encoder = onnxruntime.InferenceSession("encoder.onnx")\n(codes,) = encoder.run(None, {{{feeds}}})\n'
            )
        case "torch":
            encode = 'encoder = torch.export.load("encoder.pt2").module()'
            return f"import torch\n\n{encode}\ncodes = encoder({', '.join(tensors.values())})\n"
        case "safetensors":
            return 'import narrows\n\nautoencoder = narrows.load("autoencoder.safetensors")  # a torch.nn.Module\n'
        case _:
            assert_never(card.to)


def _data(card: Card) -> str:
    sizes = ""
    if card.record:
        data = card.record.data
        sizes = f"; {data.train} training, {data.val} validation and {data.test} test images; errors in {data.unit}"
    return f"{_data_name(card)}, sha256 `{card.card.get('checksum', 'not recorded')}`{sizes}."


def _metrics(record: Record | None) -> str:
    """A row for each recorded metric, with what it is."""
    if record is None:
        return "Not known: there is no record of a finished run beside the checkpoint, or it is not its best.ckpt."
    rows = [_row(name, value, record.data.unit) for name, value in record.metrics.items()]
    return "\n".join(["| metric | value | recorded as |", "|---|---|---|", *rows])


def _row(name: str, value: float, data_unit: str) -> str:
    try:
        row = quantity(name, data_unit=data_unit)
    except UserError:  # of the training split, or of an earlier version
        return f"| {name} | {value:.4g} | `{name}` |"
    return f"| {row.title} | {value * row.factor:.4g} | `{name}` |"


def _provenance(card: Card) -> str:
    record = card.record
    if record is None:
        return f"Exported from `{card.path.name}`."
    changed = ", with uncommitted changes" if record.git.get("dirty") else ""
    commit = f"commit `{record.git['commit']}`{changed}" if record.git.get("commit") else "not from a git checkout"
    epochs = _count(record.epochs, "epoch")
    lines = {
        "code": commit,
        "versions": ", ".join(f"{name} {version}" for name, version in record.versions.items()),
        "trained": f"{epochs} in {record.seconds:.1f} s on {record.device}, begun {record.started}",
        "seed": str(record.seed),
        "fingerprint": f"`{record.fingerprint}`",
    }
    return "\n".join(f"- {name}: {line}" for name, line in lines.items())


def _licence(card: Card) -> str:
    ours = metadata("narrows")["License-Expression"]
    weights = card.licence or "not stated; `narrows export --licence NAME` states it"
    return f"Of these files: {weights}. Of the program that made them, narrows: {ours}. The data have their own."
