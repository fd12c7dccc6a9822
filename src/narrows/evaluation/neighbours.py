"""Whether images with neighbouring codes are of one class."""

from sklearn.neighbors import KNeighborsClassifier

from narrows.data.sources import Images
from narrows.evaluation.support.features import beside
from narrows.evaluation.support.shared import Labels, Rows
from narrows.models.autoencoder import Autoencoder

NEIGHBOURS = 5


def neighbours(autoencoder: Autoencoder, train: Images, test: Images) -> dict[str, float]:
    """Test accuracy of the vote of the 5 nearest training images, the share of test images in [0, 1].

    neighbours         nearest by their codes, Euclidean, as they are
    neighbours_pca     by as many principal components
    neighbours_pixels  by all pixels

    Among at most 10,000 training images.
    """
    return beside(_accuracy, autoencoder, train, test)


def _accuracy(train: Rows, labels: Labels, test: Rows, test_labels: Labels) -> dict[str, float]:
    classifier = KNeighborsClassifier(min(NEIGHBOURS, len(train)), algorithm="brute")
    return {"neighbours": float(classifier.fit(train, labels).score(test, test_labels))}
