"""What an encoder trained without labels is worth to a classifier that has few of them."""

from copy import deepcopy
from statistics import mean

import torch
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn
from torch.nn import functional as F

from narrows.data.sources import Images, as_floats
from narrows.evaluation.support.shared import AT_ONCE, remembered, rows
from narrows.models.autoencoder import Autoencoder
from narrows.seeds import generator

LABELS = (10, 100, 1000, 5000)
DRAWS = 3  # of labelled images: ten images more or less typical of their digits are worth several points

#: The budget of every classifier, however many labels it has: steps of Adam, images a step, learning rates.
STEPS, BATCH = 500, 64
RATE, HEAD_RATE = 1e-3, 1e-2


def few_labels(autoencoder: Autoencoder, train: Images, test: Images) -> dict[str, float]:
    """Test accuracy of classifiers that are shown n labels, the share of test images in [0, 1].

    few_labels_<n>_frozen   a linear layer on the encoder's standardised codes
    few_labels_<n>_tuned    encoder and linear layer, both trained on, from the trained encoder
    few_labels_<n>_scratch  the same from PyTorch's initialisation of the encoder
    few_labels_<n>_pixels   logistic regression on pixels (scikit-learn, C = 1): no network at all

    For n = 10, 100, 1000 and 5000 as far as the training images reach, each class as often as the others. The first
    three share labelled images, budget (500 steps of 64 images) and code standardised on the first 1000 training images
    without labels. Means over three draws of labelled images, which are the same for every autoencoder, so that two of
    them are compared by the same images; what else is random follows from the autoencoder's weights, and differs
    between seeds. What was spent on pretraining comes on top of the budget.
    """
    found: dict[str, float] = {}
    for count in (count for count in LABELS if count <= len(train)):
        draws = [_scores(autoencoder, train, test, count, draw) for draw in range(DRAWS)]
        found |= {f"few_labels_{count}_{name}": mean(draw[name] for draw in draws) for name in draws[0]}
    return found


def _scores(autoencoder: Autoencoder, train: Images, test: Images, count: int, draw: int) -> dict[str, float]:
    """The accuracy of each classifier with `count` labels."""
    labelled, seed = train[balanced(train.labels, count, draw)], _seed(autoencoder) + draw
    nets = classifiers(autoencoder, train, seed)
    scores = {name: accuracy(fitted(net, labelled, seed), test) for name, net in nets.items()}
    return scores | {"pixels": _logistic(labelled.pixels, labelled.labels, test.pixels, test.labels)}


def _seed(autoencoder: Autoencoder) -> int:
    """A number that any other weights would change."""
    return int(sum(parameter.double().abs().sum().item() for parameter in autoencoder.parameters()) * 1e6)


def balanced(labels: Tensor, count: int, seed: int) -> Tensor:
    """Rows of `count` images in a random order where each class comes once before any comes twice, (count,)."""
    order = torch.randperm(len(labels), generator=generator(seed, "labelled")).to(labels.device)
    turn = torch.zeros_like(order)
    for label in labels.unique():
        of_class = labels[order] == label
        turn[of_class] = torch.arange(int(of_class.sum()), device=labels.device)
    return order[turn.argsort(stable=True)[:count]]


class Classifier(nn.Module):
    """An encoder and a linear layer on its standardised codes: images (B, C, H, W) to logits (B, classes)."""

    def __init__(self, autoencoder: Autoencoder, images: Tensor, classes: int) -> None:
        super().__init__()
        self.encoder, self.code = autoencoder.encoder, autoencoder.code
        with torch.no_grad():
            codes = autoencoder.eval().encode(images)
        self.mean, self.spread = codes.mean(0), codes.std(0).clamp_min(1e-6)  # a dead unit's spread is 0
        self.head = nn.Linear(codes.shape[1], classes).to(images.device)

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.head((self.code(self.encoder(images.flatten(1))) - self.mean) / self.spread)
        return logits


def classifiers(autoencoder: Autoencoder, train: Images, seed: int) -> dict[str, Classifier]:
    """The three untrained classifiers, their linear layers alike."""
    frozen, tuned, scratch = (deepcopy(autoencoder) for _ in range(3))
    frozen.encoder.requires_grad_(False)
    images, classes = as_floats(train.pixels[:AT_ONCE]), int(train.labels.max()) + 1
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        scratch.encoder.apply(_redraw)
        torch.manual_seed(seed)
        made = [Classifier(start, images, classes) for start in (frozen, tuned, scratch)]
    made[1].head.load_state_dict(made[0].head.state_dict())
    made[2].head.load_state_dict(made[0].head.state_dict())
    return dict(zip(("frozen", "tuned", "scratch"), made, strict=True))


def _redraw(module: nn.Module) -> None:
    if isinstance(module, nn.Linear | nn.Conv2d | nn.BatchNorm1d | nn.BatchNorm2d | nn.LayerNorm | nn.GroupNorm):
        module.reset_parameters()


def fitted(classifier: Classifier, labelled: Images, seed: int) -> Classifier:
    """`classifier` after its budget of steps on these images, in evaluation mode; a frozen encoder stays in it."""
    order, images = generator(seed, "order"), as_floats(labelled.pixels)
    free = [parameter for parameter in classifier.encoder.parameters() if parameter.requires_grad]
    groups = [{"params": classifier.head.parameters(), "lr": HEAD_RATE}] + ([{"params": free}] if free else [])
    optimizer = torch.optim.Adam(groups, RATE, fused=True)
    classifier.train(bool(free))
    for _ in range(STEPS):
        some = torch.randint(len(labelled), (BATCH,), generator=order).to(images.device)
        loss = F.cross_entropy(classifier(images[some]), labelled.labels[some])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return classifier.eval()


@torch.no_grad()
def accuracy(classifier: nn.Module, test: Images) -> float:
    """The share of images that are given their label."""
    found = [classifier(as_floats(pixels)).argmax(1) for pixels in test.pixels.split(AT_ONCE)]
    return (torch.cat(found) == test.labels).float().mean().item()


@remembered
def _logistic(pixels: Tensor, labels: Tensor, test: Tensor, test_labels: Tensor) -> float:
    classifier = LogisticRegression(max_iter=200).fit(rows(pixels), labels.cpu().numpy())
    return float(classifier.score(rows(test), test_labels.cpu().numpy()))
