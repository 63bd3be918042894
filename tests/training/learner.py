"""What every training here has: a network, the running average of its weights, their optimisers, a checkpoint."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import torch
from torch import nn

from tests.training.muon import Muon

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class _Splitting(Protocol):
    def matrices(self) -> tuple[list[nn.Parameter], list[nn.Parameter]]: ...


Net = TypeVar("Net", bound=nn.Module)


class Learner(Generic[Net]):
    """The state of one training; the average is what is exported.

    Attributes:
        net: what learns.
        average: the running average of its weights.
        counts: how far the training is, kept in the checkpoint.
    """

    def __init__(
        self, make: Callable[[], Net], path: Path, counts: dict[str, float], *, decay: float = 0.0, ease: float = 0.998
    ) -> None:
        """Begin, or go on from the checkpoint if there is one.

        Args:
            make: makes the network; its `matrices` are trained by Muon, its other weights by AdamW.
            path: of the checkpoint.
            counts: what is counted, at the beginning.
            decay: of weights.
            ease: share of the average that stays in each step.
        """
        self.path, self.counts, self._ease = path, counts, ease
        self.net, self.average = (make().to(memory_format=torch.channels_last) for _ in range(2))
        self.average.load_state_dict(self.net.state_dict())
        splitting: _Splitting = self.net  # type: ignore[assignment]  every network here can
        within, others = splitting.matrices()
        self._optimisers = (
            Muon(within, lr=0.0, weight_decay=decay),
            torch.optim.AdamW(others, lr=0.0, betas=(0.9, 0.98), weight_decay=0.0),
        )
        self._steps = 0
        if path.exists():
            self._load()

    def _load(self) -> None:
        kept: dict[str, Any] = torch.load(self.path, weights_only=True)
        self.net.load_state_dict(kept["net"])
        self.average.load_state_dict(kept["average"])
        for optimiser, state in zip(self._optimisers, kept["optimisers"], strict=True):
            optimiser.load_state_dict(state)
        self.counts = {name: kept[name] for name in self.counts}
        self._steps = kept["steps_made"]

    def save(self) -> None:
        """Write the checkpoint beside the old one, then put it in its place."""
        state = {
            "net": self.net.state_dict(),
            "average": self.average.state_dict(),
            "optimisers": [optimiser.state_dict() for optimiser in self._optimisers],
            "steps_made": self._steps,
            **self.counts,
        }
        fresh = self.path.with_suffix(".new")
        torch.save(state, fresh)
        os.replace(fresh, self.path)

    def step(self, loss: torch.Tensor, rate: float) -> float:
        """Take one step down a loss at a learning rate; return the loss."""
        for optimiser in self._optimisers:
            optimiser.zero_grad(set_to_none=True)
            for group in optimiser.param_groups:
                group["lr"] = rate
        loss.backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), 5.0)
        for optimiser in self._optimisers:
            optimiser.step()
        self._steps += 1
        self._follow()
        return float(loss.detach())

    @torch.no_grad()
    def _follow(self) -> None:
        kept = min(self._ease, (1 + self._steps) / (10 + self._steps))
        for mean, current in zip(self.average.state_dict().values(), self.net.state_dict().values(), strict=True):
            if mean.dtype.is_floating_point:
                mean.lerp_(current, 1 - kept)
            else:
                mean.copy_(current)
