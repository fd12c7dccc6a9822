"""The errors of narrows, by their cause; each has an exit status."""


class UserError(ValueError):
    """A mistake of the user. The message is one line: the thing, the value, the choices. Exit status 2."""


class Diverged(ArithmeticError):
    """The loss became nan or infinite, and the run has failed. Exit status 1."""


class Unwritable(OSError):
    """A file cannot be written: the disk is full, or its folder is gone or may not be written.

    What was written before is whole, and the run can be continued. Exit status 1.
    """


class DiskFull(Unwritable):
    """A file cannot be written, since the disk is full or the user's quota used up."""


class Interrupted(BaseException):
    """Ctrl-C, SIGTERM or SIGHUP. Exit status 128 + signal, as in a shell.

    Not an `Exception`, so that `except Exception` does not catch it.
    """

    def __init__(self, signal: int) -> None:
        super().__init__(signal)  # the argument that is pickled when a worker process raises it
        self.signal = signal

    def __str__(self) -> str:
        return (
            f"interrupted by signal {self.signal}; finished work is kept. Continue a multirun with the same command, "
            "a run with run.resume=true hydra.run.dir=ITS_FOLDER"
        )


def one_line(error: BaseException) -> str:
    """The message of an error in one line, or its class if it has none."""
    return " ".join(str(error).split()) or type(error).__name__
