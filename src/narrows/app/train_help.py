"""The text of `narrows train --help`."""

from collections.abc import Mapping
from typing import Any

from narrows.config.knobs import table

HELP = """Train one autoencoder, or with -m one for each combination of the values given.

  narrows train                                       the default: 784-128-64-12-3 on MNIST
  narrows train model.bottleneck=8 data=mnist5k       any key of the table below, by its dotted name
  narrows train hydra.run.dir=PATH                    writes into PATH instead of a new folder in outputs/runs
  narrows train -m model.bottleneck=2,8 seed=0,1,2    a run for every combination, and a report
  narrows train -m study=bottleneck size=quick        a study: a question with a file of its own in conf/study
  narrows train -m study=bottleneck --dry             lists the runs, which are done, and an estimate of the time

A group of keys is chosen by name (model=conv, code=variational, objective=bce, trainer=cpu); the keys called `name`
list the choices. --config-dir DIR adds your own: DIR/study/mine.yaml is study=mine, DIR/model/mine.yaml is model=mine.

  key                           default          meaning
{keys}

Hydra's own options: --cfg job prints the config, --info says where it comes from, --hydra-help lists all options."""


def train_help(defaults: Mapping[str, Any]) -> str:
    """The usage, and every key with its default in this configuration and its meaning."""
    return HELP.format(keys=table(defaults))
