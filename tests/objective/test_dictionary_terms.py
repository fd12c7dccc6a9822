"""Terms of sparse dictionaries: hand-computed values, gradients, and what they hold fixed."""

import pytest
import torch

from narrows.build import build
from narrows.models.autoencoder import Autoencoder
from narrows.objective.terms import TERMS
from narrows.seeds import FixedNoise, generator
from support.configs import tiny

SHAPE = (1, 1, 2)
IMAGES = torch.tensor([[3.0, 1.0], [0.0, 2.0]]).double().view(2, *SHAPE)


def identity(*overrides: str) -> Autoencoder:
    """Two units that stand for the two pixels; without biases."""
    config = tiny("model=linear", "model.bottleneck=2", *overrides)
    autoencoder = build(config.model, config.code, SHAPE, generator(0, "weights")).double()
    with torch.no_grad():
        for half in (autoencoder.encoder, autoencoder.decoder):
            half[0].weight.copy_(torch.eye(2))
            half[0].bias.zero_()
    return autoencoder


def value(name: str, autoencoder: Autoencoder, **settings: object) -> torch.Tensor:
    return TERMS[name](autoencoder, autoencoder(IMAGES), settings, FixedNoise(), IMAGES)


def test_code_l0_counts_active_units():
    autoencoder = identity("code=jumprelu", "code.threshold=1.5")
    assert value("code_l0", autoencoder).tolist() == [1, 1]
    autoencoder.code.log_threshold.data.fill_(-2)
    assert value("code_l0", autoencoder).tolist() == [2, 1]


def test_code_l0_raises_thresholds():
    autoencoder = identity("code=jumprelu", "code.threshold=1.05", "code.bandwidth=0.2")
    value("code_l0", autoencoder).sum().backward()
    gradient = autoencoder.code.log_threshold.grad
    assert gradient[1].item() == pytest.approx(-1.05 / 0.2) and gradient[0] == 0  # only the number 1 is near
    assert autoencoder.encoder[0].weight.grad is None


def test_gate_error_is_that_of_rectified_gates():
    autoencoder = identity("code=gated")
    autoencoder.code.log_scale.data.fill_(1.0)  # of magnitudes, which do not count
    assert value("gate_error", autoencoder).tolist() == [0, 0]
    autoencoder.encoder[0].bias.data.copy_(torch.tensor([-1.0, 0.0]))
    assert value("gate_error", autoencoder).tolist() == [1, 0]  # gates (2, 1) of (3, 1), and 0 of (−1, 2) below 0


def test_gate_error_holds_the_decoder_fixed():
    autoencoder = identity("code=gated")
    autoencoder.encoder[0].bias.data.fill_(-0.5)
    value("gate_error", autoencoder).sum().backward()
    assert autoencoder.decoder[0].weight.grad is None and autoencoder.decoder[0].bias.grad is None
    assert autoencoder.encoder[0].weight.grad.norm() > 0


def test_the_l1_penalty_of_a_gated_code_is_on_its_gates():
    autoencoder = identity("code=gated")
    autoencoder.code.log_scale.data.fill_(1.0)
    assert value("code_l1", autoencoder).tolist() == [4, 2]


def dying(*overrides: str) -> Autoencoder:
    """Of two units the larger is active: the second image's second one is; unit 0 is said to be dead."""
    autoencoder = identity("code=topk", "code.active=1", "code.dead_after=5", *overrides)
    autoencoder.code.silent.copy_(torch.tensor([5, 0]))
    return autoencoder


def test_aux_k_is_what_dead_units_leave_of_the_error():
    """Reconstructions (3, 0) and (0, 2); the errors (0, 1) and (0, 0), of which unit 0 makes (3, 0) and (0, 0)."""
    assert value("aux_k", dying(), units=1).tolist() == [9 + 1, 0]


def test_aux_k_is_0_without_dead_units():
    autoencoder = dying()
    autoencoder.code.silent.zero_()
    assert value("aux_k", autoencoder, units=1).tolist() == [0, 0]


def test_aux_k_takes_so_many_dead_units():
    autoencoder = dying()
    autoencoder.code.silent.fill_(5)
    assert value("aux_k", autoencoder, units=1).tolist() == [10, 4]  # the larger one of each image
    assert value("aux_k", autoencoder, units=9).tolist() == [9, 4]  # both


def test_aux_k_trains_dead_units_only_and_holds_the_error_fixed():
    autoencoder = dying()
    value("aux_k", autoencoder, units=2).sum().backward()
    rows, columns = autoencoder.encoder[0].weight.grad, autoencoder.decoder[0].weight.grad
    assert rows[0].norm() > 0 and columns[:, 0].norm() > 0
    assert not rows[1].any() and not columns[:, 1].any()
    assert not autoencoder.decoder[0].bias.grad.any()


def test_matryoshka_is_the_error_of_the_first_units():
    autoencoder = identity("code=relu")
    assert value("matryoshka", autoencoder, prefixes=[0.5]).tolist() == [1, 4]
    assert value("matryoshka", autoencoder, prefixes=[0.5, 0.9]).tolist() == [1, 4]
    assert value("matryoshka", autoencoder, prefixes=[0.1, 0.5]).tolist() == [2, 8]  # at least one unit


def test_matryoshka_orders_units():
    """Controls: with the prefix of the first half, this half reconstructs better than the second one."""
    images = torch.randn(256, 1, 1, 8, generator=generator(0, "images"))
    for weight, ordered in ((0.0, False), (1.0, True)):
        config = tiny("model=linear", "model.bottleneck=8", "code=relu")
        autoencoder = build(config.model, config.code, (1, 1, 8), generator(1, "weights"))
        optimizer = torch.optim.Adam(autoencoder.parameters(), 0.01)
        for _ in range(300):
            output = autoencoder(images)
            extra = TERMS["matryoshka"](autoencoder, output, {"prefixes": [0.5]}, FixedNoise(), images)
            loss = (output.images - images).square().flatten(1).sum(1) + weight * extra
            optimizer.zero_grad()
            loss.mean().backward()
            optimizer.step()
        codes, first = autoencoder.encode(images), torch.arange(8) < 4
        errors = [(autoencoder.decode(codes.where(half, 0)) - images).square().mean() for half in (first, ~first)]
        assert (errors[0] < 0.8 * errors[1]) == ordered
