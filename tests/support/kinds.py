"""What the slots can be filled with, as overrides, and members of a fleet that differ as much as they may."""

import itertools
from copy import deepcopy

from narrows.config.schema import Config
from support.configs import tiny

#: What the slots can be filled with; each is trained in a fleet and alone.
KINDS = [
    (),
    ("model=linear",),
    ("model=conv",),
    ("model=conv", "model.up=resize"),
    ("model=conv", "model.norm=batch"),
    ("model=conv", "model.norm=layer"),
    ("model=conv", "model.tied=true"),
    ("model.norm=batch",),
    ("model.norm=layer",),
    ("model.tied=true",),
    ("model.dropout=0.2",),
    ("model.init=orthogonal", "model.output=linear"),
    ("code.activation=sigmoid",),
    ("code.activation=softplus", "objective.weights.code_l1=0.01"),
    ("code=variational", "objective=bce"),
    ("code=variational", "objective=bce", "objective.kl_warmup=2", "model=conv"),
    ("code=sparse", "code.active=2"),
    ("code=quantised", "code.levels=4"),
    ("corruption=masking",),
    ("corruption=gaussian", "model.dropout=0.1", "code=variational", "objective=bce"),
    ("corruption=salt_pepper", "model=conv"),
    ("objective=l1",),
    ("objective.weights.contractive=0.1",),
    ("objective.weights.contractive=0.1", "model=conv"),
    ("schedule=cosine",),
    ("schedule=one_cycle",),
    ("pretrain=layerwise", "pretrain.epochs=1"),
]


SINGLE, DOUBLE = "trainer.precision=32-true", "trainer.precision=64-true"


def members(*overrides: str, count: int = 5) -> list[Config]:
    """Configs that differ in seed, bottleneck and learning rate; Hydra composes one of them, for 0.2 s each."""
    own = zip(itertools.cycle([0, 1, 2]), [2, 5, 3, 8, 4], [1e-3, 3e-3, 1e-3, 1e-2, 5e-4], strict=False)
    found = []
    for seed, bottleneck, lr in itertools.islice(own, count):
        values = deepcopy(tiny(*overrides).model_dump())
        values["seed"], values["model"]["bottleneck"], values["optimizer"]["lr"] = seed, bottleneck, lr
        found.append(Config.parse(values))
    return found


def activated(activation: str, *overrides: str, count: int = 5) -> list[Config]:
    names = (f"model.activation={activation}", f"code.activation={activation}", "model.widths=[32]")
    return members(*names, *overrides, count=count)
