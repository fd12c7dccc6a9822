"""Optional packages: a test that needs one is skipped where it is not installed."""

import pytest

PACKAGES = {
    "onnx": ("onnx", "onnxscript", "onnxruntime"),
    "safetensors": ("safetensors",),
    "mlflow": ("mlflow",),
    "wandb": ("wandb",),
}


def needs(extra: str) -> None:
    """Skip the test unless the packages for this format or destination are installed."""
    for package in PACKAGES.get(extra, ()):
        pytest.importorskip(package, reason=f"{package} is not installed; narrows[test] has it")
