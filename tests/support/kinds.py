"""What fleets are tested with: all that the schema offers, and members that differ as much as they may."""

import itertools
from copy import deepcopy

from narrows.config.schema import Config
from support.choices import combined, single
from support.configs import tiny

#: What single choices and pairs with a kind of model do not hold, with the reason.
EXTRA = [
    ("corruption=gaussian", "model.dropout=0.1", "code=variational", "objective=bce", "objective.weights.mmd=0.1"),
    ("code.activation=sigmoid", "objective.weights.code_l1=0.1"),
]  # noise is drawn at four places in one pass; sigmoid(0) is not 0, so a padded code is masked after it

COMBINED = combined()
KINDS = [(), *single(), *combined(), *EXTRA]

SINGLE, DOUBLE = "trainer.precision=32-true", "trainer.precision=64-true"


def members(*overrides: str, count: int = 5) -> list[Config]:
    """Configs that differ in seed, bottleneck and learning rate; Hydra composes one of them, for 0.2 s each."""
    own = zip(itertools.cycle([0, 1, 2]), [2, 5, 3, 8, 4], [1e-3, 3e-3, 1e-3, 1e-2, 5e-4], strict=False)
    configs = []
    for seed, bottleneck, lr in itertools.islice(own, count):
        values = deepcopy(tiny(*overrides).model_dump())
        values["seed"], values["model"]["bottleneck"], values["optimizer"]["lr"] = seed, bottleneck, lr
        configs.append(Config.parse(values))
    return configs


def activated(activation: str, *overrides: str, count: int = 5) -> list[Config]:
    names = (f"model.activation={activation}", f"code.activation={activation}", "model.widths=[32]")
    return members(*names, *overrides, count=count)
