"""Benchmarks: `python scripts/bench.py run|logging|fleet [rounds=5] [out=PATH] [device=cpu|cuda]`."""

import sys
from importlib import import_module
from pathlib import Path

from hydra import compose, initialize_config_dir

from narrows.app.command_line import count, parse, register_resolvers, told
from narrows.errors import UserError
from narrows.paths import writable

CONF = str(Path(__file__).resolve().parents[1] / "conf")

#: Modules of narrows.bench: what Lightning and the data path cost, what TensorBoard costs, what fleets are worth.
BENCHES = {"run": "run_cost", "logging": "logging_cost", "fleet": "fleet_speed"}
TRAINERS = {"cpu": "cpu", "cuda": "gpu"}  # by device; only fleets are worth a GPU


def main(name: str = "", *arguments: str) -> None:
    options = dict(argument.partition("=")[::2] for argument in arguments)
    device = options.pop("device", "cpu")
    known = name in BENCHES and device in TRAINERS and (name == "fleet" or device == "cpu")
    if not known or set(options) - {"rounds", "out"}:
        choices = ", ".join(BENCHES)
        asked = " ".join([name, *arguments])
        raise UserError(f"bench.py {asked}: choose from {choices}, with rounds=N, out=PATH, and for fleet device=cuda")
    rounds, out = count("rounds", options.get("rounds", 5)), options.get("out", f"outputs/bench/{name}.json")
    writable(Path(out).parent, "out")
    register_resolvers()
    with initialize_config_dir(CONF, version_base="1.3"):
        config = parse(compose("config", [f"trainer={TRAINERS[device]}"]))
    import_module(f"narrows.bench.{BENCHES[name]}").bench(config, rounds, Path(out))


if __name__ == "__main__":
    with told():
        main(*sys.argv[1:])
