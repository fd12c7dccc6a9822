"""The estimate of a sweep's time: what it says takes longer, and how finished runs correct it; no time is asserted."""

from pathlib import Path

import pytest

from narrows.build import build
from narrows.config.evaluations import EVALUATIONS
from narrows.config.schema import Config
from narrows.runs import record
from narrows.sweeps import estimate
from narrows.sweeps.cost import conclusion_seconds, network, training_seconds
from narrows.sweeps.estimate import Pace, duration, pace, seconds, seconds_of, text
from narrows.sweeps.evaluation_cost import COSTS
from narrows.sweeps.launch import Options
from support.configs import configure

BASE = ("data=mnist", "trainer=cpu")


def options(processes: int) -> Options:
    return Options(max_size=None, processes=processes, cluster=None, parameters=None)


def runs(*overrides: str, count: int = 4) -> list[tuple[Config, Path]]:
    return [(configure(*BASE, *overrides, f"seed={seed}"), Path(f"seed-{seed}")) for seed in range(count)]


def computing(*overrides: str, launcher: Options | None = None) -> float:
    return seconds(runs(*overrides), Pace(), launcher)[1]


NETWORKS = {
    "mlp": (),
    "wide": ("model.widths=[1000,500]", "model.bottleneck=200"),
    "tied": ("model.tied=true",),
    "linear": ("model=linear",),
    "conv": ("model=conv",),
    "deep conv": ("model=conv", "model.channels=[8,16,32]", "model.kernel=5"),
    "variational": ("code=variational",),
    "mixture": ("objective=logistic_mixture",),
    "mixture conv": ("objective=logistic_mixture", "model=conv"),
    "mixture residual": ("objective=logistic_mixture", "model=residual_conv", "model.norm=none"),
    "variational conv": ("code=variational", "model=conv", "model.bottleneck=16"),
}


@pytest.mark.parametrize("overrides", NETWORKS.values(), ids=NETWORKS)
def test_the_weights_are_those_of_the_network(overrides):
    config = configure(*BASE, *overrides)
    autoencoder = build(config.model, config.code, config.data.entry.shape, objective=config.objective)
    matrices = sum(weight.numel() for weight in autoencoder.parameters() if weight.ndim > 1)
    assert network(config).weights == matrices


@pytest.mark.parametrize("launcher", [None, options(1), options(2)], ids=["alone", "fleet", "two processes"])
def test_what_computes_more_takes_longer(launcher):
    mlp, conv = computing(launcher=launcher), computing("model=conv", launcher=launcher)
    probed = computing("model=conv", "evaluation=[reconstruction,probe]", launcher=launcher)
    assert mlp < conv < probed
    assert mlp < computing("model.widths=[1000]", launcher=launcher)
    assert mlp < computing("trainer.max_epochs=40", launcher=launcher)
    assert mlp < computing("pretrain=layerwise", launcher=launcher)
    assert mlp < computing("objective.weights.contractive=0.1", launcher=launcher)
    assert (
        mlp < computing("objective=bce", launcher=launcher) < computing("objective=logistic_mixture", launcher=launcher)
    )
    assert computing("data=mnist5k", launcher=launcher) < mlp


def test_a_wider_code_takes_longer_to_probe():
    narrow, wide = (configure(*BASE, "evaluation=[reconstruction,probe]", f"model.bottleneck={k}") for k in (3, 1000))
    assert conclusion_seconds(narrow) < conclusion_seconds(wide)


@pytest.mark.parametrize("name", [name for name in EVALUATIONS if name != "reconstruction"])
def test_every_evaluation_takes_time(name):
    config = configure(*BASE)
    longer = config.model_copy(update={"evaluation": ["reconstruction", name]})
    assert conclusion_seconds(config) < conclusion_seconds(longer)


def test_the_table_of_costs_has_a_row_for_each_evaluation():
    assert list(COSTS) == list(EVALUATIONS)


def test_more_processes_take_less_time_and_as_much_computing():
    (one, computing_one, _), (two, computing_two, processes) = (
        seconds(runs(), Pace(), options(count)) for count in (1, 2)
    )
    assert two < one
    assert computing_two >= computing_one
    assert processes == 2


def finished(factor: float, share: float = 1.0, evaluation: float = 2.0) -> list[tuple[Config, record.Record]]:
    """Records of runs that took `factor` times as long as the cost model says."""
    config = configure(*BASE, "trainer.patience=3")
    epochs = round(share * config.trainer.max_epochs)
    took = {"seconds": factor * training_seconds(config, epochs, together=False), "epochs": epochs, "status": "done"}
    took["evaluation_seconds"] = evaluation * conclusion_seconds(config)
    return [(config, record.begin(config).model_copy(update=took))]


def test_finished_runs_correct_the_estimate():
    assert pace(finished(3.0), together=False) == pytest.approx(Pace(training=3.0, evaluation=2.0, epochs=1.0))


def test_runs_that_stopped_early_shorten_the_estimate():
    assert pace(finished(1.0, share=0.5), together=False) == pytest.approx(Pace(1.0, 2.0, 0.5))


def test_records_without_the_time_of_evaluations_correct_it_as_that_of_training():
    assert pace(finished(3.0, evaluation=0.0), together=False) == pytest.approx(Pace(3.0, 3.0, 1.0))


def test_without_finished_runs_the_estimate_is_the_models():
    assert pace([], together=True) == Pace()


def test_the_text_names_processes_only_where_there_are_several():
    assert text([], [], [], None) == "nothing to train"
    assert text(runs(), [], [], None).endswith("if trained one after the other")
    assert "processes" not in text(runs(), [], [], options(1))
    assert "of computing in 2 processes" in text(runs(), [], [], options(2))


@pytest.mark.parametrize(
    ("time", "words"),
    [(0.1, "2 seconds"), (40, "40 seconds"), (90, "1.5 minutes"), (720, "12 minutes"), (9000, "2.5 hours")],
)
def test_a_duration_is_read_at_a_glance(time, words):
    assert duration(time) == words


def test_the_last_process_to_end_decides():
    assert estimate._makespan([5, 1, 1, 1], 2) == 5
    assert estimate._makespan([1, 1, 1, 5], 2) == 6


@pytest.mark.parametrize("seconds", [2, 40, 89, 100, 1000, 5000, 9000, 100_000])
def test_a_duration_is_read_again_to_two_digits(seconds):
    assert seconds_of(f"about {duration(seconds)}, 3 hours of computing") == pytest.approx(seconds, rel=0.06)
    assert seconds_of("nothing to train") == 0
