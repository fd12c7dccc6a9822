"""The code, packages and machine that a run was trained with."""

import platform
import subprocess
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

PACKAGES = (
    "narrows",
    "torch",
    "torchvision",
    "lightning",
    "hydra-core",
    "tensorboard",
    "numpy",
    "scikit-learn",
)


@cache
def versions() -> dict[str, str]:
    """The versions of Python and of the packages in `PACKAGES`."""
    return {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}


@cache
def processor() -> str:
    """The CPU's model name, or its architecture where the system has no /proc/cpuinfo."""
    lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines() if Path("/proc/cpuinfo").is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def device_name(device: "torch.device") -> str:
    """Where a run was trained: the name of the GPU, or `cpu (NAME)`."""
    if device.type == "cuda":
        import torch  # 3 s, which reading records does not need

        return torch.cuda.get_device_name(device)
    return f"{device.type} ({processor()})"


@cache
def git() -> dict[str, Any]:
    """The commit of the checkout this package runs from and whether it differs from it; None outside a checkout.

    Only code and configs of the checkout count: users keep files of their own there, of which runs record what matters.
    """
    commit, changes = _git("rev-parse", "HEAD"), _git("status", "--porcelain", "--", ":/src", ":/conf")
    return {"commit": commit, "dirty": None if changes is None else bool(changes)}


def _git(*arguments: str) -> str | None:
    command = ["git", "-C", str(Path(__file__).parent), *arguments]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None
