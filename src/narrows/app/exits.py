"""How a command ends: after an error with one line on stderr and an exit status."""

import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import NoReturn

from hydra.errors import HydraException
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from narrows.app.messages import message
from narrows.errors import Diverged, Interrupted, Unwritable, UserError


@contextmanager
def exit_on_error(keys: Collection[str] = ()) -> Iterator[None]:
    """End the program with one line for a user's mistake (status 2), a run that diverged or could not be written (1),
    or a signal n (128 + n).

    Use it inside the function of a Hydra job as well: Hydra prints a line about each exception except SystemExit.
    """
    try:
        yield
    except (UserError, HydraException, OmegaConfBaseException, YAMLError) as error:
        fail(message(error, keys), 2)
    except (Diverged, Unwritable) as error:
        fail(str(error), 1)
    except Interrupted as error:
        fail(str(error), 128 + error.signal)
    except KeyboardInterrupt:
        fail("interrupted", 130)


def fail(text: str, status: int) -> NoReturn:
    """End the program with one line on stderr."""
    print(f"error: {text}", file=sys.stderr)
    raise SystemExit(status)
