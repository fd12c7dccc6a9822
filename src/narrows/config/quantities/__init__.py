"""The table of quantities: everything that a run records as a number, with the words and rules to report it.

A study asks about some of them (`study.metrics`), and may give them other labels or units. Means, tests, tables,
figures and TensorBoard's HPARAMS read label, unit, direction and scale here and nowhere else.
"""

from narrows.config.quantities.quantity import Override, Quantity
from narrows.config.quantities.table import QUANTITIES, Overrides, QuantityName, evaluation_of, quantity

__all__ = ["QUANTITIES", "Override", "Overrides", "Quantity", "QuantityName", "evaluation_of", "quantity"]
