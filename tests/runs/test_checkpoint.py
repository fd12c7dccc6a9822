"""Checkpoints: whole, plain and ours, or refused; and an autoencoder out of one with nothing but the model's code."""

import json
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import narrows
from narrows.errors import UserError
from narrows.evaluation.support.reconstruction_errors import errors
from narrows.runs import checkpoint
from narrows.runs.determinants import RESULTS


@pytest.mark.parametrize("name", ["last", "best"])
def test_it_gives_back_the_autoencoder_of_the_run(trained, splits, name):
    autoencoder = narrows.load(trained.folder / f"{name}.ckpt")
    assert isinstance(autoencoder, narrows.Autoencoder)
    assert not autoencoder.training
    images = splits.test.pixels[:7].float() / 255
    code = autoencoder.encode(images)
    assert code.shape == (7, 3)
    assert torch.equal(autoencoder.decode(code), autoencoder.reconstruct(images))
    assert autoencoder.reconstruct(images).shape == images.shape


def test_the_best_repeats_the_errors_of_the_record(trained, splits):
    found = errors(narrows.load(trained.folder / "best.ckpt"), splits.test.pixels)
    assert {f"test/{name}": value for name, value in found.items()}.items() <= trained.record.metrics.items()


@pytest.mark.parametrize("name", ["last", "best"])
def test_it_holds_tensors_and_plain_values_only(trained, name):
    content = torch.load(trained.folder / f"{name}.ckpt", weights_only=True)
    assert content["narrows"]["config"] == trained.config.model_dump()
    assert content["narrows"]["shape"] == [1, 28, 28]
    assert content["narrows"]["checksum"] == trained.record.data.checksum
    assert content["narrows"]["results"] == RESULTS
    assert content["global_step"] == 4 * (content["epoch"] + 1)


ALONE = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"hydra", "omegaconf", "lightning", "pytorch_lightning", "tensorboard"}:
            raise ImportError(f"{name} is blocked")
        if name == "narrows.run" or name.startswith(("narrows.training", "narrows.fleet", "narrows.app")):
            raise ImportError(f"{name} is training code")

sys.meta_path.insert(0, Blocked())
import json
import narrows, torch
autoencoder = narrows.load(sys.argv[1])
images = torch.linspace(0, 1, 2 * 784).view(2, 1, 28, 28)
print(json.dumps([autoencoder.encode(images).tolist(), autoencoder.reconstruct(images).sum().item()]))
"""


def test_loading_needs_neither_hydra_nor_lightning_nor_the_training_code(trained):
    path = trained.folder / "best.ckpt"
    done = subprocess.run([sys.executable, "-c", ALONE, path], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    autoencoder, images = narrows.load(path), torch.linspace(0, 1, 2 * 784).view(2, 1, 28, 28)
    code, total = json.loads(done.stdout)
    torch.testing.assert_close(torch.tensor(code), autoencoder.encode(images))
    assert total == pytest.approx(autoencoder.reconstruct(images).sum().item(), rel=1e-5)


def refused(path: Path) -> str:
    with pytest.raises(UserError) as error:
        narrows.load(path)
    message = str(error.value)
    assert message.startswith(f"checkpoint={path}: ")
    assert "\n" not in message
    return message


def test_a_missing_file_is_refused(tmp_path):
    assert "no such file" in refused(tmp_path / "no.ckpt")


def test_a_folder_is_refused(tmp_path):
    assert "a folder; name the best.ckpt in it" in refused(tmp_path)


@settings(max_examples=20)
@given(st.floats(0, 0.999))
def test_a_truncated_file_is_refused(trained, tmp_path_factory, share):
    content = (trained.folder / "best.ckpt").read_bytes()
    path = tmp_path_factory.mktemp("truncated") / "best.ckpt"
    path.write_bytes(content[: int(share * len(content))])
    assert "truncated or not a checkpoint" in refused(path)


@settings(max_examples=20)
@given(st.binary(max_size=200))
def test_a_file_of_something_else_is_refused(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("noise") / "best.ckpt"
    path.write_bytes(content)
    assert "truncated or not a checkpoint" in refused(path)


FOREIGN = {
    "weights": {"encoder.weight": torch.zeros(3, 3)},
    "another project's": {"state_dict": {"net.0.weight": torch.zeros(2)}, "hyper_parameters": {"lr": 0.1}, "epoch": 3},
    "a tensor": torch.zeros(3),
    "a list": [1, 2, 3],
    "nothing": {},
    "only the name is ours": {"narrows": "0.1.0"},
    "a card of something else": {"narrows": {"config": {}}, "state_dict": {}},
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_checkpoint_that_is_not_ours_is_refused(tmp_path, kind):
    path = tmp_path / "foreign.ckpt"
    torch.save(FOREIGN[kind], path)
    assert "not written by narrows" in refused(path)


def test_weights_of_another_model_are_refused(trained, tmp_path):
    """A card that does not belong to the weights: someone's mix of two files."""
    content = torch.load(trained.folder / "best.ckpt", weights_only=True)
    content["narrows"]["config"]["model"]["bottleneck"] = 4
    torch.save(content, tmp_path / "mixed.ckpt")
    assert "not written by narrows" in refused(tmp_path / "mixed.ckpt")


class Malicious:
    """What unpickling it does is left as a file."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self):
        return (Path.touch, (self.mark,))


@pytest.mark.parametrize("save", [torch.save, lambda value, path: path.write_bytes(pickle.dumps(value))])
@pytest.mark.parametrize("hide", [lambda evil: evil, lambda evil: {"narrows": {"config": {}}, "state_dict": evil}])
def test_a_malicious_file_is_never_unpickled(tmp_path, save, hide):
    path, mark = tmp_path / "evil.ckpt", tmp_path / "unpickled"
    save(hide(Malicious(mark)), path)
    assert "truncated or not a checkpoint" in refused(path)
    assert not mark.exists()
    torch.load(path, weights_only=False) if save is torch.save else pickle.loads(path.read_bytes())
    assert mark.exists()  # it would have


def test_the_card_says_what_the_run_was(trained):
    card = checkpoint.card(trained.folder / "last.ckpt")
    assert card["config"] == trained.config.model_dump()
    assert card["shape"] == [1, 28, 28]


@settings(max_examples=30)
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_flipped_bit_is_found_or_changes_nothing(trained, tmp_path_factory, place, bit):
    """Torch itself loads other weights without a word."""
    content = bytearray((trained.folder / "best.ckpt").read_bytes())
    content[int(place * len(content))] ^= 1 << bit
    path = tmp_path_factory.mktemp("flipped") / "best.ckpt"
    path.write_bytes(content)
    try:
        weights = narrows.load(path).state_dict()
    except UserError as error:
        assert str(error).startswith(f"checkpoint={path}: ")
    else:
        whole = narrows.load(trained.folder / "best.ckpt").state_dict()
        assert all(torch.equal(weights[name], whole[name]) for name in whole)


def test_a_damaged_part_is_named(trained, tmp_path):
    content = bytearray((trained.folder / "best.ckpt").read_bytes())
    content[len(content) // 2] ^= 1
    path = tmp_path / "best.ckpt"
    path.write_bytes(content)
    assert "damaged, the checksum of its part" in refused(path)
