"""`narrows detect` on tables: planted anomalies, the columns that make them, what is written and printed."""

import re

import numpy as np
import pandas as pd
import pytest
from scipy.stats import betabinom
from sklearn.datasets import load_breast_cancer

from narrows.detect.anomaly_detector import detector
from narrows.run import run
from support.own_data import configure_own

#: Rows of the new table in which a column is changed by so many of its standard deviations.
PLANTED = {4: ("mean texture", 15), 40: ("worst smoothness", -15), 77: ("area error", 25)}
KNOBS = ("model.widths=[32]", "trainer.max_epochs=15", "data.val_size=0.3")


def benign() -> pd.DataFrame:
    """The 357 benign tumours of the breast cancer data, in a fixed order."""
    frame = load_breast_cancer(as_frame=True).frame
    return frame[frame.target == 1].drop(columns="target").sample(frac=1, random_state=0).reset_index(drop=True)


@pytest.fixture(scope="module")
def tumours(tmp_path_factory):
    """train.csv and a run on it; new.csv, other rows with planted anomalies and the columns in another order."""
    folder, rows = tmp_path_factory.mktemp("tumours"), benign()
    rows[:250].to_csv(folder / "train.csv", index=False)
    new = rows[250:].reset_index(drop=True)
    for row, (column, deviations) in PLANTED.items():
        new.loc[row, column] += deviations * rows[column].std()
    new[new.columns[::-1]].to_csv(folder / "new.csv", index=False)
    run(configure_own(folder / "train.csv", *KNOBS), folder / "run")
    return folder


@pytest.fixture
def found(command, tumours, tmp_path):
    """The output of the command and its table."""
    outcome = command("detect", f"{tumours}/run", f"{tumours}/new.csv", "false_alarms=0.02", f"out={tmp_path}/out")
    assert outcome.status == 0, outcome.err
    return outcome, pd.read_csv(tmp_path / "out/scores.csv").set_index("row"), tmp_path / "out"


def test_planted_anomalies_are_found_with_their_columns_and_values_in_the_units_of_the_file(found, tumours):
    _, table, _ = found
    new = pd.read_csv(tumours / "new.csv")
    assert len(table) == len(new) == 107
    for row, (column, deviations) in PLANTED.items():
        scored = table.loc[row + 1]
        assert (scored["anomaly"], scored["name_1"]) == (1, column)
        assert scored["value_1"] == pytest.approx(new.loc[row, column], rel=1e-4)
        assert (scored["value_1"] - scored["reconstructed_1"]) * deviations > 0
        assert 0.5 < scored["share_1"] < 1


def test_rows_below_the_threshold_are_no_anomalies_and_have_no_reasons(found):
    _, table, _ = found
    assert ((table["score"] > table["threshold"]) == table["anomaly"]).all()
    assert table.loc[table["anomaly"] == 0, "name_1":].isna().all(axis=None)
    assert table["anomaly"].sum() <= len(PLANTED) + betabinom(107, 2, 59).isf(1e-4)


def test_scores_are_the_errors_that_python_gives(found, tumours):
    import narrows

    _, table, _ = found
    errors = narrows.open(tumours / "run").in_double().errors(pd.read_csv(tumours / "new.csv"))
    np.testing.assert_allclose(table["score"], errors, rtol=1e-6)


def test_the_summary_names_the_anomalies_the_worst_column_and_how_well_the_rate_is_known(found):
    outcome, table, folder = found
    paragraph, _, *paths = outcome.out.splitlines()
    anomalies = table[table["anomaly"] == 1].sort_values("score", ascending=False)
    assert f"{len(anomalies)} of 107 samples are anomalies: row {anomalies.index[0]}, " in paragraph
    assert f"{anomalies['name_1'].iloc[0]} is " in paragraph
    assert re.search(r"above it are 2 of 60 \(3.3 %, 95 % interval 0.41 to 12 %\) validation samples", paragraph)
    assert re.search(r"and \d+ of 50 \(.*?\) test samples", paragraph)
    assert paths == [f"{folder}/scores.csv", f"{folder}/anomalies.html"]


def test_the_page_is_one_file_with_the_figure_and_the_anomalies(found):
    outcome, _, folder = found
    page = (folder / "anomalies.html").read_text()
    assert "data:image/png;base64," in page
    assert not re.search(r"(src|href)=\"(?!data:)", page)
    assert all(f"{column} is " in page for column, _ in PLANTED.values())
    assert outcome.out.partition("\n")[0].replace("'", "&#39;") in page


def test_a_table_is_trained_on_once_for_the_same_knobs(command, tumours):
    call = ("detect", f"{tumours}/train.csv", f"{tumours}/new.csv", *KNOBS)
    first, second = command(*call), command(*call)
    assert (first.status, second.status) == (0, 0)
    assert first.out.startswith("done: test MSE")
    assert second.out == first.out.partition("\n\n")[2]
    other = command(*call, "model.bottleneck=2")
    assert other.out.startswith("done: test MSE")


def test_columns_of_the_training_data_that_the_new_table_lacks_are_named(command, tumours, tmp_path):
    pd.read_csv(tumours / "new.csv").drop(columns="mean texture").to_csv(tmp_path / "narrow.csv", index=False)
    outcome = command("detect", f"{tumours}/run", f"{tmp_path}/narrow.csv")
    assert outcome.status == 2
    assert outcome.line.startswith(f"error: data.path={tmp_path}/narrow.csv: has no column mean texture; it has ")


def test_a_missing_value_is_named(command, tumours, tmp_path):
    rows = pd.read_csv(tumours / "new.csv")
    rows.loc[6, "mean area"] = np.nan
    rows.to_csv(tmp_path / "gaps.csv", index=False)
    outcome = command("detect", f"{tumours}/run", f"{tmp_path}/gaps.csv")
    assert (outcome.status, "missing values in mean area (1, first in row 7)" in outcome.line) == (2, True)


def test_one_row_is_scored(command, tumours, tmp_path):
    pd.read_csv(tumours / "new.csv")[4:5].to_csv(tmp_path / "one.csv", index=False)
    outcome = command("detect", f"{tumours}/run", f"{tmp_path}/one.csv", f"out={tmp_path}/out")
    assert outcome.status == 0, outcome.err
    assert "one.csv: 1 of 1 samples is an anomaly: row 1. " in outcome.out
    assert "data.val_size=100 or more would" in outcome.out


def test_false_alarms_among_other_normal_images_are_as_rare_as_was_stated(digits, tmp_path):
    """Exact: with the threshold at the k-th largest of n scores the number of alarms is beta-binomial."""
    pixels = digits.train.pixels[:, 0].numpy()
    np.save(tmp_path / "train.npy", pixels[:2000])
    knobs = ("model.widths=[32]", "trainer.max_epochs=1", "data.val_size=0.25")
    run(configure_own(tmp_path / "train.npy", *knobs), tmp_path / "run")
    found = detector(tmp_path / "run", 0.05)
    assert found.on_validation.count == 400
    from narrows.detect.new_samples import read_samples

    np.save(tmp_path / "new.npy", pixels[2000:4000])
    scores = found.scores(read_samples(found.card, str(tmp_path / "new.npy")).images)
    alarms = int((scores > found.threshold).sum())
    low, high = betabinom(2000, 20, 381).ppf(1e-3), betabinom(2000, 21, 380).isf(1e-3)
    assert low <= alarms <= high
    assert (found.checked.interval[0], found.checked.count) < (0.05, 401)
