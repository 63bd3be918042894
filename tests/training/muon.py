"""Steps of equal size in every direction, for the matrices within a network (Jordan and others, 2024: "Muon")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch.optim import Optimizer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from torch import Tensor

_POLYNOMIAL = (3.4445, -4.7750, 2.0315)
"""Of the iteration that brings all singular values near 1; from the authors' description."""
_ROUNDS = 5
_SIZE = 0.2
"""Root mean square of a step, about that of AdamW, so that both can share a learning rate (Liu and others, 2025)."""


class Muon(Optimizer):
    """Momentum whose matrices are made orthogonal before each step; kernels count as matrices (outputs, the rest)."""

    def __init__(self, weights: Iterable[Tensor], lr: float, momentum: float = 0.95, weight_decay: float = 0.0) -> None:
        super().__init__(weights, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:
        """Take a step; `closure` is not used."""
        for group in self.param_groups:
            for weight in group["params"]:
                state = self.state[weight]
                if "momentum" not in state:
                    state["momentum"] = torch.zeros_like(weight)
                mean = state["momentum"].lerp_(weight.grad, 1 - group["momentum"])
                ahead = weight.grad.lerp(mean, group["momentum"]).flatten(1)
                scale = _SIZE * max(ahead.shape) ** 0.5
                weight.mul_(1 - group["lr"] * group["weight_decay"])
                weight.add_(orthogonal(ahead).reshape(weight.shape), alpha=-group["lr"] * scale)


def orthogonal(matrix: Tensor) -> Tensor:
    """Return about the nearest matrix whose singular values are all the same."""
    is_tall = matrix.shape[0] > matrix.shape[1]
    current = (matrix.T if is_tall else matrix).contiguous()
    current = current / (current.norm() + 1e-7)
    first, second, third = _POLYNOMIAL
    for _ in range(_ROUNDS):
        square = current @ current.T
        current = first * current + (second * square + third * square @ square) @ current
    return current.T if is_tall else current
