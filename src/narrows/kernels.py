"""Where Triton's kernels run. Each has a plain twin in torch's operations, which is used everywhere else."""

from importlib.util import find_spec

from torch import Tensor


def runs_kernels(tensor: Tensor) -> bool:
    """Whether Triton's kernels can read it: on a GPU, where torch ships Triton; torch's fake tensors have no memory."""
    return tensor.is_cuda and type(tensor) is Tensor and find_spec("triton") is not None
