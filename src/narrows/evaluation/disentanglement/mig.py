"""Mutual information gap: does one number of the code alone tell each factor?"""

from narrows.data.sources import Images
from narrows.evaluation.baselines.pixel_rows import Labels, Rows
from narrows.evaluation.disentanglement.factor_scores import with_pca
from narrows.evaluation.disentanglement.mutual_information import entropies, gap_of_largest, mutual_information
from narrows.models.autoencoder import Autoencoder


def mig(autoencoder: Autoencoder, train: Images, test: Images) -> dict[str, float]:
    """The mutual information gap of Chen et al. 2018, eq. 6, from 0 to 1; also with _pca.

    mig  for each factor, by how much the number of the code that tells most of it tells more than the second, in
         shares of the factor's entropy; mean over factors

    Of at most 10,000 training images. Numbers of the code are cut into 20 bins, as in disentanglement_lib.
    """
    return with_pca(_gap, autoencoder, train, test)


def _gap(codes: Rows, factors: Labels, *_: object) -> dict[str, float]:
    gaps = gap_of_largest(mutual_information(codes, factors)) / entropies(factors)
    return {"mig": float(gaps.mean())}
