"""The section `study`: its mistakes, each one line that names what is wrong, and its fields in the planned study."""

from pathlib import Path

import pytest

from narrows.config.study_section import StudySection
from narrows.errors import UserError
from support.configs import CONF
from support.outcomes import nothing_in
from support.sweeps import grid

FIELDS = ", ".join(f"study.{field}" for field in StudySection.model_fields)
HEAD = "# @package _global_\n"
STUDY = "study:\n  name: mine\n  question: Does it work?\n"
SIZES = "  sizes: {full: {seed: range(2)}}\n"


def with_field(text: str) -> str:
    return f"{HEAD}{STUDY}  {text}\n{SIZES}"


def with_sizes(text: str) -> str:
    return f"{HEAD}{STUDY}  sizes: {text}\n"


NUMBER = (
    "{paper: p, reference: r, protocol: p, numbers: "
    "{a: {label: l, quantity: test/mse, value: 1, grade: A, source: s, at: {}}}}"
)

#: What the file says, and how the line begins.
MISTAKES = {
    with_field("size: {full: {}}"): f"study.size: no such key (did you mean study.sizes?); choose from {FIELDS}",
    with_field("metric: [test/mse]"): "study.metric: no such key (did you mean study.metrics?); choose from",
    with_field("activations: relu,tanh"): "study.activations: no such key",
    STUDY + SIZES: "study=mine: the first line of its file must be `# @package _global_`",
    f"defaults: [override /model: linear]\n{STUDY}{SIZES}": "model@study.model: no such group; a study's file begins",
    "": "study=mine: there is no section study with the keys study.name",
    f"{HEAD}study: [a]\n": "study=mine: there is no section study with the keys study.name",
    f"{HEAD}study:\n  question: Q?\n{SIZES}": "study.name is missing",
    f"{HEAD}{STUDY}": "study.sizes is missing",
    f"{HEAD}study:\n  name: 3\n  question: Q?\n{SIZES}": "study.name=3: must be a valid string",
    f"{HEAD}study:\n  name: ../up\n  question: Q?\n{SIZES}": "study.name=../up: must be the name of a folder",
    f"{HEAD}study:\n  name: ???\n  question: Q?\n{SIZES}": "study.name=… is missing",
    f"{HEAD}study:\n  name: ${{no.key}}\n  question: Q?\n{SIZES}": "study.name: interpolation key 'no.key' not found",
    with_field("metrics: test/mse"): "study.metrics='test/mse': must be a list, as in [test/mse]",
    with_field("metrics: []"): "study.metrics=[]: must have at least 1 item",
    with_field("metrics: [test/none]"): "study.metrics[0]='test/none': test/none: no such quantity",
    with_field("against: test/none"): "study.against='test/none': test/none: no such quantity",
    with_field(
        "quantities: {test/none: {unit: x}}"
    ): "study.quantities={'test/none': {'unit': 'x'}}: test/none: no such quantity",
    with_field(
        "quantities: {test/mse: {units: x}}"
    ): "study.quantities.test/mse.units='x': no such key; choose from label",
    with_field(f"published: {NUMBER.replace('paper:', 'papers: x, paper:')}"): (
        "study.published.papers='x': no such key; choose from paper, reference"
    ),
    with_field(
        f"published: {NUMBER.replace('at', 'lable: x, at')}"
    ): "study.published.numbers.a.lable='x': no such key; choose from label, quantity",
    with_field("published: 3"): "study.published=3: must be a section of keys",
    with_field(f"published: {NUMBER.replace('test/mse', 'test/sse')}"): (
        "study.published.numbers.a.quantity=test/sse: choose from test/mse"
    ),
    with_field(f"published: {NUMBER.replace('at', 'over: b, at')}"): "study.published.numbers.a.over=b: choose from",
    with_field("margin: -1"): "study.margin=-1: must be greater than 0",
    with_field("reference: 3"): "study.reference=3: must be a valid boolean",
    with_field("labels: {seed: 3}"): "study.labels.seed=3: must be a valid string",
    with_field("arms: [a, b]"): "study.arms=['a', 'b']: must be a valid dictionary",
    with_field("arms: {a: plain}"): "study.arms.a='plain': must be a valid dictionary",
    with_field("arms: {a: {model.bottleneck: 'f(('}}"): "model.bottleneck=f((: cannot be read",
    with_field("baseline: [1]"): "study.baseline=[1]: must be a valid dictionary",
    with_field("baseline: {seed: 5}"): "study.baseline: seed=5: not a level; choose from 0, 1",
    with_field("baseline: {model: mlp}"): "study.baseline: model=mlp: not swept; choose from seed",
    with_field("baseline: {arm: a}"): "study.baseline: arm=a: not swept; choose from seed",
    with_field(
        "baseline: {arm: c}\n  arms: {a: {}, b: {code: sparse}}"
    ): "study.baseline: arm=c: not a level; choose from a, b",
    with_sizes("[full]"): "study.sizes=['full']: must be a valid dictionary",
    with_sizes("{full: range(2)}"): "study.sizes.full='range(2)': must be a valid dictionary",
    with_sizes("{quick: {seed: range(2)}}"): "size=full: choose from quick",
    with_sizes("{full: {model.bottleneck: 2,8}}"): "study.sizes.full: 8: not a key; levels with commas are quoted",
    with_sizes("{full: {model.activation: relu,tanh}}"): "study.sizes.full: tanh: not a key; levels with commas",
    with_sizes(
        "{full: {model.bottleneck: [2, 8]}}"
    ): "study.sizes.full: model.bottleneck=[2, 8]: several levels are a text",
    with_sizes("{full: {seed: 'range(2'}}"): "seed=range(2: cannot be read",
    with_sizes("{full: {seed: 'linspace(1)'}}"): "seed=linspace(1): ",
    with_sizes("{full: {optimizer.lr: 'interval(0,1)'}}"): "optimizer.lr=interval(0,1): an interval is not a grid",
    with_sizes("{full: {model.bottlneck: '2,3'}}"): "model.bottlneck: no such key (did you mean model.bottleneck?)",
    with_sizes("\n    full:\n      model.widths: [128],[128,64]"): "{path}, line 7: not YAML: ",
    f"{HEAD}study:\n\tname: mine\n": "{path}, line 3: not YAML: ",
    with_field("name: other"): "{path}, line 5: not YAML: found duplicate key name",
    with_field("label: tab") + "modl: {bottleneck: 3}\n": "modl={'bottleneck': 3}: no such key",
    with_field("label: tab")
    + "code: {active: 3}\n": "code.active: no run has this key; code=sparse, code=topk, code=batch_topk have it",
    with_field("label: tab") + "optimizer: {name: sgd, lr: 0.1, momentum: 0.5, weight_decay: 0, beta1: 0.5}\n": (
        "optimizer.beta1: no run has this key; optimizer=adam, optimizer=adamw have it"
    ),
    f"{HEAD}defaults: linear\n{STUDY}{SIZES}": "a config file cannot be read: Invalid defaults list",
    f"{HEAD}# \xff\n{STUDY}{SIZES}": "a config file cannot be read: 'utf-8' codec",
}


