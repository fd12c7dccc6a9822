"""Can a linear classifier tell the classes from the codes?"""

from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from narrows.data.sources import Images
from narrows.evaluation.baselines.pixel_rows import Labels, Rows
from narrows.evaluation.support.features import with_baselines
from narrows.models.autoencoder import Autoencoder

STEPS = 200  # of L-BFGS: on pixels, the slowest of the three, more of them change accuracy by less than 0.002


def probe(autoencoder: Autoencoder, train: Images, test: Images) -> dict[str, float]:
    """Test accuracy of logistic regression, the share of test images in [0, 1] (linear probes: Alain & Bengio 2016).

    probe         on the codes
    probe_pca     on as many principal components
    probe_pixels  on all pixels

    Fitted on at most 10,000 training images and standardised by them; scikit-learn's L2 penalty (C = 1).
    """
    return with_baselines(_accuracy, autoencoder, train, test)


def _accuracy(train: Rows, labels: Labels, test: Rows, test_labels: Labels) -> dict[str, float]:
    classifier = make_pipeline(StandardScaler(), LogisticRegression(max_iter=STEPS, tol=1e-3))
    return {"probe": float(classifier.fit(train, labels).score(test, test_labels))}
