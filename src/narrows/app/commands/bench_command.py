"""`narrows bench`: measurements of speed."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from narrows.app.arguments import Argument, Usage, count
from narrows.app.compose import configure
from narrows.errors import UserError
from narrows.paths import writable

#: Module of narrows.bench and meaning of each benchmark.
BENCHES = {
    "run": ("run_cost", "the cost of Lightning and of loading data, compared with a plain training loop"),
    "logging": ("logging_cost", "the cost of logging to TensorBoard"),
    "fleet": ("fleet_speed", "the time saved by training many runs as fleets; takes 12 minutes"),
    "gpu": ("gpu_check", "every kind as a fleet on a GPU, the speed of its steps and a study; takes eight minutes"),
    "estimate": ("estimates", "the estimate of --dry compared with the time that small studies take"),
}
TRAINERS = {"cpu": "cpu", "cuda": "gpu"}  # by device

USAGE = Usage(
    "bench",
    "Measure speed on this machine, which should be idle otherwise; print a table and write it as JSON.",
    operand=("NAME", Argument("the benchmark", choices={name: meaning for name, (_, meaning) in BENCHES.items()})),
    options={
        "rounds": Argument("how many times each program is timed; they take turns", "5"),
        "device": Argument("where to train; cuda for fleet and gpu only", "cpu", choices=tuple(TRAINERS)),
        "out": Argument("the JSON file; by default outputs/bench/NAME.json"),
    },
)


def main(arguments: Sequence[str]) -> None:
    """Run `narrows bench ARGUMENTS`."""
    name, options, _, _ = USAGE.parse(arguments)
    rounds, device = count("rounds", options["rounds"]), options["device"]
    if device == "cuda" and name not in ("fleet", "gpu"):
        raise UserError(f"device=cuda: {name} runs on cpu only; choose narrows bench fleet or gpu")
    out = Path(options["out"] or f"outputs/bench/{name}.json")
    writable(out.parent, "out")
    config = configure(f"trainer={TRAINERS[device]}")
    import_module(f"narrows.bench.{BENCHES[name][0]}").bench(config, rounds, out)
