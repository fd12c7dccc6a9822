"""The console script `narrows`: runs the command that its first argument names."""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version

from narrows.app.exits import exit_on_error
from narrows.app.output import lasting_output
from narrows.errors import UserError

#: Each command, implemented by the function `main` of narrows.app.commands.<name>_command.
COMMANDS = {
    "train": "train one autoencoder, or with -m a study of many",
    "evaluate": "evaluate a checkpoint, or the finished runs of a study",
    "detect": "find the anomalous rows, images or windows of new data, and what makes them so",
    "export": "write a trained autoencoder for other programs: ONNX, torch.export, safetensors",
    "push": "send a study's finished runs to MLflow or Weights & Biases",
    "report": "write the report of a study from its records",
    "board": "show a study in TensorBoard",
    "claims": "test the claims made about autoencoders",
    "published": "repeat the published numbers of papers",
    "bench": "measure speed",
    "fetch": "download a data set",
}

HELP = """How narrow can the middle of an autoencoder be, and what does it cost?

{commands}

Options are key=value. narrows COMMAND --help lists them; narrows --version prints the version.
Outputs go to outputs/ in the working folder."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `narrows ARGUMENTS`, by default those of the process."""
    name, *rest = (sys.argv[1:] if arguments is None else arguments) or ["--help"]
    with lasting_output():
        if name in ("--help", "-h"):
            print(HELP.format(commands="\n".join(f"  narrows {name:<9} {text}" for name, text in COMMANDS.items())))
        elif name == "--version":
            print(f"narrows {version('narrows')}")
        else:
            _run(name, rest)


def _run(name: str, arguments: Sequence[str]) -> None:
    with exit_on_error():
        if name not in COMMANDS:
            raise UserError(f"narrows {name}: no such command; choose from {', '.join(COMMANDS)}")
        _refuse_bytes(arguments)
        import_module(f"narrows.app.commands.{name}_command").main(arguments)


def _refuse_bytes(arguments: Sequence[str]) -> None:
    """Raise UserError for a name that is not UTF-8: records, commands and reports, which repeat it, are texts."""
    for text in arguments:
        shown = os.fsencode(text).decode("utf-8", "backslashreplace")
        if shown != text:
            raise UserError(f"{shown}: is not text in UTF-8; rename the file or folder")
