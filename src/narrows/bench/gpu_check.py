"""`narrows bench gpu`: whether every kind trains as a fleet on a GPU, and how fast. Under eight minutes."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from time import perf_counter
from traceback import format_exc
from typing import Any

import torch

from narrows.bench import gpu_conv, gpu_errors, gpu_noise, gpu_parity, gpu_rectified, gpu_speed, gpu_study
from narrows.config.schema import Config
from narrows.errors import UserError
from narrows.runs.provenance import device_name, git, versions

PARTS: Mapping[str, Callable[[torch.device], list[dict[str, Any]]]] = {
    "noise": gpu_noise.noise,
    "convolutions": gpu_conv.products,
    "rectified convolutions": gpu_rectified.rectified,
    "errors": gpu_errors.errors,
    "study": gpu_study.study,
    "speed": gpu_speed.speed,
    "parity": gpu_parity.parity,
}


def bench(config: Config, rounds: int, out: Path) -> None:
    """Check and measure on the device of `config`; on a CPU a trial of every line in small sizes.

    Results are written after each part, so that those of a check that runs out of time are kept. Raises UserError if a
    kind fails.
    """
    device = torch.device("cpu" if config.trainer.accelerator == "cpu" else "cuda")
    if device.type == "cuda" and not torch.cuda.is_available():
        raise UserError("device=cuda: there is no GPU here; device=cpu tries every line in small sizes")
    content: dict[str, Any] = {"device": device_name(device), "versions": versions(), "git": git()}
    for name, part in PARTS.items():
        began = perf_counter()
        try:
            content[name] = part(device)
        except Exception:  # the other parts are measured all the same
            content[name] = [{"ok": False, "error": format_exc()}]
            print(content[name][0]["error"], flush=True)
        content[f"{name}_seconds"] = perf_counter() - began
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(content, indent=2) + "\n")
    print(out)
    failed = [row.get("kind", name) for name in PARTS for row in content[name] if not row.get("ok", True)]
    if failed:
        raise UserError(f"{len(failed)} checks failed on {content['device']}, see {out}: {', '.join(failed[:5])}")
