"""What goes wrong in a run, told apart by whose turn it is."""


class UserError(ValueError):
    """A mistake of the user's. The message is one line: the thing, the value, the choices. Exit status 2."""


class Diverged(ArithmeticError):
    """The loss became nan or infinite. The run has failed. Exit status 1."""


class Interrupted(BaseException):
    """Ctrl-C or SIGTERM arrived. Exit status 128 + signal, as a shell counts it.

    Not an `Exception`, so that nothing on the way mistakes it for a failure.
    """

    def __init__(self, signal: int) -> None:
        super().__init__(signal)  # all that is pickled on the way from a worker
        self.signal = signal

    def __str__(self) -> str:
        return (
            f"interrupted by signal {self.signal}; what was finished is kept: a multirun goes on by the same command, "
            "a run by run.resume=true and hydra.run.dir=ITS_FOLDER"
        )
