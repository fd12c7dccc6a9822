"""Signals become exceptions, each of them, and wait for what must not be done in part."""

import signal
import threading
import time
import weakref

import pytest

from narrows.errors import Interrupted
from narrows.runs.interrupts import SIGNALS, interruptible, signals_held


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_becomes_an_exception_that_names_it(number):
    with pytest.raises(Interrupted) as error, interruptible():
        signal.raise_signal(number)
    assert error.value.signal == number


@pytest.mark.parametrize("second", SIGNALS)
@pytest.mark.parametrize("first", SIGNALS)
def test_a_signal_waits_for_the_end_of_a_body_that_must_not_be_done_in_part(first, second):
    """Both signals: the second would otherwise stop the record that the first one caused."""
    written = []
    with pytest.raises(Interrupted) as error, interruptible():
        try:
            signal.raise_signal(first)
        except Interrupted:
            with signals_held():
                signal.raise_signal(second)
                with signals_held():
                    written.append("record")
                written.append("end")
            raise
    assert written == ["record", "end"]
    assert error.value.signal == second


@pytest.mark.parametrize("number", SIGNALS)
def test_every_signal_raises_not_only_the_first(number):
    with interruptible():
        for _ in range(3):
            with pytest.raises(Interrupted):
                signal.raise_signal(number)


def test_a_hangup_that_nohup_ignores_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interruptible():
            signal.raise_signal(signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


class Dropping:
    """Its destructor gets a signal, whose exception Python drops."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGTERM)


def weak_reference() -> None:
    """As `Dropping`, in the callback of a weak reference."""
    thing = set()
    kept = weakref.ref(thing, lambda _: signal.raise_signal(signal.SIGTERM))
    del thing
    assert kept() is None


@pytest.mark.parametrize("drop", [Dropping, weak_reference])
def test_a_signal_whose_exception_python_drops_is_sent_again(drop):
    with pytest.raises(Interrupted) as error, interruptible():
        drop()
        time.sleep(5)
    assert error.value.signal == signal.SIGTERM


def test_afterwards_the_handlers_are_those_of_before():
    before = [signal.getsignal(number) for number in SIGNALS]
    with pytest.raises(Interrupted), interruptible():
        signal.raise_signal(signal.SIGTERM)
    with interruptible():
        assert [signal.getsignal(number) for number in SIGNALS] != before
    assert [signal.getsignal(number) for number in SIGNALS] == before


def test_nothing_that_catches_errors_catches_an_interruption():
    assert not issubclass(Interrupted, Exception)


def test_outside_the_main_thread_it_does_nothing():
    before, seen = signal.getsignal(signal.SIGTERM), []

    def work() -> None:
        with interruptible():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]
