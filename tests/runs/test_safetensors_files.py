"""A trained autoencoder as a safetensors file: the same autoencoder bit for bit, or refused."""

import json

import pytest
import torch

import narrows
from narrows.errors import UserError
from narrows.runs import checkpoint, safetensors_files
from support.packages import needs

needs("safetensors")


@pytest.fixture
def file(trained, tmp_path):
    content = checkpoint.read(trained.folder / "best.ckpt")
    path = tmp_path / "autoencoder.safetensors"
    safetensors_files.write(checkpoint.weights(content), content[checkpoint.CARD], path)
    return path


def test_narrows_loads_the_same_autoencoder_bit_for_bit(trained, file):
    state, original = narrows.load(file).state_dict(), narrows.load(trained.folder / "best.ckpt").state_dict()
    assert state.keys() == original.keys()
    assert all(torch.equal(state[name], original[name]) and state[name].dtype == original[name].dtype for name in state)


def test_the_card_is_that_of_the_checkpoint(trained, file):
    card, original = checkpoint.card(file), checkpoint.card(trained.folder / "best.ckpt")
    noise = {card.pop("noise"), original.pop("noise")} if "noise" in original else set()
    assert card == original
    assert len({tuple(state.tolist()) for state in noise}) <= 1


def test_a_card_may_hold_tensors_at_any_depth(tmp_path):
    """The scaling of the user's own data is one, in 64 bits where the numbers need them."""
    card = {"config": {"model": {"widths": [3]}}, "preparation": {"shift": torch.tensor([1.7e9], dtype=torch.float64)}}
    safetensors_files.write({"w": torch.ones(2, 3).mT}, card, tmp_path / "a")
    weights, read = safetensors_files.read(tmp_path / "a")
    assert weights["w"].shape == (3, 2)
    assert read["config"] == card["config"]
    assert torch.equal(read["preparation"]["shift"], card["preparation"]["shift"])


def test_a_file_of_another_program_or_a_damaged_one_is_refused_in_one_line(file, tmp_path):
    from safetensors.torch import save_file

    save_file({"w": torch.ones(2)}, tmp_path / "other")
    (tmp_path / "cut").write_bytes(file.read_bytes()[:-10])
    content = bytearray(file.read_bytes())
    content[-5] ^= 1
    (tmp_path / "changed").write_bytes(content)
    (tmp_path / "card").write_bytes(
        file.read_bytes().replace(rb"\"activation\": \"relu\"", rb"\"activation\": \"tanh\"")
    )
    for name, why in {
        "other": "not written by narrows",
        "cut": "truncated",
        "changed": "damaged, its checksum",
        "card": "damaged, its checksum",
    }.items():
        with pytest.raises(UserError, match=f"{name}: {why}") as error:
            narrows.load(tmp_path / name)
        assert "\n" not in str(error.value)


def test_it_opens_as_any_safetensors_file(file):
    from safetensors import safe_open

    with safe_open(file, framework="pt") as opened:
        assert "encoder.0.weight" in opened.keys()  # noqa: SIM118 - not a dictionary
        assert json.loads(opened.metadata()["narrows"])["shape"] == [1, 28, 28]
