"""A paragraph about the methods, for a paper, from the records: data, architecture, training, seeds, statistics."""

from collections.abc import Callable, Iterable

from pandas import DataFrame

from narrows.config.scales import BINARY, CONTRASTED
from narrows.report.methods.settings import ABSENT, seeds, settings
from narrows.report.numbers import CONFIDENT
from narrows.report.sentences import phrases
from narrows.stats.comparisons import comparing
from narrows.stats.factors import axes, few
from narrows.stats.grid import Grid
from narrows.stats.runs_and_cells import has_geometric_means

MOST_NAMED = 6  # levels of a factor that are named
PIXELS = "pixels in [0, 1]"
MONITORED = {"loss": " with the noise of training", "clean_loss": " without noise"}

Settings = dict[str, str]


def methods(grid: Grid, comparisons: DataFrame) -> str:
    """One paragraph of plain prose; empty if no run finished."""
    if not grid.finished:
        return ""
    told = settings(grid)
    parts: list[str] = [
        _data(grid),
        _varied(grid),
        _architecture(grid, told),
        _special(told),
        _training(told),
        _selection(grid, told),
        _seeds(grid),
        _statistics(grid, comparisons),
    ]
    return " ".join(part for part in parts if part)


def _data(grid: Grid) -> str:
    data = [record.data for record in grid.finished]
    names = phrases.several(list(dict.fromkeys(entry.name for entry in data)))
    what = "images" if grid.unit in (PIXELS, BINARY, CONTRASTED) else "samples"
    train, val, test = (_range([getattr(entry, split) for entry in data]) for split in ("train", "val", "test"))
    held_out = f"selected on {val} validation {what} held out of the training split" if val != "0" else ""
    middle = f", {held_out}," if held_out else ""
    trained = f"trained on {train} {what} of {names} ({grid.unit}){middle}"
    return f"Autoencoders were {trained} and evaluated on {test} test {what}."


def _range(counts: Iterable[int]) -> str:
    """“4,500”, “100 to 4,500”."""
    numbers = sorted(set(counts))
    return " to ".join(dict.fromkeys(f"{number:,}" for number in (numbers[0], numbers[-1])))


def _varied(grid: Grid) -> str:
    """The axes with their levels."""
    if not grid.factors:
        return ""
    texts = []
    for axis in axes(grid.study):
        levels = [axis.text(level) for level in few(axis.levels, MOST_NAMED)]
        rest = f", {len(axis.levels)} in all" if len(levels) < len(axis.levels) else ""
        texts.append(f"{axis.name} ({', '.join(levels)}{rest})")
    return f"The runs differ in {phrases.several([*texts, 'seed'])}."


def _architecture(grid: Grid, told: Settings) -> str:
    if "model.name" not in told:
        return ""
    parameters = _range([record.parameters for record in grid.finished])
    layers = {
        "mlp": "fully connected hidden layers of {model.widths} units, mirrored in the decoder",
        "linear": "a linear encoder and a linear decoder",
        "conv": "convolutions with {model.channels} channels and kernels of {model.kernel} pixels a side, mirrored in "
        "the decoder",
        "residual_conv": "stages of {model.blocks} residual blocks with {model.channels} channels, kernels of "
        "{model.kernel} pixels a side and pooling, mirrored in the decoder",
    }
    name = told["model.name"]
    layer = _filled(layers[name], told) if name in layers else f"models {name}"
    style = _filled("{model.activation} between layers", told) if "model.activation" in told else ""
    norms = "" if told.get("model.norm", "none") == "none" else _filled("{model.norm} normalisation", told)
    dropout = "" if told.get("model.dropout", "0") == "0" else _filled("dropout {model.dropout}", told)
    gated = "a gate for each hidden unit" if told.get("model.gated") == "yes" else ""
    tied = "tied weights" if told.get("model.tied") == "yes" else ""
    code = _filled("a code of {model.bottleneck} numbers", told) if "model.bottleneck" in told else ""
    output = _filled("{model.output} outputs", told) if "model.output" in told else ""
    listed = ", ".join(part for part in (layer, gated, style, norms, dropout, code, output, tied) if part)
    return f"The autoencoders have {listed} ({parameters} parameters)."


def _filled(sentence: str, told: Settings) -> str:
    """The sentence with the settings in place of `{key}`, without braces; `–` for one that no run has."""
    for key, text in told.items():
        sentence = sentence.replace(f"{{{key}}}", _short(text))
    return sentence


def _short(text: str) -> str:
    """Only the values of a setting that varies by itself: it is named among the factors."""
    return text.removeprefix("varied: ")


