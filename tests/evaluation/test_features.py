"""What codes say of the classes: probe, neighbours, clusters."""

import pytest
import torch

from narrows.data.sources import Images
from narrows.data.splits import Splits
from narrows.evaluation.clusters import clusters
from narrows.evaluation.neighbours import neighbours
from narrows.evaluation.probe import probe
from narrows.evaluation.support.shared import remembered
from narrows.models.autoencoder import Autoencoder
from support.linear import pca_autoencoder


@pytest.mark.parametrize("measure", [probe, neighbours, clusters])
def test_principal_components_as_a_code_are_as_good_as_principal_components(splits: Splits, measure):
    found = measure(pca_autoencoder(splits.train.pixels, 8), splits.train, splits.test)
    for name, value in found.items():
        if not name.endswith(("_pca", "_pixels")):
            assert value == pytest.approx(found[f"{name}_pca"], abs=0.005)  # float32 here, float64 there
            assert found[f"{name}_pixels"] != found[f"{name}_pca"]
        assert 0.2 < value < 1


class Told(torch.nn.Module):
    """An encoder that was told the labels, in the images' first pixel."""

    def forward(self, rows: torch.Tensor, generator: torch.Generator | None = None) -> torch.Tensor:
        return torch.nn.functional.one_hot((rows[:, 0] * 255).round().long(), 10).float()


def telling(images: Images) -> Images:
    pixels = images.pixels.clone()
    pixels[:, 0, 0, 0] = images.labels.to(pixels.dtype)
    return Images(pixels, images.labels)


def test_codes_that_are_the_labels_are_perfect_features(splits):
    told = Autoencoder(Told(), torch.nn.Identity(), torch.nn.Identity(), (1, 28, 28), "linear")
    train, test = telling(splits.train), telling(splits.test)
    found = probe(told, train, test) | neighbours(told, train, test) | clusters(told, train, test)
    for name in ("probe", "neighbours", "clusters_nmi", "clusters_ari"):
        assert found[name] == pytest.approx(1)


def test_shuffled_labels_leave_nothing_to_find(splits):
    wrong = Images(splits.test.pixels, splits.test.labels[torch.randperm(len(splits.test))])
    found = probe(pca_autoencoder(splits.train.pixels, 8), splits.train, wrong)
    assert found["probe"] == pytest.approx(0.1, abs=0.05)  # one in ten, 500 images


def test_what_is_fitted_never_sees_the_test_labels(splits):
    """Scores of half of the test images are what they are beside the other half."""
    autoencoder, half = pca_autoencoder(splits.train.pixels, 8), splits.test[:250]
    both = [probe(autoencoder, splits.train, images)["probe"] for images in (half, splits.test[250:])]
    assert sum(both) / 2 == pytest.approx(probe(autoencoder, splits.train, splits.test)["probe"])


def test_a_baseline_is_computed_once_for_the_same_images_and_anew_for_others(splits):
    calls = []

    @remembered
    def count(pixels: torch.Tensor, times: int) -> int:
        calls.append(times)
        return len(pixels) * times

    again = splits.train.pixels.clone()
    assert [count(splits.train.pixels, 2), count(again, 2), count(again[1:], 2), count(again, 3)] == [
        1024,
        1024,
        1022,
        1536,
    ]
    assert calls == [2, 2, 3]
