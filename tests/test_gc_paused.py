"""What the garbage collector does after an import with the collector paused."""

import gc
import weakref

from narrows.gc_paused import gc_paused


class Loop:
    """Refers to itself, so that only the collector can free it."""

    def __init__(self) -> None:
        self.itself = self


def test_garbage_is_still_collected_when_nothing_was_imported():
    loop = Loop()
    reference = weakref.ref(loop)
    del loop
    with gc_paused():
        import narrows.gc_paused  # noqa: F401 - imported already
    assert gc.isenabled()
    gc.collect()
    assert reference() is None


def test_imported_objects_are_excluded_from_later_collections(tmp_path, monkeypatch):
    (tmp_path / "module_with_many_objects.py").write_text("many = [[number] for number in range(1000)]\n")
    monkeypatch.syspath_prepend(tmp_path)
    before = gc.get_freeze_count()
    with gc_paused():
        import module_with_many_objects  # noqa: F401
    assert gc.get_freeze_count() >= before + 1000
    gc.unfreeze()
