"""The links into TensorBoard; what their pages show is tested in `test_tensorboard_links`."""

import re
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from narrows.board import links
from support import arms_study
from support.six_runs import records

ADDRESS = "http://127.0.0.1:1"


def query(link: str) -> dict[str, str]:
    return {key: value for key, (value,) in parse_qs(urlsplit(link).query).items()}


def test_links_name_the_best_run_and_open_where_the_server_is(folder):
    pages = links.links(folder, address=ADDRESS)
    results = records(folder)
    best = min(results, key=lambda name: results[name].objective())
    assert all(link.startswith(f"{ADDRESS}/") for link in pages.values())
    assert query(pages["the best run by validation error"])["runFilter"] == f"^{best}$"
    assert unquote(pages["its losses in one chart"]).endswith(f"#images&regexInput=^{best}$&tagFilter=^loss/")


def test_no_curve_is_smoothed(folder, arms):
    for study in (folder, arms):
        for link in links.links(study).values():
            fragment = urlsplit(link).fragment
            assert query(link).get("smoothing") == "0" or not fragment.startswith("timeseries")
            assert "_smoothingWeight=0" in fragment or not fragment.startswith("custom_scalars")


def test_the_seeds_of_an_arm_have_one_colour(arms):
    pattern = query(links.links(arms)["losses over epochs"])["runColorGroup"].removeprefix("regex:")
    colours = {name: re.match(pattern, name).groups() for name in arms_study.RUNS}
    assert len(set(colours.values())) == len(arms_study.ARMS)
    for name, levels in arms_study.RUNS.items():
        assert colours[name] == colours[arms_study.name(levels["arm"], 0)]


@pytest.mark.parametrize(
    ("name", "same", "other"),
    [
        ("bottleneck-2_seed-0", "bottleneck-2_seed-11", "bottleneck-22_seed-0"),
        ("bottleneck-2_seed-0_weight-1", "bottleneck-2_seed-1_weight-1", "bottleneck-2_seed-0_weight-2"),
        ("one/bottleneck-2_seed-0", "one/bottleneck-2_seed-1", "two/bottleneck-2_seed-0"),
        ("seed-0_weight-1", "seed-1_weight-1", "seed-0_weight-2"),
        ("one/seed-0_weight-1", "one/seed-1_weight-1", "two/seed-0_weight-1"),
        ("split_seed-1_seed-0", "split_seed-1_seed-1", "split_seed-2_seed-0"),
    ],
)
def test_the_colour_of_a_run_is_that_of_its_name_without_the_seed(name, same, other):
    groups = [re.match(links.ARMS, text).groups() for text in (name, same, other)]
    assert groups[0] == groups[1] != groups[2]


def test_a_study_without_seeds_has_a_colour_for_each_run(folder):
    assert "runColorGroup" not in query(links.links(folder)["losses over epochs"])


@pytest.mark.parametrize("name", ["a[b]", "a+b", "(a|b)", "a.b*", "a{2}", "^a$", "a\\d", "a b-ö"])
def test_a_name_is_matched_literally(name):
    assert re.fullmatch(links.exactly(name), name)
    assert not re.match(links.exactly(name), f"{name}a")
    assert not re.match(links.exactly(name), "ab")


def test_several_folders_have_links_but_no_best_run(folder, arms):
    alone = folder / next(iter(records(folder)))
    assert "the best run by validation error" not in links.links(arms, alone)
    pages = links.links(folder, arms)
    assert "the report's figures" in pages
    assert "the best run by validation error" not in pages
    assert "runColorGroup" in query(pages["losses over epochs"])


def test_a_single_run_has_no_report(folder):
    pages = links.links(folder / next(iter(records(folder))))
    assert {"losses over epochs", "test images and reconstructions"} < pages.keys()
    assert "the report's figures" not in pages


def test_losses_of_a_run_without_pictures_are_curves_that_are_not_smoothed(tmp_path, folder):
    name = next(iter(records(folder)))
    link = links._losses(ADDRESS, links.exactly(name), pictured=False)
    assert unquote(link) == f"{ADDRESS}/#custom_scalars&regexInput=^{name}$&_smoothingWeight=0"
