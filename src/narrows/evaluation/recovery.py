"""Does a dictionary find the features that its data were made of?"""

import torch
from torch import Tensor
from torch.nn import functional as F

from narrows.data.sources import Images
from narrows.data.truth import Truth
from narrows.evaluation.support.dictionary_units import Matching, directions, firing, match
from narrows.models.autoencoder import Autoencoder
from narrows.seeds import generator

FOUND = 0.9  # cosine with its unit from which a feature counts as found


def recovery(autoencoder: Autoencoder, train: Images, test: Images) -> dict[str, float]:
    """Directions and firing of units compared with the known features of the test images.

    recovery_features   largest cosine of a feature with a unit, mean over features (“mean max cosine similarity”,
                        Sharkey et al. 2022)
    recovery_units      largest cosine of a unit with a feature, mean over the units that are active in some image
    recovery_matched    cosine of a feature with its unit, mean over features, where no two features have the same unit
                        and the sum is largest; 0 for features that are left over
    recovery_found      share of features whose unit has a cosine of at least 0.9
    recovery_precision  share of the images in which a feature's unit is active that have the feature, mean over
                        features; 0 for a unit that is never active, and for a feature without a unit
    recovery_recall     share of the images with a feature in which its unit is active, in the same way

    recovery_features_random is `recovery_features` of as many random directions.
    """
    truth = test.truth
    assert truth is not None
    active = firing(autoencoder, test.pixels)
    units = directions(autoencoder, active.shape[1], active.device)
    cosines, matching = units @ truth.features.T, match(units, truth)
    alive = active.any(0)
    return {
        "recovery_features": float(cosines.amax(0).mean()),
        "recovery_units": float(cosines[alive].amax(1).mean()) if alive.any() else 0.0,
        "recovery_matched": float(matching.cosines.sum()) / len(truth.features),
        "recovery_found": float((matching.cosines >= FOUND).sum()) / len(truth.features),
        **_agreement(active.cpu(), truth, matching),
        "recovery_features_random": _of_random_directions(len(units), truth),
    }


def _agreement(active: Tensor, truth: Truth, matching: Matching) -> dict[str, float]:
    """Precision and recall of firing, means over all features; units (N, k) are bool."""
    present = (truth.coefficients > 0).cpu()[:, matching.features].double()
    fires = active[:, matching.units].double()
    both = (fires * present).sum(0)
    precision, recall = both / fires.sum(0).clamp(min=1), both / present.sum(0).clamp(min=1)
    features = len(truth.features)
    return {
        "recovery_precision": float(precision.sum()) / features,
        "recovery_recall": float(recall.sum()) / features,
    }


def _of_random_directions(count: int, truth: Truth) -> float:
    drawn = torch.randn(count, truth.features.shape[1], generator=generator(0, "random dictionary"))
    return float((F.normalize(drawn) @ truth.features.cpu().T).amax(0).mean())
