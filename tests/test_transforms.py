"""The first layers of a trained encoder in another model."""

from itertools import pairwise

import pytest
import torch
from torch import nn

from narrows import transforms
from narrows.bench.choices import choices
from narrows.build import build_autoencoder
from narrows.errors import UserError
from narrows.runs import checkpoint
from support.configs import tiny

MODELS = [choice.override for choice in choices() if choice.factor == "model"]


def classifier(*sizes: int) -> nn.Sequential:
    """Linear layers of these sizes with ReLU between them."""
    layers = [layer for pair in pairwise(sizes) for layer in (nn.Linear(*pair), nn.ReLU())]
    return nn.Sequential(nn.Flatten(), *layers[:-1])


def test_a_run_initialises_the_first_layers_of_a_classifier_and_no_others(trained):
    model = classifier(784, 128, 64, 12, 10)
    last = model[7].weight.clone()
    encoder = checkpoint.load(trained.folder / "best.ckpt").encoder
    changed = transforms.initialise(model, trained.folder)
    assert changed == ["1.weight", "1.bias", "3.weight", "3.bias", "5.weight", "5.bias"]
    assert all(torch.equal(model[place].weight, encoder[place - 1].weight) for place in (1, 3, 5))
    assert torch.equal(model[7].weight, last)


def test_so_many_layers_as_asked_for(trained):
    assert transforms.initialise(classifier(784, 128, 10), trained.folder / "best.ckpt", layers=1) == [
        "1.weight",
        "1.bias",
    ]
    assert len(transforms.initialise(classifier(784, 128, 64, 12, 3, 10), trained.folder, layers=4)) == 8
    with pytest.raises(UserError, match="layers=5: the encoder has 1 to 4"):
        transforms.initialise(classifier(784, 128, 10), trained.folder, layers=5)


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ((784, 128, 100, 12, 10), "the model's layer 3 is Linear.*100.*; the encoder's is Linear.*64"),
        ((784, 128), "the model has no layer for the encoder's Linear"),
    ],
)
def test_a_model_of_other_shapes_is_refused_and_not_changed(trained, sizes, message):
    model = classifier(*sizes)
    before = model[1].weight.clone()
    with pytest.raises(UserError, match=message):
        transforms.initialise(model, trained.folder)
    assert torch.equal(model[1].weight, before)


@pytest.mark.parametrize("norm", ["none", "batch"])
@pytest.mark.parametrize("model", MODELS)
def test_first_layers_compute_what_the_encoder_computes_and_can_be_trained(model, norm):
    """All layers of every kind of model give the code; one layer less is what the last one is given."""
    kind = [model] if model == "model=linear" else [model, f"model.norm={norm}"]
    autoencoder = build_autoencoder(tiny(*kind)).eval()
    images = torch.rand(3, 1, 28, 28)
    count = sum(isinstance(layer, transforms.WEIGHTED) for layer in autoencoder.encoder.children())
    whole = transforms.first_layers(autoencoder, layers=count).eval()
    torch.testing.assert_close(whole(images), autoencoder.encode(images))
    transforms.first_layers(autoencoder)(images).sum().backward()
    assert all(parameter.grad is None for parameter in autoencoder.parameters())  # it is a copy


@pytest.mark.parametrize("model", MODELS)
def test_norms_and_convolutions_are_initialised_as_well(model):
    kind = [model] if model == "model=linear" else [model, "model.norm=batch"]
    autoencoder, other = (build_autoencoder(tiny(*kind)) for _ in range(2))
    for parameter in autoencoder.parameters():
        nn.init.normal_(parameter)
    copied = transforms.initialise(other.encoder, autoencoder)
    state, source = other.encoder.state_dict(), autoencoder.encoder.state_dict()
    assert copied and all(torch.equal(state[name], source[name]) for name in copied)


def test_an_encoder_that_takes_labels_is_refused():
    with pytest.raises(UserError, match="conditional=true: this encoder takes labels"):
        transforms.first_layers(build_autoencoder(tiny("model.conditional=true")))
