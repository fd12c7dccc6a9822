"""How sparse are the codes, and how much do they explain?"""

from narrows.data.in_batches import in_batches
from narrows.data.sources import Images, as_floats
from narrows.evaluation.support.dictionary_units import firing
from narrows.models.autoencoder import Autoencoder


def sparsity(autoencoder: Autoencoder, train: Images, test: Images) -> dict[str, float]:
    """Of the test images:

    explained_variance  1 − Σ‖x − x̂‖² / Σ‖x − x̄‖², with the mean x̄ of these images; at most 1
    active_per_image    units that are active in an image (not 0), mean over images: L0
    never_active        share of units that are active in no image
    """
    images = as_floats(test.pixels).flatten(1).double()
    rebuilt = in_batches(autoencoder.reconstruct, test.pixels).flatten(1)
    active = firing(autoencoder, test.pixels)
    variance = (images - images.mean(0)).square().sum()
    return {
        "explained_variance": float(1 - (images - rebuilt).square().sum() / variance),
        "active_per_image": float(active.sum(1).double().mean()),
        "never_active": float((~active.any(0)).double().mean()),
    }
