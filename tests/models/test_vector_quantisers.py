"""Codebooks: which entry is chosen, how entries follow the codes, and what becomes of those that nothing chooses."""

import pytest
import torch
from torch import Tensor

from narrows.models.vector_quantisers import DEAD, VectorQuantised
from narrows.run import run
from narrows.runs import checkpoint, record
from narrows.seeds import generator
from support.configs import tiny
from support.outcomes import checkpoint_of, same, weights_of

NOISE = generator(0, "noise")  # nothing is drawn from it; it says that a call is a training step


def random_codes(count: int = 40, numbers: int = 6, seed: int = 0) -> Tensor:
    return torch.randn(count, numbers, generator=generator(seed, "codes"), dtype=torch.float64)


def with_entries(entries: Tensor, **options: int) -> VectorQuantised:
    """One codebook (K, k) per vector, each entry used equally often."""
    code = VectorQuantised(entries.shape[1], len(entries), **options).double()
    code.counts.fill_(1.0)
    code.sums.copy_(entries)
    return code


def learnt(steps: int = 50, **options: int) -> VectorQuantised:
    code = VectorQuantised(6, 8, **options).double()
    for step in range(steps):
        code(random_codes(64, seed=step), NOISE)
    return code.eval()


def test_a_code_is_the_nearest_entry():
    entries, codes = random_codes(5, seed=1), random_codes()
    code = with_entries(entries).eval()
    nearest = torch.cdist(codes, entries).argmin(1)
    assert torch.equal(code(codes), entries[nearest])
    assert torch.equal(code.symbols(codes).squeeze(1), nearest)


def test_each_vector_of_a_code_has_a_codebook_of_its_own():
    """Two vectors of three numbers: the even ones and the odd ones."""
    entries, codes = random_codes(5, seed=1), random_codes()
    code = with_entries(entries, vectors=2).eval()
    quantised = code(codes)
    for vector in (0, 1):
        nearest = torch.cdist(codes[:, vector::2], entries[:, vector::2]).argmin(1)
        assert torch.equal(quantised[:, vector::2], entries[:, vector::2][nearest])
        assert torch.equal(code.symbols(codes)[:, vector], nearest)


def test_a_residual_code_is_the_sum_of_what_its_stages_choose():
    code, codes = learnt(stages=3), random_codes()
    left, total, symbols = codes, torch.zeros_like(codes), []
    for stage in range(3):
        entries = code.sums[stage] / code.counts[stage]
        symbols.append(torch.cdist(left, entries).argmin(1))
        total, left = total + entries[symbols[-1]], left - entries[symbols[-1]]
    torch.testing.assert_close(code(codes), total)
    assert torch.equal(code.symbols(codes), torch.stack(symbols, 1))


@pytest.mark.parametrize("options", [{"stages": 4}, {"vectors": 3}])
def test_more_codebooks_leave_a_lower_error(options):
    codes = random_codes(200, seed=1000)
    errors = [(learnt(**more)(codes) - codes).square().mean().item() for more in ({}, options)]
    assert errors[1] < 0.8 * errors[0]


def test_the_gradient_passes_unchanged():
    codes = random_codes().requires_grad_()
    learnt()(codes).square().sum().backward()
    torch.testing.assert_close(codes.grad, 2 * learnt()(codes.detach()))


def test_entries_are_moving_averages():
    """Two entries at 0 and 10, two codes nearer to the second: by hand, with a decay of 0.9."""
    code = VectorQuantised(1, 2, decay=0.9).double()
    code.counts.fill_(1.0)
    code.sums.copy_(torch.tensor([[[0.0], [10.0]]]))
    code(torch.tensor([[8.0], [9.0]], dtype=torch.float64), NOISE)
    assert code.counts.flatten().tolist() == pytest.approx([0.9, 0.9 + 0.1 * 2])
    assert code.sums.flatten().tolist() == pytest.approx([0.0, 9.0 + 0.1 * 17])


def test_only_a_training_step_moves_them():
    code, codes = learnt(), random_codes()
    before = {name: value.clone() for name, value in code.state_dict().items()}
    code(codes, NOISE)
    code.train()(codes)
    code.symbols(codes)
    assert same(before, code.state_dict())
    code(codes, NOISE)
    assert not same(before, code.state_dict())


