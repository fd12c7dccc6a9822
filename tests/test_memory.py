"""Free memory: the smallest rest of the machine and of every control group, in made-up files of both versions."""

from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from narrows import memory

MACHINE = 16 * 10**9


@pytest.fixture(autouse=True)
def machine(monkeypatch):
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=MACHINE))


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"{text}\n")
    return root


V1 = {"proc/self/cgroup": "9:name=systemd:/\n4:cpu,memory:/docker/abc\n0::/"}
V2 = {"proc/self/cgroup": "0::/job/step"}
V1_TOP, V2_TOP = "sys/fs/cgroup/memory", "sys/fs/cgroup"


def v1(folder: str, limit: object, used: int, stat: str = "cache 5\ntotal_inactive_file 0") -> dict[str, str]:
    names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "memory.stat")
    return {f"{V1_TOP}{folder}/{name}": str(value) for name, value in zip(names, (limit, used, stat), strict=True)}


def v2(folder: str, limit: object, used: int, stat: str = "anon 5\ninactive_file 0") -> dict[str, str]:
    names = ("memory.max", "memory.current", "memory.stat")
    return {f"{V2_TOP}{folder}/{name}": str(value) for name, value in zip(names, (limit, used, stat), strict=True)}


CASES = {
    "no control groups": ({}, MACHINE),
    "version 1, the group's own folder": (V1 | v1("/docker/abc", 3 * 10**9, 10**9), 2 * 10**9),
    "version 1, mounted as the top folder, as docker does": (V1 | v1("", 3 * 10**9, 10**9), 2 * 10**9),
    "version 1 without a limit": (V1 | v1("/docker/abc", 9223372036854771712, 10**9), MACHINE),
    "version 1, files that can be dropped": (
        V1 | v1("", 3 * 10**9, 3 * 10**9, "total_inactive_file 1000000000"),
        10**9,
    ),
    "version 2": (V2 | v2("/job/step", 3 * 10**9, 10**9), 2 * 10**9),
    "version 2, a lower limit of the group above": (
        V2 | v2("/job/step", 3 * 10**9, 10**9) | v2("/job", 2 * 10**9, 15 * 10**8),
        5 * 10**8,
    ),
    "version 2 without a limit": (V2 | v2("/job/step", "max", 10**9), MACHINE),
    "version 2 in a container": ({"proc/self/cgroup": "0::/"} | v2("", 3 * 10**9, 10**9), 2 * 10**9),
    "more used than allowed": (V2 | v2("/job/step", 10**9, 2 * 10**9), 0),
    "a limit above what the machine has": (V2 | v2("/job/step", 10**12, 0), MACHINE),
    "damaged": (V2 | v2("/job/step", "?", 0), MACHINE),
}


@pytest.mark.parametrize("case", CASES)
def test_the_smallest_rest_counts(tmp_path, case):
    files, rest = CASES[case]
    assert memory.free(write(tmp_path, files)) == rest


def test_this_machine_has_some():
    assert 0 < memory.free() <= MACHINE
