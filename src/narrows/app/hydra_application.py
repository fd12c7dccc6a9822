"""Starting a Hydra application from a list of arguments."""

import os
import shlex
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from traceback import walk_tb
from types import FrameType

import hydra
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.override_parser.types import Override
from hydra.types import TaskFunction

from narrows.app.compose import register_defaults
from narrows.app.exits import exit_on_error
from narrows.app.group_choices import refuse_values_of_groups
from narrows.app.hydra_arguments import hydra_arguments
from narrows.app.hydra_versions import VERSION_BASE, trusted_targets
from narrows.app.job_config import hydra_config_restored
from narrows.errors import UserError, one_line
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
    """Raises UserError for an error in Hydra's own code: a mistake in a file, an override or the folder of the run."""
    try:
        yield
    except (ValueError, TypeError, AttributeError, LookupError, OSError) as error:
        frames = [frame for frame, _ in walk_tb(error.__traceback__)]
        modules = [frame.f_globals.get("__name__", "") for frame in frames]
        if any(name.startswith("narrows") for name in modules[modules.index("hydra.main") :]):
            raise
        override = next((frame.f_locals["override"] for frame in frames if _sets_a_value(frame)), None)
        raise UserError(_problem(error, override, any(name.startswith(READERS) for name in modules))) from None


def _problem(error: Exception, override: Override | None, in_a_file: bool) -> str:
    """The error in one line, after what it is about: the folder of the run, the override that was set, or a file."""
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    why = one_line(error)
    if override and "invalid literal for int()" in why:  # the name of an element
        return f"{override.input_line}: {override.key_or_group.rpartition('.')[0]} is a list, which is set as a whole"
    if override:
        return f"{override.input_line}: {why}"
    return f"a config file cannot be read: {why}" if in_a_file else why


def _sets_a_value(frame: FrameType) -> bool:
    """Whether the frame is of Hydra's function that sets the values of overrides, one after the other."""
    return frame.f_code is ConfigLoaderImpl._apply_overrides_to_config.__code__
