"""The locator of cards: halves a picture five times, comes back to an eighth, and says where cards' corners lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

from tests.training.convolutions import block, split
from tests.training.tables import UNIT

if TYPE_CHECKING:
    from torch import Tensor

DEEPEST = 32
"""Sides of a picture are multiples of this."""


class LocatorNet(nn.Module):
    """Takes pictures of shape (batch, 3, height, width), -1 to 1; gives nine planes at an eighth of their size.

    The first says where the middle of a card is, 0 to 1; the others where its corners lie, seen from the middle of the
    cell, x and y in turn, clockwise from the card's own top-left corner, counter-clockwise where it is mirrored.
    """

    def __init__(self) -> None:
        super().__init__()
        self.quarter = nn.Sequential(block(3, 16, 2), block(16, 24, 2), block(24, 24))
        self.eighth = nn.Sequential(block(24, 48, 2), block(48, 48))
        self.sixteenth = nn.Sequential(block(48, 96, 2), block(96, 96), block(96, 96))
        self.thirtysecond = nn.Sequential(block(96, 128, 2), block(128, 128), block(128, 128), block(128, 128))
        self.from_eighth = block(48, 64, size=1)
        self.from_sixteenth = block(96, 64, size=1)
        self.from_thirtysecond = block(128, 64, size=1)
        self.head = nn.Sequential(block(64, 64), nn.Conv2d(64, 9, 1))
        self.up = nn.Upsample(scale_factor=2, mode="nearest")

    def matrices(self) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
        """Return the kernels that turn features into features, and all other weights."""
        return split(self, self.quarter[0][0].weight, self.head[-1].weight)

    def planes(self, pictures: Tensor) -> Tensor:
        """Return the nine planes, the first before it is squeezed into 0 to 1."""
        eighth = self.eighth(self.quarter(pictures))
        sixteenth = self.sixteenth(eighth)
        coarse = self.up(self.from_thirtysecond(self.thirtysecond(sixteenth))) + self.from_sixteenth(sixteenth)
        planes: Tensor = self.head(self.up(coarse) + self.from_eighth(eighth))
        return planes

    def forward(self, pictures: Tensor) -> Tensor:
        planes = self.planes(pictures)
        return torch.cat([planes[:, :1].sigmoid(), planes[:, 1:] * UNIT], dim=1)