def write(text: str) -> Path:
    path = Path("own/study/mine.yaml").absolute()
    path.parent.mkdir(parents=True)
    path.write_bytes(text.encode("latin-1"))
    return path


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_in_a_study_is_one_line_and_trains_nothing(command, text):
    path = write(text)
    outcome = command("train", "-m", "--config-dir", "own", "study=mine")
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.line.startswith(
        f"error: {MISTAKES[text].format(path=path) if '{path}' in MISTAKES[text] else MISTAKES[text]}"
    )
    assert [found.name for found in Path.cwd().iterdir()] == ["own"]


@pytest.mark.parametrize(
    "section",
    [
        "optimizer: {name: sgd, lr: 0.1, momentum: 0.5, weight_decay: 0}",
        "model: {name: linear, bottleneck: 4, centred: false, unit_norm: false}",
    ],
)
def test_a_section_of_another_kind_replaces_the_keys_of_the_default_kind(command, section):
    """Keys that nobody has set are no mistake; a later version may give the default kind more of them."""
    write(with_field("label: tab") + section + "\n")
    outcome = command("train", "-m", "--config-dir", "own", "study=mine", "data=mnist5k", "--dry")
    assert outcome.status == 0, outcome.err
    assert "2 to train" in outcome.out


#: As typed without a study's file.
TYPED = {
    "study.metric=[test/mse]": "study.metric: no such key (did you mean study.metrics?)",
    "study.metrics=[test/none]": "study.metrics[0]='test/none': test/none: no such quantity",
    "study.metrics=[test/mse,test/mse]": "study.metrics=[test/mse,test/mse]: test/mse is listed twice",
    "study.against=test/mse": "study.against=test/mse: is what study.metrics asks about; name another quantity",
    "study.labels={sead: repetition}": "study.labels: sead: no key, arm or level of the study (did you mean seed?)",
    "study.margin=0": "study.margin=0: must be greater than 0",
    "study.baseline={seed: 5}": "study.baseline: seed=5: not a level; choose from 0, 1",
    "size=quick": "size=quick: only a study has sizes; add study=NAME",
    "size=quick,full": "size=quick,full: a sweep has one size, not several",
    "study=bottleneck,activation": "study=bottleneck,activation: a sweep has one study, not several",
    "name=a,b": "name=a,b: a sweep has one name, not several",
    "study=nope": "study=nope: choose from activation",
}


@pytest.mark.parametrize("typed", TYPED)
def test_a_mistake_as_typed_is_one_line_and_trains_nothing(command, typed):
    outcome = command("train", "-m", "seed=0,1", typed)
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.line.startswith(f"error: {TYPED[typed]}")
    assert nothing_in(Path.cwd())


