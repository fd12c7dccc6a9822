"""An autoencoder layer by layer: the table in TEXT and the picture in GRAPH."""

from typing import Any, NamedTuple

import torch
from tensorboard.compat.proto.attr_value_pb2 import AttrValue
from tensorboard.compat.proto.graph_pb2 import GraphDef
from tensorboard.compat.proto.node_def_pb2 import NodeDef
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from torch import Tensor, nn

from narrows.models.autoencoder import Autoencoder


class Layer(NamedTuple):
    """One module on the way from image to image: what it is, the shape of what it gives, its own parameters."""

    name: str
    kind: str
    shape: tuple[int, ...]
    parameters: int


def layers(autoencoder: Autoencoder) -> list[Layer]:
    """In the order in which an image passes them, as a forward pass finds them: they stand in one line."""
    found: list[Layer] = []
    names = {module: name for name, module in autoencoder.named_modules() if not list(module.children())}

    def note(module: nn.Module, _: Any, output: Tensor) -> None:  # noqa: ANN401 - torch's hook, inputs not needed
        parameters = sum(parameter.numel() for parameter in module.parameters(recurse=False))
        found.append(Layer(names[module], _kind(module), tuple(output.shape[1:]), parameters))

    hooks = [module.register_forward_hook(note) for module in names]
    with torch.no_grad():
        autoencoder.reconstruct(next(autoencoder.parameters()).new_zeros(1, *autoencoder.shape))
    for hook in hooks:
        hook.remove()
    return found


def _kind(module: nn.Module) -> str:
    """Its class, and what it says of itself where that is short: `Activation relu`."""
    extra = module.extra_repr()
    return type(module).__name__ + (f" {extra}" if extra and len(extra) < 12 else "")


def table(autoencoder: Autoencoder) -> str:
    """Markdown, a row for each layer."""
    found = layers(autoencoder)
    rows = [f"| {one.name} | {one.kind} | {_times(one.shape)} | {one.parameters:,} |" for one in found]
    total = f"| **all** | | | **{sum(one.parameters for one in found):,}** |"
    return "\n".join(["| layer | kind | gives | parameters |", "|---|---|---|---|", *rows, total])


def graph(autoencoder: Autoencoder, output: str) -> GraphDef:
    """The layers as nodes, each fed by the one before; `output` names the function on the last."""
    nodes = [_node("images", "Images", [], autoencoder.shape)]
    for one in layers(autoencoder):
        nodes.append(_node(one.name.replace(".", "/"), one.kind, [nodes[-1].name], one.shape))
    nodes.append(_node("reconstruction", output, [nodes[-1].name], autoencoder.shape))
    return GraphDef(node=nodes)


def _node(name: str, kind: str, inputs: list[str], shape: tuple[int, ...]) -> NodeDef:
    sizes = TensorShapeProto(dim=[TensorShapeProto.Dim(size=size) for size in (-1, *shape)])
    attributes = {"_output_shapes": AttrValue(list=AttrValue.ListValue(shape=[sizes]))}
    return NodeDef(name=name, op=kind, input=inputs, attr=attributes)


def _times(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape))
