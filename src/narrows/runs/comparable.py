"""Which runs can stand in one table: the likelihoods of grey and of binarised pixels cannot."""

from collections.abc import Iterable, Mapping
from typing import Any

from narrows.config.dotted import value_at
from narrows.errors import UserError


def check_comparable(configs: Iterable[Mapping[str, Any]]) -> None:
    """Raise UserError if some configs, plain values, give likelihoods of binarised pixels and others none.

    About 105 nats of −ELBO per grey image of MNIST and 87 per binarised one say nothing about the models. Fixed and
    dynamic binarisation are evaluated on the same images, and are comparable.
    """
    variational = [values for values in configs if value_at(values, "code.name") == "variational"]
    binarised = [value_at(values, "data.binarise", "none") for values in variational]
    if "none" in binarised and (other := next((choice for choice in binarised if choice != "none"), "")):
        raise UserError(
            f"code=variational with data.binarise=none and data.binarise={other}: pseudo-likelihoods of grey pixels "
            "and likelihoods of binarised ones are not comparable; make a study and a report of each"
        )
