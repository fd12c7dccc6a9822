"""The schema of a run: what is accepted and what is refused."""

import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

import narrows
from narrows.config.catalogue import CATALOGUE
from narrows.config.schema import Config
from narrows.errors import UserError
from narrows.models.activations import ACTIVATIONS
from support.configs import CONF, changed, composed, configure

DEFAULT = configure().model_dump()
GROUPS = [folder.name for folder in sorted(CONF.iterdir()) if folder.name in Config.model_fields]
OPTIONS = [f"{group}={file.stem}" for group in GROUPS for file in sorted((CONF / group).glob("*.yaml"))]


def test_the_default_is_the_one_that_is_documented():
    model = {"name": "mlp", "bottleneck": 3, "widths": [128, 64, 12], "activation": "relu", "output": "sigmoid"}
    assert model.items() <= DEFAULT["model"].items()
    assert {"name": "mnist", "batch_size": 128, "val_size": 5000}.items() <= DEFAULT["data"].items()
    assert {"name": "adam", "lr": 1e-3}.items() <= DEFAULT["optimizer"].items()
    assert {"max_epochs": 20, "threads": 1}.items() <= DEFAULT["trainer"].items()
    assert {"name": "mse", "kl_warmup": 0}.items() <= DEFAULT["objective"].items()
    assert set(DEFAULT["objective"]["weights"].values()) == {0.0}
    assert DEFAULT["seed"] == 0


@pytest.mark.parametrize("option", OPTIONS)
def test_every_option_of_every_slot_composes_and_is_accepted(option):
    group, name = option.split("=")
    section = getattr(composed(option), group)
    assert getattr(section, "name", name) == name  # the section says which one it is


@pytest.mark.parametrize(
    "group",
    [
        *("data", "objective", "optimizer", "schedule", "logger", "model", "code", "corruption", "pretrain"),
        *("posterior", "prior", "bound"),
    ],
)
def test_a_slot_has_a_file_for_every_choice_of_the_schema(group):
    chosen = {option.split("=")[1] for option in OPTIONS if option.startswith(f"{group}=")}
    with pytest.raises(UserError) as error:
        Config.parse(changed(**{f"{group}__name": "nothing"}))
    assert all(repr(name) in str(error.value) or f" {name}" in str(error.value) for name in chosen)
    for name in chosen:  # and the other way round: what has a file is a choice
        assert getattr(composed(f"{group}={name}"), group).name == name


REFUSED = {
    "model__bottleneck": [0, -3, 2.5, "abc", None, True, float("nan"), [3]],
    "model__widths": [[], [0], [128, -1], [1.5], ["abc"], 128, None],
    "model__activation": ["reluu", "", None, 3],
    "model__norm": ["batchnorm", None],
    "model__init": ["he", None],
    "model__output": ["softmax", None],
    "model__name": ["resnet", None],
    "data__name": ["mnistt", "", None],
    "data__batch_size": [0, -1, 55_001, 1.5, "abc", None],
    "data__val_size": [-1, 60_000, 1.5, None],
    "data__train_size": [0, -1, 55_001, 1.5],
    "data__classes": [[], [10], [3, 3], ["three"], [True], 3, "3"],
    "optimizer__lr": [0, 0.0, -1e-3, float("nan"), float("inf"), "abc", None],
    "optimizer__weight_decay": [-1.0, float("nan")],
    "optimizer__name": ["adagrad", None],
    "objective__name": ["msee", None],
    "schedule__name": ["linear", None],
    "trainer__max_epochs": [0, -1, 1.5],
    "trainer__patience": [0, -1, 1.5],
    "trainer__threads": [0, -1],
    "trainer__precision": ["8-true", 16],
    "trainer__accelerator": ["tpu", None],
    "logger__name": ["wandb", None],
    "run__resume": ["yes", 1, None],
    "seed": [-1, 1.5, "abc", None],
}


@pytest.mark.parametrize(("key", "value"), [(key, value) for key in REFUSED for value in REFUSED[key]])
def test_a_wrong_value_is_refused_in_one_line_with_key_and_value(key, value):
    with pytest.raises(UserError) as error:
        Config.parse(changed(**{key: value}))
    message = str(error.value)
    assert "\n" not in message
    assert key.replace("__", ".") in message
    typed = {None: "null", True: "true"}.get(value if value is None or value is True else "", repr(value))
    assert typed in message or any(repr(part) in message for part in value)


