"""What a run leaves when it is stopped while it writes a checkpoint."""

from pathlib import Path

import pytest
import torch

from narrows.run import run
from narrows.runs import checkpoint
from support.configs import tiny


def test_a_run_that_fails_while_it_saves_keeps_its_last_checkpoint(tmp_path, monkeypatch):
    save, count = torch.save, 0

    def torn(content: object, path: Path) -> None:
        nonlocal count
        count += 1
        save(content, path)
        if count == 4:  # last.ckpt of the second epoch
            Path(path).write_bytes(Path(path).read_bytes()[:1000])
            raise OSError("no space left on device")

    monkeypatch.setattr(torch, "save", torn)
    with pytest.raises(OSError, match="no space left"):
        run(tiny(), tmp_path)
    assert checkpoint.read(tmp_path / "last.ckpt")["epoch"] == 0
    assert checkpoint.read(tmp_path / "best.ckpt")["epoch"] == 1
    assert {path.name for path in tmp_path.iterdir()} == {"best.ckpt", "last.ckpt", "record.json"}
