"""Benchmarks: `python scripts/bench.py run [rounds=5] [out=PATH]`."""

import sys
from pathlib import Path

from hydra import compose, initialize_config_dir

from narrows.cli import count, parse, register_resolvers, told
from narrows.errors import UserError
from narrows.paths import writable

CONF = str(Path(__file__).resolve().parents[1] / "conf")


def main(name: str = "", *arguments: str) -> None:
    options = dict(argument.partition("=")[::2] for argument in arguments)
    if name != "run" or set(options) - {"rounds", "out"}:
        raise UserError(f"bench.py {' '.join([name, *arguments])}: choose run, with rounds=N and out=PATH")
    rounds, out = count("rounds", options.get("rounds", 5)), options.get("out", f"outputs/bench/{name}.json")
    writable(Path(out).parent, "out")
    register_resolvers()
    with initialize_config_dir(CONF, version_base="1.3"):
        config = parse(compose("config", ["trainer=cpu"]))
    from narrows.bench.run import bench

    bench(config, rounds, Path(out))


if __name__ == "__main__":
    with told():
        main(*sys.argv[1:])
