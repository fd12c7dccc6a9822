"""`narrows export`: a trained autoencoder as files for other programs."""

from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from narrows.app.arguments import Argument, Usage
from narrows.paths import data_root

FORMATS = {
    "onnx": "encoder.onnx, decoder.onnx and autoencoder.onnx, for ONNX Runtime",
    "torch": "the same as .pt2, for torch.export.load without narrows",
    "safetensors": "autoencoder.safetensors, the weights by name, which narrows.load reads",
}
USAGE = Usage(
    "export",
    "Write a trained autoencoder for other programs, compared with the original on the test images, and a model card.",
    operand=("RUN", Argument("the folder of a run, or a checkpoint")),
    options={"root": Argument("folder of all data sets; by default NARROWS_DATA_DIR, else data")},
    settings={
        "--to": Argument("the format", choices=FORMATS, required=True),
        "--out": Argument("the folder of the files; by default RUN/export/FORMAT"),
        "--licence": Argument("the licence of the weights, for the model card"),
    },
)


def main(arguments: Sequence[str]) -> None:
    """Run `narrows export ARGUMENTS`."""
    given = USAGE.parse(arguments)
    to, out = given.options["--to"], given.options["--out"]
    from narrows.export.export_formats import Format
    from narrows.export.export_run import export  # imports torch, 3 s

    chosen: Format = next(name for name in get_args(Format) if name == to)
    root, licence = given.options["root"] or data_root(), given.options["--licence"]
    folder, differences = export(Path(given.operand), chosen, Path(out) if out else None, root, licence)
    print("\n".join([*map(str, differences), str(folder)]))
