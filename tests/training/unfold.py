"""Weights of an exported network, put back into one that can be trained: where no checkpoint was kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray


def unfold(net: nn.Module, model: Path, samples: Iterable[torch.Tensor]) -> None:
    """Give a network the weights of an exported one, whose normalisations were folded into its convolutions.

    Args:
        net: of the same structure, as `tests.training.convolutions.block` builds it; its weights are replaced.
        model: the ONNX file, in eight bits or not.
        samples: pictures that tell how features are spread, which is what normalisations start from.
    """
    kept = _convolutions(model)
    norms = {}
    for name, layer in net.named_modules():
        if not isinstance(layer, nn.Conv2d):
            continue
        weight, shift = (torch.from_numpy(part.copy()) for part in kept[name])
        if layer.bias is not None:
            layer.weight.data.copy_(weight)
            layer.bias.data.copy_(shift)
            continue
        # A normalisation undoes any scale; the usual one of fresh weights is what learning rates are meant for.
        scale = (2 / weight[0].numel()) ** 0.5 / float(weight.square().mean().sqrt())
        layer.weight.data.copy_(weight * scale)
        parent, _, index = name.rpartition(".")
        norm = net.get_submodule(f"{parent}.{int(index) + 1}")
        norms[norm] = shift
        norm.running_mean.zero_()
        norm.running_var.fill_(1 - norm.eps)
        norm.weight.data.fill_(1 / scale)
        norm.bias.data.copy_(shift)
    means, squares = _spread(net, list(norms), samples)
    for norm, shift in norms.items():
        spread = (squares[norm] - means[norm].square()).clamp(min=1e-6)
        gain = norm.weight.data.clone()
        norm.running_mean.copy_(means[norm])
        norm.running_var.copy_(spread)
        norm.weight.data.copy_(gain * (spread + norm.eps).sqrt())
        norm.bias.data.copy_(shift + gain * means[norm])


def _spread(
    net: nn.Module, norms: Iterable[nn.Module], samples: Iterable[torch.Tensor]
) -> tuple[dict[nn.Module, torch.Tensor], dict[nn.Module, torch.Tensor]]:
    """Return the mean, and the mean square, of what each normalisation is given."""
    sums: dict[nn.Module, list[torch.Tensor]] = {norm: [] for norm in norms}

    def note(norm: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        given = inputs[0].detach().float()
        sums[norm].append(torch.stack([given.mean(dim=(0, 2, 3)), given.square().mean(dim=(0, 2, 3))]))

    hooks = [norm.register_forward_pre_hook(note) for norm in sums]
    net.eval()
    with torch.no_grad():
        for sample in samples:
            net(sample)
    for hook in hooks:
        hook.remove()
    both = {norm: torch.stack(parts).mean(dim=0) for norm, parts in sums.items()}
    return {norm: part[0] for norm, part in both.items()}, {norm: part[1] for norm, part in both.items()}


def _convolutions(model: Path) -> dict[str, tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Return kernel and shift of each convolution, by the name of its layer."""
    graph = onnx.load(str(model)).graph
    values = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    makers = {output: node for node in graph.node for output in node.output}
    return {
        node.name.split("/")[-2]: (_value(node.input[1], values, makers), _value(node.input[2], values, makers))
        for node in graph.node
        if node.op_type == "Conv"
    }


def _value(name: str, values: Mapping[str, NDArray[Any]], makers: Mapping[str, Any]) -> NDArray[np.float32]:
    if name in values:
        return np.asarray(values[name], np.float32)
    whole, scale, zero = (values[part] for part in makers[name].input)
    shape = (-1,) + (1,) * (whole.ndim - 1)
    return np.asarray((whole.astype(np.float32) - zero.reshape(shape)) * scale.reshape(shape), np.float32)
