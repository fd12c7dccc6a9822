"""Standard output and errors that do not stop the work: when nobody reads them, the disk is full, or they are ASCII."""

import codecs
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EPIPE
from signal import SIGPIPE
from typing import Any, TextIO

#: What is printed for characters that an encoding does not have; for all others a question mark.
PLAIN = {"×": "x", "–": "-", "−": "-", "…": "...", "·": "|", "±": "+-", "─": "-", "►": ">", "†": "*"}
PLAIN |= {"“": '"', "”": '"', "≤": "<=", "≥": ">=", "σ": "sigma", "β": "beta"}
PLAIN |= dict(zip("^⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "^-0123456789", strict=True))
EXPONENT = re.compile("[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+")  # 10⁶ is printed as 10^6


@contextmanager
def lasting_output() -> Iterator[None]:
    """In the body, printing raises no error; what cannot be printed is dropped.

    Afterwards the program ends with status 141 if its output was no longer read, as in `narrows … | head -1`, and with
    status 1 and one line if it could not be written, unless the body ends with a status of its own.
    """
    codecs.register_error("plain", _plain)
    _reopen()
    before = sys.stdout, sys.stderr, sys.__stderr__
    out, err = _Lasting(sys.stdout), _Lasting(sys.stderr)
    sys.stdout, sys.stderr, sys.__stderr__ = out, err, err  # type: ignore[assignment,misc]
    try:
        yield
    except SystemExit as end:  # with status 0 after --help
        out.flush()
        if end.code or not out.error:
            raise
    finally:
        out.flush()
        err.flush()
        sys.stdout, sys.stderr, sys.__stderr__ = before  # type: ignore[misc]
    if out.error:
        _end(out.error)


def _reopen() -> None:
    """Open streams that were closed by the caller, as by `>&-`: to nowhere, and before a file gets their number."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            stream = open(os.devnull, "w" if number else "r")  # noqa: SIM115, PTH123 - open until the process ends
            os.dup2(stream.fileno(), number)
            setattr(sys, name, stream)


def _end(error: OSError) -> None:
    if error.errno == EPIPE:
        raise SystemExit(128 + SIGPIPE)
    print(f"error: the output cannot be written: {error.strerror}; the work is done", file=sys.stderr)
    raise SystemExit(1)


class _Lasting:
    """A stream that after its first error writes to nowhere; `error` is that error."""

    def __init__(self, stream: TextIO) -> None:
        self.stream, self.error = stream, None  # type: tuple[TextIO, OSError | None]
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="plain")

    def write(self, text: str) -> int:
        try:
            return self.stream.write(text)
        except OSError as error:
            self._lose(error)
            return len(text)

    def flush(self) -> None:
        try:
            self.stream.flush()
        except OSError as error:
            self._lose(error)

    def _lose(self, error: OSError) -> None:
        self.error = self.error or error
        os.dup2(os.open(os.devnull, os.O_WRONLY), self.stream.fileno())  # also for what Python flushes at exit

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - of any of the stream's attributes
        return getattr(self.stream, name)


def _plain(error: UnicodeError) -> tuple[str, int]:
    """An error handler of codecs: see `PLAIN`."""
    assert isinstance(error, UnicodeEncodeError)
    text = EXPONENT.sub(r"^\g<0>", error.object[error.start : error.end])
    return "".join(PLAIN.get(letter, "?") for letter in text), error.end
