"""Times several programs, which take turns in one process, so that load on the machine slows all of them equally."""

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from narrows.runs.provenance import git, versions


def alternate(
    programs: Mapping[str, Callable[[], float]], rounds: int, clock: Callable[[], float] = time.process_time
) -> dict[str, list[float]]:
    """Seconds per epoch, by `clock`, of each program in each round. A program trains and returns how many epochs."""
    times: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(rounds):
        for name, program in programs.items():
            began = clock()
            epochs = program()
            times[name].append((clock() - began) / epochs)
    return times


def write_table(
    title: str, times: Mapping[str, list[float]], reference: str, targets: Mapping[str, str], out: Path
) -> None:
    """Print the medians and their ratios to the median of `reference`; write them, with all times, as JSON to `out`."""
    base = median(times[reference])
    table = Table("", "s / epoch", "min … max", f"× {reference}", "target", title=title)
    for name, values in times.items():
        spread = f"{min(values):.2f} … {max(values):.2f}"
        table.add_row(name, f"{median(values):.2f}", spread, f"{median(values) / base:.2f}", targets.get(name, ""))
    Console(width=110).print(table)
    ratios = {name: median(values) / base for name, values in times.items()}
    content = {"title": title, "seconds": times, "ratios": ratios, "versions": versions(), "git": git()}
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(content, indent=2) + "\n")
    print(out)
