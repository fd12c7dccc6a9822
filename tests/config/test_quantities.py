"""The table of quantities: a row for each number that a run records, and no row that no run records."""

import re

import pytest
from pydantic import ValidationError

import narrows
from narrows.build import build
from narrows.config.evaluation_needs import TRUTH
from narrows.config.evaluations import EVALUATIONS
from narrows.config.quantities import QUANTITIES, Override, quantity
from narrows.config.scales import UNITS
from narrows.config.study_section import Asked
from narrows.data.splits import Splits, split, splits_of
from narrows.errors import UserError
from narrows.evaluation import denoising, few_labels, likelihood
from narrows.evaluation.by_name import evaluation
from narrows.evaluation.evaluate import evaluate
from narrows.evaluation.support import autoregressive_flow, digit_classifier, label_classifiers
from narrows.models.autoencoder import Autoencoder
from narrows.run import run
from support.configs import configure, data_folder, tiny
from support.factors import with_factors

KIND = tiny("code=variational")
VARIATIONAL = build(KIND.model, KIND.code, (1, 28, 28)).eval()


@pytest.fixture(scope="module")
def runs(trained, tmp_path_factory) -> list[dict[str, float]]:
    """The numbers of a plain run, of a variational one with a corruption, of its checkpoint, of a quantised one."""
    folder = tmp_path_factory.mktemp("runs") / "variational"
    variational = run(tiny("code=variational", "objective=bce", "corruption=masking", "trainer.max_epochs=1"), folder)
    checkpoint = evaluate(folder / "best.ckpt", "mnist5k", "", samples=1, names=["reconstruction"])
    quantised = run(tiny("code=quantised", "trainer.max_epochs=1"), tmp_path_factory.mktemp("quantised"))
    return [trained.record.quantities(), variational.quantities(), checkpoint, quantised.quantities()]


@pytest.fixture(scope="module")
def evaluated(trained, digits) -> dict[str, dict[str, float]]:
    """The numbers of every evaluation, with budgets of a few steps."""
    autoencoder = narrows.load(trained.folder / "best.ckpt")
    train, val, test = split(digits, 500, 512, classes=range(5))  # five digits are anomalies
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NARROWS_DATA_DIR", data_folder("fashion_mnist"))
        patch.setattr(denoising, "MOST", 20)
        patch.setattr(few_labels, "DRAWS", 1)
        patch.setattr(label_classifiers, "STEPS", 5)
        patch.setattr(digit_classifier, "STEPS", 20)
        patch.setattr(likelihood, "SAMPLES", 3)
        patch.setattr(autoregressive_flow, "STEPS", 20)
        splits, of_features = Splits(*map(with_factors, (train, val, test[:300]))), features_known()
        values = {}
        for name, row in EVALUATIONS.items():
            model, images = of_features if TRUTH in row.needs else (autoencoder, splits)
            values[name] = evaluation(name)(VARIATIONAL if row.of_bound else model, images, "bce")
    return {name: {f"test/{key}": value for key, value in metrics.items()} for name, metrics in values.items()}


def features_known() -> tuple[Autoencoder, Splits]:
    """An untrained dictionary, and samples whose features are known."""
    size = ("data.samples=60", "data.val_size=10", "data.test_samples=50", "data.batch_size=10")
    config = configure("data=synthetic_dictionary", "data.structure=hierarchical", *size)
    return build(config.model, config.code, config.data.entry.shape).eval(), splits_of(config.data)


def test_every_number_of_every_evaluation_has_a_row_that_names_the_evaluation(evaluated):
    for name, metrics in evaluated.items():
        assert {quantity(recorded).evaluation for recorded in metrics} == {name}


def test_every_other_number_of_a_run_has_a_row_without_an_evaluation(runs, evaluated):
    for recorded in {name for numbers in runs for name in numbers} - evaluated["reconstruction"].keys():
        assert quantity(recorded).evaluation == ""


def test_no_row_is_for_a_number_that_no_run_records(runs, evaluated):
    recorded = {name for numbers in (*runs, *evaluated.values()) for name in numbers}
    derived = {name for name, row in QUANTITIES.items() if row.complement or row.formula}
    assert {re.sub(r"\d+", "*", name) for name in recorded} == QUANTITIES.keys() - derived


def test_every_derived_quantity_has_a_value(runs, evaluated):
    numbers = runs[1] | {name: value for metrics in evaluated.values() for name, value in metrics.items()}
    for name, row in QUANTITIES.items():
        if row.complement or row.formula:
            assert quantity(name.replace("*", "100")).value(numbers) is not None, name


def test_quantities_on_a_logarithmic_scale_are_positive(runs, evaluated):
    for numbers in (*runs, *evaluated.values()):
        assert all(value > 0 for name, value in numbers.items() if quantity(name).scale == "log")


def test_references_and_complements_have_rows_in_the_same_unit():
    for name in (pattern.replace("*", "25") for pattern in QUANTITIES):
        row = quantity(name)
        for other in filter(None, (row.reference, row.complement)):
            assert (row.unit, row.scale, row.factor) == (
                quantity(other).unit,
                quantity(other).scale,
                quantity(other).factor,
            )
        assert bool(row.reference) == bool(row.reference_label)


