"""A fleet from Python: configs in, trained autoencoders out."""

import warnings
from collections.abc import Sequence

from narrows.config.schema import Config
from narrows.data.splits import Splits
from narrows.fleet import grouping
from narrows.fleet.fleet import Fleet
from narrows.fleet.member import Member
from narrows.models.autoencoder import Autoencoder
from narrows.training.precision import configure_torch


def train(configs: Sequence[Config], splits: Splits) -> list[Autoencoder | None]:
    """Train the runs that these configs describe, together; their autoencoders with the best weights, in their order.

    None, with a warning, for one whose loss was not finite. `splits` are those of the config with most training images
    (`data.labelled.splits_for`). As any run does, it sets torch's threads and TF32 by `trainer`. Raises ValueError for
    configs that cannot train together.
    """
    if not configs:
        return []
    grouping.check(configs)
    if any(config.data.trained > len(splits.train) for config in configs):
        raise ValueError(f"the splits have {len(splits.train)} training images, of which a config wants more")
    trainer = configs[0].trainer
    configure_torch(trainer.threads, trainer.float32_matmul)
    members = [Member(config, splits) for config in configs]
    for member in members:
        member.pretrain()
    for _ in Fleet(members, splits).epochs():
        pass
    for number, member in enumerate(members):
        if member.error:
            warnings.warn(f"configs[{number}]: {member.error}", stacklevel=2)
    return [_trained(member) for member in members]


def _trained(member: Member) -> Autoencoder | None:
    if member.error:
        return None
    member.autoencoder.load_state_dict(member.best)
    return member.autoencoder.eval()
