"""What an import under `unswept` leaves behind."""

import gc
import weakref

from narrows.gc_paused import unswept


class Loop:
    """Garbage that only the collector finds."""

    def __init__(self) -> None:
        self.itself = self


def test_garbage_is_still_collected_when_nothing_was_imported():
    loop = Loop()
    seen = weakref.ref(loop)
    del loop
    with unswept():
        import narrows.gc_paused  # noqa: F401 - which is there already
    assert gc.isenabled()
    gc.collect()
    assert seen() is None


def test_what_was_imported_is_never_looked_at_again(tmp_path, monkeypatch):
    (tmp_path / "a_module_of_its_own.py").write_text("many = [[number] for number in range(1000)]\n")
    monkeypatch.syspath_prepend(tmp_path)
    before = gc.get_freeze_count()
    with unswept():
        import a_module_of_its_own  # noqa: F401
    assert gc.get_freeze_count() >= before + 1000
    gc.unfreeze()
