"""`narrows claims`: train the studies of the claims, judge them, and write the page."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from narrows.app import studies_in_turn
from narrows.app.arguments import Argument, Usage
from narrows.claims.engine import chosen_claims
from narrows.errors import UserError
from narrows.paths import checkout, writable

USAGE = Usage(
    "claims",
    "Test the claims made about autoencoders: train their studies, judge them, write OUT/SIZE/claims.html.\n"
    "Repeating the command trains only the runs that are not done.",
    options={
        "size": Argument("quick (minutes a claim), full (as for a paper) or smoke (seconds, no verdicts)"),
        "only": Argument("numbers of claims, such as 1,7; by default all"),
        "launcher": Argument("Hydra's launcher for the runs: fleet, basic, joblib, …", "fleet"),
        "out": Argument("folder of the studies and the page", "outputs/claims"),
        "publish": Argument("true: also write docs/claims", "false", choices=("false", "true")),
    },
    flags={"--dry": "list the runs, which of them are done, and an estimate of the time; train nothing"},
    other_keys="any key of narrows train, for all runs",
)


def main(arguments: Sequence[str]) -> None:
    """Run `narrows claims ARGUMENTS`."""
    _, options, flags, overrides = USAGE.parse(arguments)
    size = _size(options)
    claims = chosen_claims.chosen([number for number in options["only"].split(",") if number])
    repository = _repository(options) if options["publish"] == "true" else None
    out = Path(options["out"]) / size
    writable(out, "out")
    overrides = [f"hydra/launcher={options['launcher']}", *overrides]
    names = [name for tested in claims for name in tested.studies]
    studies_in_turn.train("claims", names, size, out, [*overrides, *(["sweep.dry=true"] if flags else [])])
    if flags:
        return
    from narrows.claims.engine import claims_page as page

    sections = page.write(claims, out, out, shlex.join(["narrows", "claims", *arguments]))
    if repository:
        chosen_claims.publish(out, repository)
    print(f"\n{page.overview(sections).to_markdown(index=False, disable_numparse=True)}\n\n{out / 'claims.html'}")


def _size(options: Mapping[str, str]) -> str:
    size = options["size"]
    if size not in chosen_claims.SIZES:
        raise UserError(f"size={size or '…'}: choose from {', '.join(chosen_claims.SIZES)}")
    return size


def _repository(options: Mapping[str, str]) -> Path:
    """The checkout to publish in. Raises UserError if there is none, or if only some claims were chosen."""
    if options["only"]:
        raise UserError(
            f"publish=true with only={options['only']}: all claims are published together; leave out only=…"
        )
    repository = checkout()
    if repository is None:
        raise UserError("publish=true: writes into docs/claims of a checkout, and narrows is installed without one")
    return repository
