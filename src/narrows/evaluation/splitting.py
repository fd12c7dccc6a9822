"""Are parents of a hierarchy of features split among units, or absorbed by the units of their children?"""

import torch
from torch import Tensor

from narrows.data.sources import Images
from narrows.data.truth import Truth
from narrows.evaluation.support.dictionary_units import directions, firing
from narrows.models.autoencoder import Autoencoder

SERVES = 0.4  # cosine with a feature from which a unit counts as a unit for it; (parent + child) / √2 has 0.71


def splitting(autoencoder: Autoencoder, train: Images, test: Images) -> dict[str, float]:
    """Units for the parents among the features, which are active whenever one of their children is.

    split_units  units whose direction has a cosine of at least 0.4 with a parent, mean over parents: 1 for a parent
                 with a unit of its own, more for one that is split (Bricken et al. 2023, “feature splitting”)
    absorption   share of the images with a parent's child in which the parent's unit, of the largest cosine, is silent
                 while another unit for the parent is active, mean over the pairs of parent and child (after Chanin et
                 al. 2024, section 4)
    """
    truth = test.truth
    assert truth is not None
    active = firing(autoencoder, test.pixels)
    cosines = (directions(autoencoder, active.shape[1], active.device) @ truth.features.T).cpu()
    active = active.cpu()
    parents, children = truth.parents.cpu(), (truth.parents >= 0).nonzero().squeeze(1).tolist()
    counts = (cosines >= SERVES)[:, parents[children].unique()].sum(0).double()
    absorbed = [_absorbed(active, cosines[:, int(parents[child])], truth, child) for child in children]
    return {
        "split_units": float(counts.mean()),
        "absorption": float(torch.tensor([share for share in absorbed if share is not None]).double().mean()),
    }


def _absorbed(active: Tensor, cosines: Tensor, truth: Truth, child: int) -> float | None:
    """The share for one child, from the cosines (k,) of all units with its parent; None for a child in no image."""
    present = (truth.coefficients[:, child] > 0).cpu()
    if not present.any():
        return None
    own, serving = cosines.argmax(), cosines >= SERVES
    others = active[present][:, serving & (torch.arange(len(cosines)) != own)].any(1)
    return float((~active[present][:, own] & others).double().mean())
