"""Every kind whose graph differs, in every format: the exported parts give what the original gives."""

import json
from functools import cache
from typing import get_args

import pytest
import torch

from narrows.bench.choices import combined, single, small
from narrows.build import build_autoencoder
from narrows.config.schema import Config
from narrows.data.sources import as_floats
from narrows.export import export_formats
from narrows.export.check import TOLERANCE, CheckedImages, compare
from narrows.export.export_formats import Format
from narrows.export.parts import parts, scaling
from narrows.models.activations import ACTIVATIONS
from narrows.models.autoencoder import Autoencoder
from narrows.models.conditional import with_labels
from narrows.runs import checkpoint
from narrows.seeds import generator
from support.packages import needs

SINGLE = {kind for kind in single() if len(kind) <= 2}
EVERY = [*((f"model.activation={name}",) for name in ACTIVATIONS), *sorted(SINGLE), *combined()]

#: Few kinds that together have all that is unusual in a graph: labels, codebooks, convolutions, a flow.
FAST = [
    ("model.conditional=true",),
    ("code=vector_quantised",),
    ("model=conv", "code=topk"),
    ("code=variational", "posterior=von_mises_fisher", "objective=continuous_bernoulli"),
]


def graph(config: Config) -> str:
    """What of a config decides which operations encoder, code and decoder consist of."""
    sections = (config.model, config.code, config.posterior, config.objective)
    kept = [section.model_dump() for section in sections]
    kept[-1] = {"name": config.objective.name}
    return json.dumps([*kept, config.data.name])


@cache
def kinds() -> list[tuple[str, ...]]:
    """One kind for each different graph."""
    return list({graph(small(*kind)): kind for kind in reversed([*FAST, *EVERY])}.values())


def trained_for_a_step(config: Config, digits) -> Autoencoder:
    """An autoencoder whose state, such as codebooks and statistics of norms, has seen images."""
    autoencoder = build_autoencoder(config, generator(0, "weights"))
    images = as_floats(digits.train.pixels[:64])
    if autoencoder.conditional:
        images = with_labels(images, digits.train.labels[:64])
    autoencoder.train()(images, generator(0, "noise"))
    return autoencoder.eval()


def content_of(config: Config, autoencoder: Autoencoder) -> dict:
    """What a checkpoint of this autoencoder holds."""
    classes = {"classes": 10} if autoencoder.conditional else {}
    card = {"config": config.model_dump(), "shape": [*autoencoder.shape], **classes}
    return {checkpoint.CARD: card, "state_dict": checkpoint.module_state(autoencoder.state_dict())}


def check(kind: tuple[str, ...], to: Format, digits, folder) -> None:
    config = small(*kind)
    autoencoder, units = trained_for_a_step(config, digits), scaling(None, torch.uint8)
    exported = parts(autoencoder, units, config.model.bottleneck)
    runners = export_formats.write(to, exported, content_of(config, autoencoder), folder)
    test = digits.test[:20]
    images = CheckedImages(test.pixels, test.pixels, test.labels if autoencoder.conditional else None)
    differences = compare(runners, autoencoder, images, units)
    assert [difference.part for difference in differences] == ["encoder", "decoder", "autoencoder"]
    assert all(difference.largest <= TOLERANCE for difference in differences)


@pytest.mark.parametrize("to", get_args(Format))
@pytest.mark.parametrize("kind", FAST, ids=" ".join)
def test_some_kinds_are_exported_in_every_format(kind, to, digits, tmp_path):
    needs(to)
    check(kind, to, digits, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("to", get_args(Format))
def test_every_kind_is_exported_or_refused_by_name(to, digits, tmp_path):
    """In one test: the kinds are counted when it runs, since composing all of them takes half a minute."""
    needs(to)
    for number, kind in enumerate(kinds()):
        (tmp_path / str(number)).mkdir()
        check(kind, to, digits, tmp_path / str(number))
