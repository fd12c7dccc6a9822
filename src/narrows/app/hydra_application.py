"""Starting a Hydra application from a list of arguments."""

import os
import shlex
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from traceback import walk_tb

import hydra
from hydra.types import TaskFunction

from narrows.app.compose import register_defaults
from narrows.app.exits import exit_on_error
from narrows.app.group_choices import refuse_values_of_groups
from narrows.app.hydra_arguments import hydra_arguments
from narrows.app.hydra_versions import VERSION_BASE, trusted_targets
from narrows.app.job_config import hydra_config_restored
from narrows.errors import UserError
from narrows.paths import conf_folder

#: The command line of this application as typed, which repeats it.
COMMAND: ContextVar[str] = ContextVar("COMMAND", default="")


def run_application(
    task: TaskFunction, config_name: str, program: str, arguments: Sequence[str], keys: Collection[str]
) -> None:
    """Run `task` with the config composed from conf/<config_name>.yaml and `arguments`.

    Errors end the program as in `exit_on_error`. `program` is the name in usage messages; `keys` are all known keys,
    from which an error suggests the nearest.
    """
    register_defaults()
    os.environ["HYDRA_FULL_ERROR"] = "1"  # Hydra then raises exceptions instead of printing them
    with exit_on_error(keys), trusted_targets("narrows.app.run_check.RunCheck"):
        sys.argv = [program, *hydra_arguments(arguments)]
        refuse_values_of_groups([text for text in sys.argv[1:] if "=" in text and not text.startswith("-")])
        COMMAND.set(shlex.join([*program.split(), *arguments]))
        application = hydra.main(config_path=str(conf_folder()), config_name=config_name, **VERSION_BASE)
        with hydra_config_restored(), _composition_refused():
            application(task)()


#: Modules that read config files, whose errors do not name them.
READERS = (
    "hydra._internal.config_loader",
    "hydra._internal.config_repository",
    "hydra._internal.defaults",
    "omegaconf",
)


@contextmanager
def _composition_refused() -> Iterator[None]:
    """Raises UserError for an error of Hydra before any code of narrows runs: a mistake in a file that it composes."""
    try:
        yield
    except (ValueError, TypeError, AttributeError, LookupError) as error:
        modules = [frame.f_globals.get("__name__", "") for frame, _ in walk_tb(error.__traceback__)]
        if any(name.startswith("narrows") for name in modules[modules.index("hydra.main") :]):
            raise
        in_a_file = any(name.startswith(READERS) for name in modules)
        problem = " ".join(str(error).split())
        raise UserError(f"a config file cannot be read: {problem}" if in_a_file else problem) from None
