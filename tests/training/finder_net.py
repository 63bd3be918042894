"""The small detector: halves a picture four times, comes back to a quarter, and says where lines have their middle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

from tests.training.convolutions import block, split

if TYPE_CHECKING:
    from torch import Tensor

DEEPEST = 16
"""Sides of a picture are multiples of this."""


class FinderNet(nn.Module):
    """Takes pictures of shape (batch, 3, height, width), -1 to 1; gives a map at a quarter of their size, 0 to 1."""

    def __init__(self) -> None:
        super().__init__()
        self.quarter = nn.Sequential(block(3, 16, 2), block(16, 32, 2), block(32, 32))
        self.eighth = nn.Sequential(block(32, 64, 2), block(64, 64), block(64, 64))
        self.sixteenth = nn.Sequential(block(64, 96, 2), block(96, 96), block(96, 96))
        self.from_eighth = block(64, 32, size=1)
        self.from_sixteenth = block(96, 32, size=1)
        self.from_quarter = block(32, 32, size=1)
        self.head = nn.Sequential(block(32, 24), nn.Conv2d(24, 1, 1))
        self.up = nn.Upsample(scale_factor=2, mode="nearest")

    def matrices(self) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
        """Return the kernels that turn features into features, and all other weights."""
        return split(self, self.quarter[0][0].weight, self.head[-1].weight)

    def scores(self, pictures: Tensor) -> Tensor:
        """Return the map before it is squeezed into 0 to 1, shape (batch, height / 4, width / 4)."""
        quarter = self.quarter(pictures)
        eighth = self.eighth(quarter)
        sixteenth = self.sixteenth(eighth)
        coarse = self.up(self.from_sixteenth(sixteenth)) + self.from_eighth(eighth)
        return self.head(self.up(coarse) + self.from_quarter(quarter)).squeeze(1)

    def forward(self, pictures: Tensor) -> Tensor:
        return self.scores(pictures).sigmoid()
