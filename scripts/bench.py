"""Benchmarks: `python scripts/bench.py run|logging [rounds=5] [out=PATH]`."""

import sys
from importlib import import_module
from pathlib import Path

from hydra import compose, initialize_config_dir

from narrows.cli import count, parse, register_resolvers, told
from narrows.errors import UserError
from narrows.paths import writable

CONF = str(Path(__file__).resolve().parents[1] / "conf")
BENCHES = ("run", "logging")  # modules of narrows.bench: what Lightning and the data path cost, what TensorBoard costs


def main(name: str = "", *arguments: str) -> None:
    options = dict(argument.partition("=")[::2] for argument in arguments)
    if name not in BENCHES or set(options) - {"rounds", "out"}:
        choices = ", ".join(BENCHES)
        raise UserError(f"bench.py {' '.join([name, *arguments])}: choose from {choices}, with rounds=N and out=PATH")
    rounds, out = count("rounds", options.get("rounds", 5)), options.get("out", f"outputs/bench/{name}.json")
    writable(Path(out).parent, "out")
    register_resolvers()
    with initialize_config_dir(CONF, version_base="1.3"):
        config = parse(compose("config", ["trainer=cpu"]))
    import_module(f"narrows.bench.{name}").bench(config, rounds, Path(out))


if __name__ == "__main__":
    with told():
        main(*sys.argv[1:])
