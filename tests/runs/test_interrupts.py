import signal
import threading

import pytest

from narrows.errors import Interrupted
from narrows.runs.interrupts import SIGNALS, interruptible


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_becomes_an_exception_that_names_it(number):
    with pytest.raises(Interrupted) as error, interruptible():
        signal.raise_signal(number)
    assert error.value.signal == number


@pytest.mark.parametrize("second", SIGNALS)
@pytest.mark.parametrize("first", SIGNALS)
def test_a_second_signal_does_not_disturb_what_the_first_one_began(first, second):
    cleaned = False
    with pytest.raises(Interrupted) as error, interruptible():
        try:
            signal.raise_signal(first)
        finally:
            signal.raise_signal(second)
            cleaned = True
    assert cleaned
    assert error.value.signal == first


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
