"""What the networks that take pictures share: their blocks, how they are trained, how they get into the package."""

from __future__ import annotations

import hashlib
import io
import json
import math
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from tests.training import MODELS
from tests.training.eight_bit import eight_bit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PEAK_RATE = 2e-3


def block(inward: int, outward: int, stride: int = 1, size: int = 3) -> nn.Sequential:
    """Return a convolution with its normalisation."""
    return nn.Sequential(
        nn.Conv2d(inward, outward, size, stride, size // 2, bias=False),
        nn.BatchNorm2d(outward),
        nn.ReLU(inplace=True),
    )


def split(net: nn.Module, first: nn.Parameter, last: nn.Parameter) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """Return the kernels that turn features into features, and all other weights.

    Args:
        net: whose weights.
        first: the kernel that takes the picture.
        last: the kernel that gives the answer.
    """
    parameters = list(net.parameters())
    within = [one for one in parameters if one.ndim > 1 and one is not first and one is not last]
    chosen = {id(one) for one in within}
    return within, [one for one in parameters if id(one) not in chosen]


def rate_at(share: float, warm_up: float) -> float:
    """Return the learning rate after a share of all steps: a short rise, then half a cosine."""
    rise = min(1.0, 0.05 + share / warm_up)
    return _PEAK_RATE * rise * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * share)))


def exported(net: nn.Module, answer: tuple[str, Mapping[int, str]], samples: Sequence[torch.Tensor]) -> bytes:
    """Return a network in eight bits as ONNX, of any number and size of pictures.

    Args:
        net: takes "pictures" of shape (count, 3, height, width).
        answer: name of what it gives, and of its sides that may be of any size.
        samples: pictures as it is usually given them.
    """
    net.eval()
    buffer = io.BytesIO()
    told, sides = answer
    torch.onnx.export(
        net,
        (torch.zeros(1, 3, 64, 96),),
        buffer,
        input_names=["pictures"],
        output_names=[told],
        dynamic_axes={"pictures": {0: "count", 2: "height", 3: "width"}, told: dict(sides)},
        dynamo=False,
    )
    return eight_bit(buffer.getvalue(), [sample.numpy() for sample in samples])


def write(model: bytes, name: str, facts: dict[str, Any]) -> None:
    """Write a network into the package, and beside it what it is.

    Args:
        model: the ONNX file.
        name: of the file.
        facts: what to say of it.
    """
    (MODELS / f"{name}.onnx").write_bytes(model)
    card = {"sha256": hashlib.sha256(model).hexdigest(), **facts}
    (MODELS / f"{name}.json").write_text(json.dumps(card, ensure_ascii=False, indent=1) + "\n", "utf-8")


def weights_of(net: nn.Module) -> int:
    """Return how many weights a network has."""
    return sum(weight.numel() for weight in net.parameters())
