"""What each evaluation costs on one CPU thread. Without torch."""

from typing import NamedTuple

from narrows.config.schema import Config


class EvaluationCost(NamedTuple):
    """Seconds of an evaluation: `fixed`, `number` for each number of the code, `image` for each training or test image,
    and `image_number` for each number of the code of each of these. `passes` are images that go through the network,
    in addition to the test images.
    """

    fixed: float
    number: float = 0.0
    image: float = 0.0
    image_number: float = 0.0
    passes: int = 0

    def seconds(self, images: int, numbers: int, image_pass: float) -> float:
        """For so many training and test images and numbers in the code; `image_pass` is one image's, in seconds."""
        return (
            self.fixed
            + self.number * numbers
            + self.image * images
            + self.image_number * images * numbers
            + image_pass * self.passes
        )


#: Fitted to times of codes of 3, 16, 100 and 1,000 numbers, on 4,500 and on 65,000 digits, from fully connected and
#: convolutional networks. The baselines of an evaluation, which the runs of a process share, are contained in part.
COSTS = {
    "reconstruction": EvaluationCost(0.01),
    "memorisation": EvaluationCost(0.3, 0.003, 6.5e-5, 1.4e-7),
    "copying": EvaluationCost(0.03, 7e-5, 8.5e-7, 2.7e-9, 1_400),
    "units": EvaluationCost(0.01, 0, 1.2e-6, 4e-9),
    "smoothness": EvaluationCost(0.02, 0.008, 0, 6e-8, 1_400),
    "probe": EvaluationCost(0.08, 3.4e-4, 1.1e-5, 2e-8),
    "neighbours": EvaluationCost(0.03, 0, 4e-5, 6.6e-8),
    "clusters": EvaluationCost(0.15, 0.0017, 3.6e-5, 9.7e-8),
    "anomaly": EvaluationCost(0.05),
    "foreign": EvaluationCost(1.4, 3.4e-4, 3.8e-5, 7.5e-9, 14_000),
    "denoising": EvaluationCost(1.6, 0, 2.9e-6),
    "few_labels": EvaluationCost(3.9, 0.025, 1.2e-4, 3.8e-7, 460_000),
    "compression": EvaluationCost(0.5, 0.035, 1e-4, 2.5e-7),
    "likelihood": EvaluationCost(0.1, 0, 0, 0, 500_000),
    "sparsity": EvaluationCost(0.01, 0, 3e-6, 2e-9),
    "recovery": EvaluationCost(0.02, 2e-5, 1e-6, 2e-9),
    "splitting": EvaluationCost(0.05, 2e-5, 1e-6, 2e-9),
    "downstream": EvaluationCost(0.3, 0, 1.5e-5),
    "generation": EvaluationCost(1.0, 0.04, 6e-5, 2e-7),
    "mig": EvaluationCost(0.1, 0.03),
    "dci": EvaluationCost(8.0, 0.4),
    "sap": EvaluationCost(0.1, 0.2),
    "modularity": EvaluationCost(0.1, 0.03),
    "factor_vae": EvaluationCost(0.1, 0.02),
}


def evaluation_seconds(name: str, config: Config, image_pass: float) -> float:
    """Seconds of the evaluation `name` of a run, where one image takes `image_pass` seconds through the network."""
    data = config.data
    seconds = COSTS[name].seconds(data.trained + data.entry.test, config.model.bottleneck, image_pass)
    return seconds + image_pass * data.entry.test
