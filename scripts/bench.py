"""Benchmarks: `python scripts/bench.py run [rounds=5] [out=PATH]`."""

import sys
from pathlib import Path

from hydra import compose, initialize_config_dir

from narrows.cli import parse, register_resolvers, told
from narrows.errors import UserError

CONF = str(Path(__file__).resolve().parents[1] / "conf")


def main(arguments: list[str]) -> None:
    name, options = (
        arguments[0] if arguments else "",
        dict(a.split("=", 1) for a in arguments[1:] if "=" in a),
    )
    if name != "run" or set(options) - {"rounds", "out"}:
        raise UserError(f"bench.py {' '.join(arguments)}: choose run, with rounds=N and out=PATH")
    register_resolvers()
    with initialize_config_dir(CONF, version_base="1.3"):
        config = parse(compose("config", ["trainer=cpu"]))
    from narrows.bench.run import bench

    bench(
        config,
        rounds=int(options.get("rounds", 5)),
        out=Path(options.get("out", f"outputs/bench/{name}.json")),
    )


if __name__ == "__main__":
    with told():
        main(sys.argv[1:])