def _special(told: Settings) -> str:
    """Code, corruption and pretraining, unless they are the plain ones, and the terms of the objective."""
    kinds = {"code.name": "plain", "posterior.name": "gaussian", "prior.name": "standard", "bound.name": "elbo"}
    kinds |= {"corruption.name": "none", "pretrain.name": "none"}
    words = {"code.name": "code", "posterior.name": "posterior", "prior.name": "prior", "bound.name": "bound"}
    words |= {"corruption.name": "corruption of the input", "pretrain.name": "pretraining"}
    texts = [
        f"{words[key]}: {_with_options(key, told)}" for key, plain in kinds.items() if told.get(key, plain) != plain
    ]
    weights = {key.rpartition(".")[2]: text for key, text in told.items() if key.startswith("objective.weights.")}
    terms = [f"{name} with weight {_short(text)}" for name, text in weights.items() if text not in ("0", ABSENT)]
    if name := told.get("objective.name"):
        summed = ", summed over pixels" if told.get("objective.reduction") == "sum" else ""
        texts.append(f"objective: {' plus '.join([_short(name), *terms])}{summed}")
    joined = "; ".join(texts)
    return f"{joined[:1].upper()}{joined[1:]}." if joined else ""


def _with_options(key: str, told: Settings) -> str:
    """“sparse (active 10)”."""
    section = key.rpartition(".")[0]
    options = [
        f"{other.removeprefix(f'{section}.')} {_short(text)}"
        for other, text in told.items()
        if other.startswith(f"{section}.") and other != key
    ]
    return _short(told[key]) + (f" ({', '.join(options)})" if options else "")


def _training(told: Settings) -> str:
    if "optimizer.name" not in told:
        return ""
    parts = [
        _filled("the optimiser {optimizer.name}, learning rate {optimizer.lr}", told),
        _option("momentum", "optimizer.momentum", told),
        _option("weight decay", "optimizer.weight_decay", told, neutral="0"),
        _option("gradients clipped to norm", "optimizer.clip", told),
        _filled("{schedule.name} schedule", told),
        _option("epochs of warm-up:", "schedule.warmup", told, neutral="0"),
        _filled("batches of {data.batch_size}", told),
        _option("weights averaged over steps with decay", "trainer.ema", told),
    ]
    patience = told.get("trainer.patience", "none")
    stopping = "" if patience == "none" else f", stopped after {patience} epochs without a lower validation loss"
    epochs = _filled("{trainer.max_epochs}", told)
    return f"They were trained with {', '.join(part for part in parts if part)}, for at most {epochs} epochs{stopping}."


def _option(words: str, key: str, told: Settings, neutral: str = ABSENT) -> str:
    """The words with the setting's value; empty if it is neutral, `none`, or if no run has it."""
    return "" if told.get(key, ABSENT) in (ABSENT, "none", neutral) else f"{words} {_short(told[key])}"


def _selection(grid: Grid, told: Settings) -> str:
    """How the epoch that is evaluated was selected."""
    held_out = {record.data.val > 0 for record in grid.finished}
    warmup = "" if told.get("objective.kl_warmup", "0") == "0" else " after the warm-up of the weight of kl"
    noise = MONITORED.get(told.get("trainer.monitor", ""), "")
    sentences: dict[bool, Callable[[], str]] = {
        True: lambda: f"The epoch with the lowest validation loss{noise}{warmup} was evaluated",
        False: lambda: "The last epoch was evaluated",
    }
    if len(held_out) == 2:
        return f"{sentences[True]()}, the last one where nothing was held out."
    return f"{sentences[held_out.pop()]()}."


def _seeds(grid: Grid) -> str:
    count = int(grid.runs["seed"].nunique())
    return (
        f"Each configuration was trained with {phrases.count(count, 'seed')} ({seeds(grid)}), which set initial "
        "weights, order of batches and noise; the split of the data is the same for all."
    )


def _statistics(grid: Grid, comparisons: DataFrame) -> str:
    if not (grid.cells["n"] > 1).any():
        return ""
    average = "geometric means" if has_geometric_means(grid.runs, grid.main) else "means"
    text = f"Values are {average} over seeds with {CONFIDENT} confidence intervals (Student's t)."
    if comparisons.empty or comparisons["holm"].isna().all():
        return text
    how, tests = comparing(grid), int(comparisons["holm"].notna().sum())
    logarithms = " on logarithms" if how.logarithms else ""
    holm = f", with Holm's correction over {tests} comparisons" if tests > 1 else ""
    equality = f"; equality within ±{phrases.margin(grid)} by two one-sided tests" if phrases.margin(grid) else ""
    return f"{text} Levels were compared with {phrases.baselines(grid)} by {how.the_test}{logarithms}{holm}{equality}."
