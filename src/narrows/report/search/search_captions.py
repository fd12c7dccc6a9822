"""The captions of a search's figures."""

from narrows.stats.trials import Trials


def history(trials: Trials) -> str:
    label = trials.grid.main.label
    return f"{label[:1].upper()}{label[1:]} of each trial in the order of the trials, and the best so far."


def slices(trials: Trials) -> str:
    return (
        "Each trial at its level of each searched key; diamond: the best. Keys vary together, so a panel "
        "shows no effect by itself."
    )


def importance(trials: Trials) -> str:
    scale = "the logarithm of the " if trials.grid.main.scale == "log" else "the "
    return (
        f"Importance of each searched key: how much it reduces the error of a random forest that predicts {scale}"
        f"{trials.grid.main.label} (mean decrease in impurity, Optuna), from {len(trials.table)} trials. The sum is "
        "100 %; small shares of few trials are noise."
    )


def best_images(trials: Trials) -> str:
    return "The first test image of each class and its reconstruction by the best trial."