def test_an_entry_that_is_used_too_little_becomes_a_code_of_the_minibatch():
    entries = random_codes(4, seed=1)
    code, far = with_entries(entries), entries.new_full((1, 6), 100.0)
    code.counts[0, 2] = DEAD * 3 / 4 * 0.49  # the limit is a power of two
    code.sums[0, 2] *= code.counts[0, 2]
    code(torch.cat([far, entries[[0, 1]]]), NOISE)
    expected = torch.cat([entries[:2], far, entries[3:]])
    torch.testing.assert_close(code.sums[0] / code.counts[0], expected)


def test_at_the_beginning_every_code_of_the_minibatch_is_an_entry():
    """Exactly, so that later stages have nothing left, and not the rounding of a difference."""
    codes = random_codes(7)
    assert torch.equal(VectorQuantised(6, 16, stages=3).double()(codes, NOISE), codes)


def test_it_finds_clusters_that_are_far_apart():
    centres = 10 * torch.eye(4, 6, dtype=torch.float64)
    code = VectorQuantised(6, 12).double()  # more than clusters: with as many, two may share one of them for ever
    for step in range(300):
        labels = torch.randint(4, (64,), generator=generator(step, "labels"))
        code(centres[labels] + 0.1 * random_codes(64, seed=step), NOISE)
    distances = torch.cdist(centres, code.sums[0] / code.counts[0])
    assert distances.min(1).values.max() < 0.2
    assert 4 < code.curves()["perplexity"] < 12


def test_perplexity_is_the_number_of_entries_that_are_used_alike():
    code = with_entries(random_codes(5))
    assert code.curves()["perplexity"] == pytest.approx(5)
    code.counts[0, 3:] = 0
    assert code.curves()["perplexity"] == pytest.approx(3)
    code.counts[0, 1:] = 0
    assert code.curves()["perplexity"] == pytest.approx(1)


def test_a_code_that_never_changes_uses_one_entry():
    code = VectorQuantised(6, 4).double()
    for _ in range(500):
        code(torch.ones(64, 6, dtype=torch.float64), NOISE)
    assert code.curves()["perplexity"] < 1.3
    assert torch.equal(code.eval()(torch.ones(2, 6, dtype=torch.float64)), torch.ones(2, 6, dtype=torch.float64))


KINDS = [("code=vector_quantised",), ("code=residual_quantised", "code.stages=3")]


@pytest.mark.parametrize(("kind", "symbols"), list(zip(KINDS, (1, 3), strict=True)))
def test_a_run_records_how_large_its_codes_are(kind, symbols, tmp_path):
    result = run(tiny(*kind, "code.entries=16"), tmp_path)
    assert result.metrics["test/code_bits"] == 4 * symbols
    assert 0 < result.metrics["test/code_entropy"] <= 4 * symbols
    assert 1 <= result.metrics["test/code_perplexity"] <= 16
    assert len(result.curves["perplexity"]) == 2
    images = torch.rand(5, 1, 28, 28)
    autoencoder = checkpoint.load(tmp_path / "best.ckpt")
    assert len(autoencoder.encode(images).unique(dim=0)) <= 5


@pytest.mark.parametrize("kind", KINDS)
def test_a_resumed_run_has_the_codebook_of_an_uninterrupted_one(kind, tmp_path):
    whole = run(tiny(*kind, "trainer.max_epochs=3"), tmp_path / "whole")
    run(tiny(*kind, "trainer.max_epochs=1"), tmp_path / "resumed")
    resumed = run(tiny(*kind, "trainer.max_epochs=3", "run.resume=true"), tmp_path / "resumed")
    assert resumed.metrics == whole.metrics and resumed.curves["perplexity"] == whole.curves["perplexity"]
    assert same(weights_of(tmp_path / "resumed"), weights_of(tmp_path / "whole"))
    assert "autoencoder.code.sums" in checkpoint_of(tmp_path / "resumed")["state_dict"]
    assert record.read(tmp_path / "resumed").status == "done"
