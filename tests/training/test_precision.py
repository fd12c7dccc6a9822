"""`trainer.float32_matmul`: what a GPU computes in TF32."""

from collections.abc import Iterator

import pytest
import torch

from narrows.fleet.grouping import program
from narrows.fleet.train_together import train
from narrows.run import run
from narrows.runs.determinants import determinants
from narrows.training.precision import computing
from support.configs import tiny
from support.parity import most

HIGH = ("trainer.float32_matmul=high", "trainer.max_epochs=1")


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    before = tf32()
    yield
    torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = before


def tf32() -> tuple[bool, bool]:
    """Of products, of convolutions."""
    return torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32


@pytest.mark.parametrize("override", ["high", "highest"])
def test_a_run_alone_and_a_fleet_set_products_and_convolutions_alike(override, tmp_path):
    config = tiny(*HIGH, f"trainer.float32_matmul={override}")
    torch.backends.cudnn.allow_tf32 = override != "high"  # torch's default is TF32 for convolutions only
    run(config, tmp_path)
    assert tf32() == (override == "high",) * 2
    torch.backends.cudnn.allow_tf32 = override != "high"
    train([config, config], most([config]))
    assert tf32() == (override == "high",) * 2


def test_torch_and_lightning_can_read_the_setting(tmp_path):
    """Torch raises an error where its older and newer settings are mixed."""
    run(tiny(*HIGH), tmp_path)
    assert torch.get_float32_matmul_precision() == "high"
    assert torch.backends.cuda.matmul.fp32_precision == torch.backends.cudnn.conv.fp32_precision == "tf32"


def test_it_determines_a_run_and_makes_another_fleet():
    high, highest = tiny(*HIGH), tiny("trainer.max_epochs=1")
    assert determinants(high)["trainer.float32_matmul"] == "high"
    assert "trainer.float32_matmul" not in determinants(highest)  # runs of earlier versions stay finished
    assert program(high) != program(highest)


def test_mixed_precision_keeps_no_weights_for_the_next_step():
    with computing("bf16-mixed", torch.device("cpu")):
        assert not torch.is_autocast_cache_enabled()