@pytest.mark.parametrize(
    ("key", "choices"),
    [
        ("model__activation", ACTIVATIONS),
        ("data__name", CATALOGUE),
        ("model__name", ("mlp", "linear", "conv")),
        ("code__name", ("plain", "variational", "sparse", "quantised")),
        ("corruption__name", ("none", "masking", "gaussian", "salt_pepper")),
        ("pretrain__name", ("none", "layerwise")),
        ("optimizer__name", ("adam", "adamw", "sgd")),
        ("objective__name", ("mse", "bce", "l1")),
        ("schedule__name", ("constant", "cosine", "step", "one_cycle")),
        ("model__norm", ("none", "batch", "layer")),
        ("trainer__accelerator", ("auto", "cpu", "gpu")),
    ],
)
def test_an_unknown_name_is_answered_with_the_choices(key, choices):
    with pytest.raises(UserError) as error:
        Config.parse(changed(**{key: "nothing"}))
    assert all(choice in str(error.value).partition(":")[2] for choice in choices)


@pytest.mark.parametrize("section", ["model", "data", "optimizer", "trainer", "run"])
def test_an_unknown_key_is_refused(section):
    with pytest.raises(UserError, match=rf"{section}\.foo"):
        Config.parse(changed(**{f"{section}__foo": 1}))


@pytest.mark.parametrize("name", CATALOGUE)
@given(data=st.data())
def test_sizes_are_accepted_exactly_when_they_fit(name, data):
    available = CATALOGUE[name].train
    near = st.integers(-2, 2).map(available.__add__) | st.integers(0, available + 2)
    val_size, train_size, batch_size = data.draw(near), data.draw(st.none() | near), data.draw(near)
    values = changed(data__name=name, data__val_size=val_size, data__train_size=train_size, data__batch_size=batch_size)
    rest = available - val_size
    fits = (
        val_size < available
        and (train_size is None or 1 <= train_size <= rest)
        and 1 <= batch_size <= (train_size or rest)
    )
    if fits:
        assert Config.parse(values).data.val_size == val_size
    else:
        with pytest.raises(UserError, match=r"data\.(val|train|batch)_size"):
            Config.parse(values)


@given(data=st.data())
def test_sizes_fit_the_images_of_the_chosen_classes(data):
    classes = data.draw(st.lists(st.integers(0, 9), min_size=1, unique=True))
    rest = 450 * len(classes)
    val_size = data.draw(st.integers(rest - 3, rest + 2))
    sizes = {"data__val_size": val_size, "data__batch_size": 1}
    values = changed(data__name="mnist5k", data__classes=classes, **sizes)
    if val_size < rest:
        assert Config.parse(values).data.trained == rest - val_size
    else:
        with pytest.raises(UserError, match=rf"data\.val_size={val_size}: .* has {rest} training images"):
            Config.parse(values)


def test_an_unknown_label_is_answered_with_those_there_are():
    with pytest.raises(UserError, match="no label 10; choose from 0, 1, 2, 3, 4, 5, 6, 7, 8, 9"):
        Config.parse(changed(data__classes=[1, 10]))


@pytest.mark.parametrize("sizes", [{"data__train_size": 257}, {"data__batch_size": 1}])
def test_batch_norm_is_refused_where_a_batch_has_one_image(sizes):
    with pytest.raises(UserError, match=r"model\.norm='?batch"):
        Config.parse(changed(model__norm="batch", **sizes))


def test_a_config_does_not_change_afterwards():
    with pytest.raises(ValueError, match="frozen"):
        configure().seed = 1


@pytest.mark.parametrize(
    ("override", "said"),
    [("model.bottleneck=0", "greater"), ("model.bottelneck=3", "did you mean"), ("model=nope", "choose from")],
)
def test_configs_are_made_in_python_as_on_the_command_line(override, said):
    assert narrows.configure("model.bottleneck=7", "data=mnist5k").model.bottleneck == 7
    with pytest.raises(UserError, match=said) as refused:
        narrows.configure(override)
    assert "\n" not in str(refused.value)


LIGHT = """
import json, sys
from narrows.config.schema import Config
Config.parse(json.loads(sys.argv[1]))
print([name for name in ("torch", "numpy", "pandas", "PIL", "sklearn", "lightning", "hydra") if name in sys.modules])
"""


def test_checking_a_config_of_the_catalogue_imports_nothing_heavy():
    process = subprocess.run([sys.executable, "-c", LIGHT, json.dumps(DEFAULT)], capture_output=True, text=True)
    assert (process.stdout.strip(), process.stderr) == ("[]", "")
