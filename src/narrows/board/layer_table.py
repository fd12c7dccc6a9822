"""The layers of an autoencoder, as a table for TensorBoard's page TEXT and as a graph for its page GRAPHS."""

from typing import Any, NamedTuple

import torch
from tensorboard.compat.proto.attr_value_pb2 import AttrValue
from tensorboard.compat.proto.graph_pb2 import GraphDef
from tensorboard.compat.proto.node_def_pb2 import NodeDef
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from torch import Tensor, nn

from narrows.models.autoencoder import Autoencoder


class Layer(NamedTuple):
    """A module without children: its name, its class, the shape of its output, the number of its own parameters."""

    name: str
    kind: str
    shape: tuple[int, ...]
    parameters: int


def layers(autoencoder: Autoencoder) -> list[Layer]:
    """The layers in the order of a forward pass; each feeds the next. Sums of residual blocks are left out."""
    visited: list[Layer] = []
    names = {module: name for name, module in autoencoder.named_modules() if not list(module.children())}

    def visit(module: nn.Module, _: Any, output: Tensor) -> None:  # noqa: ANN401 - torch's hook, inputs not needed
        parameters = sum(parameter.numel() for parameter in module.parameters(recurse=False))
        visited.append(Layer(names[module], _kind(module), tuple(output.shape[1:]), parameters))

    hooks = [module.register_forward_hook(visit) for module in names]
    with torch.no_grad():
        autoencoder.reconstruct(next(autoencoder.parameters()).new_zeros(1, *autoencoder.input_shape))
    for hook in hooks:
        hook.remove()
    return visited


def _kind(module: nn.Module) -> str:
    """The class, and what its `extra_repr` says if that is short: `Activation relu`."""
    extra = module.extra_repr()
    return type(module).__name__ + (f" {extra}" if extra and len(extra) < 12 else "")


def table(autoencoder: Autoencoder) -> str:
    """Markdown, a row for each layer."""
    all_layers = layers(autoencoder)
    rows = [f"| {layer.name} | {layer.kind} | {_times(layer.shape)} | {layer.parameters:,} |" for layer in all_layers]
    total = f"| **all** | | | **{sum(layer.parameters for layer in all_layers):,}** |"
    return "\n".join(["| layer | kind | output | parameters |", "|---|---|---|---|", *rows, total])


def graph(autoencoder: Autoencoder, output: str) -> GraphDef:
    """The layers as a chain of nodes; `output` names the function after the last layer."""
    nodes = [_node("images", "Images", [], autoencoder.shape)]
    for layer in layers(autoencoder):
        nodes.append(_node(layer.name.replace(".", "/"), layer.kind, [nodes[-1].name], layer.shape))
    nodes.append(_node("reconstruction", output, [nodes[-1].name], autoencoder.shape))
    return GraphDef(node=nodes)


def _node(name: str, kind: str, inputs: list[str], shape: tuple[int, ...]) -> NodeDef:
    sizes = TensorShapeProto(dim=[TensorShapeProto.Dim(size=size) for size in (-1, *shape)])
    attributes = {"_output_shapes": AttrValue(list=AttrValue.ListValue(shape=[sizes]))}
    return NodeDef(name=name, op=kind, input=inputs, attr=attributes)


def _times(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape))
