"""Do images with neighbouring codes belong to the same class?"""

from sklearn.neighbors import KNeighborsClassifier

from narrows.data.sources import Images
from narrows.evaluation.baselines.pixel_rows import Labels, Rows
from narrows.evaluation.support.features import with_baselines
from narrows.models.autoencoder import Autoencoder

NEIGHBOURS = 5


def neighbours(autoencoder: Autoencoder, train: Images, test: Images) -> dict[str, float]:
    """Test accuracy of a 5-nearest-neighbours classifier, the share of test images in [0, 1].

    neighbours         nearest by the Euclidean distance between codes, not scaled
    neighbours_pca     between as many principal components
    neighbours_pixels  between all pixels

    The neighbours are searched among at most 10,000 training images.
    """
    return with_baselines(_accuracy, autoencoder, train, test)


def _accuracy(train: Rows, labels: Labels, test: Rows, test_labels: Labels) -> dict[str, float]:
    classifier = KNeighborsClassifier(min(NEIGHBOURS, len(train)), algorithm="brute")
    return {"neighbours": float(classifier.fit(train, labels).score(test, test_labels))}
