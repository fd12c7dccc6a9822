"""Test the claims made about autoencoders: `python scripts/claims.py size=quick|full [only=1,7] [launcher=joblib]`.

  size       quick (minutes a claim), full (as for a paper) or smoke (seconds: no verdicts)
  only       numbers of claims; all by default
  launcher   Hydra's launcher for the runs: basic, joblib, …; any other key=value goes to the runs as it is
  out        folder of the studies and the page; outputs/claims by default
  publish    true: also write docs/claims/ and the table in the README

--dry tells what is done already and estimates the rest. The same command again skips what is done. The page is
OUT/SIZE/claims.html, and claims.md beside it.
"""

import shlex
import sys
from pathlib import Path

from narrows.app.command_line import told
from narrows.claims.engine import run_studies as conduct
from narrows.errors import UserError
from narrows.paths import writable

OWN = {"size": "", "only": "", "launcher": "fleet", "out": "outputs/claims", "publish": "false"}


def main(*arguments: str) -> None:
    arguments, dry = tuple(argument for argument in arguments if argument != "--dry"), "--dry" in arguments
    options = OWN | dict(argument.split("=", 1) for argument in arguments if argument.partition("=")[0] in OWN)
    overrides = [argument for argument in arguments if argument.partition("=")[0] not in OWN]
    if unknown := [argument for argument in overrides if "=" not in argument]:
        raise UserError(f"{unknown[0]}: not key=value; own keys are {', '.join(OWN)}")
    size = options["size"]
    if size not in conduct.SIZES:
        raise UserError(f"size={size}: choose from {', '.join(conduct.SIZES)}")
    claims = conduct.chosen([number for number in options["only"].split(",") if number])
    if options["only"] and options["publish"] == "true":
        raise UserError("publish=true with only=…: what is published has all claims")
    out = Path(options["out"]) / size
    writable(out, "out")
    overrides = [f"hydra/launcher={options['launcher']}", *overrides, *(["sweep.dry=true"] if dry else [])]
    conduct.study(claims, size, out, overrides)
    if dry:
        return
    from narrows.claims.engine import claims_page as page

    sections = page.write(claims, out, out, shlex.join(["python", "scripts/claims.py", *arguments]))
    if options["publish"] == "true":
        conduct.publish(sections, out)
    print(f"\n{page.overview(sections).to_markdown(index=False, disable_numparse=True)}\n\n{out / 'claims.html'}")


if __name__ == "__main__":
    if "--help" in sys.argv:
        sys.exit(__doc__)
    with told():
        main(*sys.argv[1:])
