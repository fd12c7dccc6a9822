"""The table of quantities in docs/evaluation.md is the one in the code."""

from narrows.config.quantities import QUANTITIES, Quantity
from support.configs import REPOSITORY

HEAD = "| quantity | label (unit) | better | other methods | recorded by |\n|---|---|---|---|---|\n"


def suffix(name: str, row: Quantity, base: str) -> str:
    """“_pca” if the row is that of another method for the quantity `base`, else nothing."""
    of_method = name.startswith(f"{base}_") and row.label.startswith(f"{QUANTITIES[base].label}, ")
    return name.removeprefix(base) if of_method else ""


def line(name: str) -> str:
    row = QUANTITIES[name]
    suffixes = filter(None, (suffix(other, QUANTITIES[other], name) for other in QUANTITIES))
    methods = ", ".join(f"`{method}`" for method in suffixes)
    place = f"`{row.evaluation}`" if row.evaluation else row.recorded_by
    return f"| `{name}` | {row.title} | {row.better} | {methods} | {place} |\n"


def table() -> str:
    """The rows of QUANTITIES in Markdown, with those of other methods as suffixes of one line."""
    bases = [name for name, row in QUANTITIES.items() if not any(suffix(name, row, base) for base in QUANTITIES)]
    return HEAD + "".join(map(line, bases))


def test_the_guide_has_the_table_of_quantities():
    guide = (REPOSITORY / "docs" / "evaluation.md").read_text()
    assert HEAD + guide.partition(HEAD)[2].partition("\n\n")[0] + "\n" == table()