def test_a_reference_is_better_in_the_same_direction_and_a_complement_in_the_opposite_one():
    opposite = {"lower": "higher", "higher": "lower"}
    for name in (pattern.replace("*", "25") for pattern in QUANTITIES):
        row = quantity(name)
        assert not row.reference or quantity(row.reference).better == row.better
        assert not row.complement or quantity(row.complement).better == opposite[row.better]


def test_labels_differ():
    labels = [row.label for row in QUANTITIES.values()]
    assert len(set(labels)) == len(labels)


def test_evaluations_of_rows_exist():
    assert {row.evaluation for row in QUANTITIES.values()} == {*EVALUATIONS, ""}


def test_rate_and_distortion_sum_to_the_bound(runs):
    numbers = runs[1]
    parts = [quantity(name).value(numbers) for name in ("test/rate", "test/distortion")]
    assert sum(parts) == pytest.approx(numbers["test/nelbo"])


def test_the_squared_error_per_image_of_pca_is_its_error_per_pixel_times_pixels(runs):
    assert quantity("pca/sse").value(runs[0]) == pytest.approx(784 * runs[0]["pca/mse"])


def test_a_classification_error_is_one_minus_the_accuracy():
    error = quantity("test/probe_error")
    assert error.title == "classification error (%)"
    assert error.value({"test/probe": 0.93}) == pytest.approx(0.07)
    assert error.value({"test/mse": 0.01}) is None


def test_a_row_says_what_a_run_needs_to_record_it():
    assert quantity("test/probe_error").recorded_by == "evaluation=[reconstruction,probe]"
    assert quantity("test/nelbo").recorded_by == "code=variational"
    assert quantity("test/mse").recorded_by == quantity("run/seconds").recorded_by == "every run"


def test_the_number_in_a_name_stands_in_its_texts():
    gain = quantity("test/denoising_gaussian_25_psnr")
    assert gain.title == "gain in PSNR, Gaussian noise, σ = 0.25 (dB)"
    assert gain.reference == "test/denoising_gaussian_25_psnr_linear"
    assert quantity("test/few_labels_100_tuned_error").complement == "test/few_labels_100_tuned"


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("test/mze", "test/mze: no such quantity; did you mean test/mse, test/sse, "),
        ("probe", "probe: no such quantity; did you mean test/probe, test/probe_pca, test/probe_error?"),
        ("test/few_label_100_tuned", "did you mean test/few_labels_100_tuned, "),
        ("test/few_labels_*_tuned", "test/few_labels_*_tuned: write a number in place of *"),
        ("test/few_labels_10_20_tuned", "no such quantity"),
        ("xyz", "xyz: no such quantity; docs/evaluation.md lists them"),
    ],
)
def test_an_unknown_quantity_is_refused_with_the_nearest_names(name, line):
    with pytest.raises(UserError, match=re.escape(line)) as error:
        quantity(name)
    assert len(str(error.value)) < 160 and "\n" not in str(error.value)


def test_a_study_may_change_label_unit_and_factor():
    overrides = {"test/mse": Override(label="error", unit="% of full scale", factor=100)}
    row = quantity("test/mse", overrides)
    assert (row.title, row.factor, row.better) == ("error (% of full scale)", 100, "lower")
    assert quantity("train/mse", overrides) == quantity("train/mse")
    assert quantity("test/mse", {"test/mse": Override(unit="10⁻³ of full scale")}).factor == 1000


def test_another_factor_moves_the_decimal_point_of_margin_and_digits():
    """An accuracy in per cent has two decimals and a margin of one point."""
    share = quantity("test/probe", {"test/probe": Override(unit="", factor=1)})
    assert (share.title, share.decimals, share.margin) == ("probe accuracy", 4, 0.01)
    error = quantity("test/mse", {"test/mse": Override(unit="10⁻⁴", factor=1e4)})
    assert (error.decimals, error.margin) == (2, 0.05)  # a share of the baseline


@pytest.mark.parametrize(
    "section",
    [{"metrics": ["test/mze"]}, {"against": "test/mze"}, {"quantities": {"test/mze": {"label": "error"}}}],
)
def test_a_study_that_asks_about_an_unknown_quantity_is_refused(section):
    with pytest.raises(ValidationError, match="test/mze: no such quantity; did you mean test/mse"):
        Asked.model_validate({"name": "mine", "question": "Which?"} | section)


def test_errors_of_other_data_than_pixels_have_their_unit():
    unit = UNITS["standard"]
    row = quantity("test/mse", data_unit=unit)
    assert (row.title, row.factor) == ("test MSE (standardised numbers, squared)", 1)
    assert quantity("test/jacobian_norm", data_unit=unit).unit == unit
    assert quantity("test/probe", data_unit=unit) == quantity("test/probe")
    assert quantity("test/mse", {"test/mse": Override(unit="m/s²")}, unit).unit == "m/s²"
    assert quantity("test/mse", data_unit=UNITS["pixels"]).title == "test MSE (10⁻³)"
