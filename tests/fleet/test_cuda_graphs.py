"""When programs are captured and replayed. Torch's graphs are replaced: there need not be a GPU."""

from contextlib import contextmanager, nullcontext
from types import SimpleNamespace

import pytest
import torch

from narrows.fleet.gpu import replay
from narrows.fleet.gpu.replay import WARM_UP, CudaGraph, Programs, Shared

CALLED, CAPTURED, REPLAYED = "called on the stream aside", "captured", "replayed"


@pytest.fixture
def events(monkeypatch) -> list[str]:
    """What happens on the GPU, in its order."""
    happened: list[str] = []

    @contextmanager
    def capture(graph, pool, stream, capture_error_mode):
        assert (pool, stream.device, capture_error_mode) == ("pool", "cuda:1", "thread_local")
        happened.append(CAPTURED)
        yield
        happened.pop()  # the program runs in Python and computes nothing

    @contextmanager
    def on_stream(stream):
        assert stream.device == "cuda:1"
        yield

    graph = SimpleNamespace(replay=lambda: happened.append(REPLAYED))
    monkeypatch.setattr(torch.cuda, "CUDAGraph", lambda: graph)
    monkeypatch.setattr(torch.cuda, "graph", capture)
    monkeypatch.setattr(torch.cuda, "stream", on_stream)
    monkeypatch.setattr(torch.cuda, "device", lambda device: nullcontext())
    monkeypatch.setattr(torch.cuda, "current_stream", lambda: SimpleNamespace(wait_stream=lambda other: None))
    return happened


def test_the_first_calls_run_then_one_is_captured_and_all_are_replayed(events):
    aside = SimpleNamespace(device="cuda:1", wait_stream=lambda other: None)
    program = CudaGraph(lambda: events.append(CALLED), Shared("pool", aside))
    for _ in range(WARM_UP + 3):
        program()
    assert events == [CALLED] * WARM_UP + [CAPTURED] + [REPLAYED] * 3


def test_without_a_gpu_a_program_is_called_as_it_is(monkeypatch):
    def program() -> None: ...

    assert Programs(torch.device("cpu"))(program) is program
    monkeypatch.setattr(replay, "captures", lambda device: True)
    monkeypatch.setattr(torch.cuda, "graph_pool_handle", lambda: "pool")
    monkeypatch.setattr(torch.cuda, "Stream", lambda device: SimpleNamespace(device=device))
    graph = Programs(torch.device("cuda:1"))(program)
    assert isinstance(graph, CudaGraph) and graph.shared.aside.device == torch.device("cuda:1")
