"""`narrows claims`: train the studies of the claims, judge them, and write the page."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from narrows.app import studies_in_turn
from narrows.claims.engine import chosen_claims
from narrows.errors import UserError

USAGE = studies_in_turn.usage(
    "claims",
    "Test the claims made about autoencoders: train their studies, judge them",
    size="quick (minutes a claim), full (as for a paper) or smoke (seconds, no verdicts)",
    only="numbers of claims, such as 1,7; by default all",
)


def main(arguments: Sequence[str]) -> None:
    """Run `narrows claims ARGUMENTS`."""
    _, options, flags, overrides = USAGE.parse(arguments)
    claims = chosen_claims.chosen([number for number in options["only"].split(",") if number])
    docs = _docs(options) if options["publish"] == "true" else None
    names = [name for tested in claims for name in tested.studies]
    out = studies_in_turn.train_or_plan("claims", names, options, flags, overrides)
    if out is None:
        return
    from narrows.claims.engine import claims_page as page

    sections = page.write(claims, out, out, shlex.join(["narrows", "claims", *arguments]))
    if docs:
        chosen_claims.publish(out, docs)
    print(f"\n{page.overview(sections).to_markdown(index=False, disable_numparse=True)}\n\n{out / 'claims.html'}")


def _docs(options: Mapping[str, str]) -> Path:
    """The folder of the published page. Raises UserError without a checkout, or if only some claims were chosen."""
    if options["only"]:
        raise UserError(
            f"publish=true with only={options['only']}: all claims are published together; leave out only=…"
        )
    return studies_in_turn.docs("claims")