@pytest.mark.parametrize(
    "label",
    ["model.widths", "code", "arm", "plain", "sparse, active 2", "16-8", "1e-05", "wide", "seed", "0.1"],
)
def test_keys_groups_arms_and_levels_have_labels(label):
    axes = ["model.widths=[16,8],[8]", "code=plain,sparse", "code.active=1,2", "data.train_size=null,500"]
    typed = f"study.labels={{{label.replace(', ', chr(92) + ', ')}: word}}"
    arms = "study.arms={wide: {}, other: {trainer.max_epochs: 2}}"
    assert grid(*axes, "optimizer.lr=1e-5,0.1", arms, typed)[0].labels == {label: "word"}


def test_fields_may_be_typed_for_any_grid():
    typed = (
        "study.metrics=[run/seconds,test/mse]",
        "study.labels={relu: ReLU}",
        "study.margin=0.2",
        "study.label=tab:a",
    )
    study, jobs = grid("model.activation=relu,tanh", *typed, "study.baseline={model.activation: tanh}")
    assert (study.metrics, study.labels) == (["run/seconds", "test/mse"], {"relu": "ReLU"})
    assert (study.margin, study.label, study.baseline) == (0.2, "tab:a", {"model.activation": "tanh"})
    assert not any("study" in text for job in jobs for text in job.overrides)


def test_fields_as_typed_replace_those_of_the_file(tmp_path):
    (tmp_path / "study").mkdir()
    field = "metrics: [test/mse]\n  labels: {0: first}\n  baseline: {seed: 0}\n  reference: false"
    (tmp_path / "study" / "mine.yaml").write_text(with_field(field))
    typed = ("study.metrics=[run/seconds]", "study.labels={1: second}", "study.baseline.seed=1")
    study, _ = grid("study=mine", f"hydra.searchpath=[file://{tmp_path}]", *typed)
    assert (study.metrics, study.baseline, study.reference) == (["run/seconds"], {"seed": 1}, False)
    assert study.labels == {"0": "first", "1": "second"}
    assert (study.name, study.question) == ("mine", "Does it work?")


def test_a_grid_without_a_file_has_the_fields_defaults():
    study, _ = grid("seed=0,1")
    for field, info in StudySection.model_fields.items():
        if not info.is_required() and field != "published":  # stands in the file only
            assert getattr(study, field) == info.default


def test_a_baseline_left_out_of_the_axis_by_hand_is_told_in_a_line(capsys):
    study, _ = grid("study=activation", "size=smoke", "model.activation=gelu,tanh")
    assert study.baseline == {}
    assert "study.baseline: model.activation=relu is not among gelu, tanh; it is gelu here" in capsys.readouterr().out
    with pytest.raises(UserError, match="not a level; choose from gelu, tanh"):
        grid("study=activation", "model.activation=gelu,tanh", "study.baseline={model.activation: relu}")


def test_a_baseline_is_the_level_of_the_axis():
    study, _ = grid(
        "optimizer.lr=0.5,1", "model.tied=false,true", "study.baseline={optimizer.lr: 1.0, model.tied: true}"
    )
    assert study.baseline == {"optimizer.lr": 1, "model.tied": True}
    with pytest.raises(UserError, match=r"model\.tied=1: not a level; choose from False, True"):
        grid("model.tied=false,true", "study.baseline={model.tied: 1}")


def test_defaults_are_what_a_run_has_without_the_axis():
    axes = ("model=linear,mlp", "model.activation=tanh,gelu", "model.bottleneck=2,4", "optimizer=sgd")
    study, _ = grid(*axes, "optimizer.momentum=0.1,0.2", "data=mnist5k", "data.train_size=128,null", "seed=4,5")
    assert study.defaults == {
        "model": "mlp",
        "model.activation": "relu",
        "model.bottleneck": 3,
        "optimizer.momentum": 0.9,
        "data.train_size": None,
        "seed": 0,
    }
    nested, _ = grid("model.bottleneck=8", "code=plain,sparse", "code.active=4,8")
    assert nested.defaults == {"code": "plain", "code.active": 2}
    assert "arm" not in grid("study.arms={a: {}, b: {code: sparse}}")[0].defaults


def test_what_all_runs_share_is_fixed():
    arms = "study.arms={plain: {}, masking: {corruption: masking, trainer.max_epochs: 7}}"
    study, jobs = grid(arms, "optimizer=adam,sgd", "model.bottleneck=2,4", "seed=0,1", "data=mnist5k")
    assert (study.fixed["data.name"], study.fixed["objective.name"], study.fixed["model.widths"]) == (
        "mnist5k",
        "mse",
        [128, 64, 12],
    )
    left_out = ("optimizer.", "corruption.", "model.bottleneck", "trainer.max_epochs", "seed", "run.", "logger.")
    assert not [key for key in study.fixed if key.startswith(left_out)]
    assert all(job.config.identity()[key] == value for job in jobs for key, value in study.fixed.items())


def test_no_shipped_study_has_a_key_of_its_own_making():
    names = [str(path.relative_to(CONF / "study").with_suffix("")) for path in (CONF / "study").rglob("*.yaml")]
    assert len(names) > 20
    assert not [name for name in names if "${study." in (CONF / "study" / f"{name}.yaml").read_text()]
