"""The check for a machine with a GPU, tried on a CPU."""

import json
from importlib import import_module
from operator import attrgetter

import pytest
import torch

from narrows.bench import gpu_check, gpu_conv, gpu_parity, gpu_rectified, gpu_speed, gpu_study, phases
from narrows.errors import UserError
from narrows.fleet.fleet import Fleet
from support.configs import configure

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    "kind", [(), ("model=conv", "corruption=gaussian", gpu_parity.SMOOTH), ("schedule=one_cycle", "optimizer=sgd")]
)
def test_a_fleet_is_as_near_to_the_plain_loop_as_it_should(kind):
    rows = [gpu_parity._row(kind, precision, CPU) for precision in ("64-true", "32-true", "bf16-mixed")]
    assert [row.get("error") for row in rows] == [None] * 3
    assert all(row["ok"] for row in rows)
    assert 0 < rows[0]["difference"] < 1e-9 and rows[1]["repeated_alone"] > 0


def test_a_kind_that_fails_is_told_with_its_traceback_and_hides_no_other(monkeypatch):
    def broken(self, *_: object, **__: object) -> None:
        raise RuntimeError("tensors on two devices")

    monkeypatch.setattr(Fleet, "__init__", broken)
    row = gpu_parity._row((), "64-true", CPU)
    assert not row["ok"] and "RuntimeError: tensors on two devices" in row["error"]


def test_a_difference_that_is_too_large_fails(monkeypatch):
    loop = gpu_parity._alone
    monkeypatch.setattr(
        gpu_parity, "_alone", lambda *args: {name: 1.001 * value for name, value in loop(*args).items()}
    )
    assert not gpu_parity._row((), "64-true", CPU)["ok"]


def test_speed_of_a_kind(monkeypatch):
    row = gpu_speed._row(gpu_speed.MIXED, "high", CPU)
    assert row["members"] == 2 and row["step_ms"] > 0 and row["times_plain_loop"] > 0


def test_products_of_convolutions_are_compared_and_timed():
    rows = gpu_conv.products(CPU)
    assert len(rows) == 12 and all(row["ok"] for row in rows)
    assert all(0 < row["difference"] < 1e-5 and min(row["kernel_ms"], row["copied_patches_ms"]) > 0 for row in rows)


def test_convolutions_with_a_relu_are_compared_and_timed():
    rows = gpu_rectified.rectified(CPU)
    assert len(rows) == 3 and all(row["ok"] and min(row["together_ms"], row["one_by_one_ms"]) > 0 for row in rows)


def test_the_results_name_the_device_and_failures(monkeypatch, tmp_path):
    rows = {"one": [{"kind": "a", "ok": True}], "other": [{"kind": "b", "ok": False}]}
    parts = {name: lambda device, part=part: part for name, part in rows.items()}
    monkeypatch.setattr(gpu_check, "PARTS", parts | {"broken": lambda device: 1 / 0})
    with pytest.raises(UserError, match=r"2 checks failed on cpu \(.*, see .*: b, broken"):
        gpu_check.bench(configure("trainer=cpu"), 1, tmp_path / "new" / "gpu.json")
    content = json.loads((tmp_path / "new" / "gpu.json").read_text())
    assert content["device"].startswith("cpu (") and content["one"] == rows["one"]
    assert "ZeroDivisionError" in content["broken"][0]["error"]


@pytest.mark.slow
def test_a_study_with_the_time_of_its_parts():
    rows = gpu_study.study(CPU)
    assert [row["float32_matmul"] for row in rows] == ["highest", "high"]
    for row in rows:
        assert row["ok"] and row["runs"] == 2 and row["missing"] == []
        assert row["wall"] > row["parts"]["epochs, validation included"]["seconds"] > 0


def test_the_parts_of_a_study_exist():
    for functions in phases.PARTS.values():
        for module, name in functions:
            assert callable(attrgetter(name)(import_module(module)))
