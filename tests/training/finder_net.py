"""The small detector: halves a picture four times, comes back to a quarter, and says where lines have their middle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

if TYPE_CHECKING:
    from torch import Tensor

DEEPEST = 16
"""Sides of a picture are multiples of this."""


def _block(inward: int, outward: int, stride: int = 1, size: int = 3) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inward, outward, size, stride, size // 2, bias=False),
        nn.BatchNorm2d(outward),
        nn.ReLU(inplace=True),
    )


class FinderNet(nn.Module):
    """Takes pictures of shape (batch, 3, height, width), -1 to 1; gives a map at a quarter of their size, 0 to 1."""

    def __init__(self) -> None:
        super().__init__()
        self.quarter = nn.Sequential(_block(3, 16, 2), _block(16, 32, 2), _block(32, 32))
        self.eighth = nn.Sequential(_block(32, 64, 2), _block(64, 64), _block(64, 64))
        self.sixteenth = nn.Sequential(_block(64, 96, 2), _block(96, 96), _block(96, 96))
        self.from_eighth = _block(64, 32, size=1)
        self.from_sixteenth = _block(96, 32, size=1)
        self.from_quarter = _block(32, 32, size=1)
        self.head = nn.Sequential(_block(32, 24), nn.Conv2d(24, 1, 1))
        self.up = nn.Upsample(scale_factor=2, mode="nearest")

    def matrices(self) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
        """Return the kernels that turn features into features, and all other weights."""
        first, last = self.quarter[0][0].weight, self.head[-1].weight
        parameters = list(self.parameters())
        within = [one for one in parameters if one.ndim > 1 and one is not first and one is not last]
        chosen = {id(one) for one in within}
        return within, [one for one in parameters if id(one) not in chosen]

    def scores(self, pictures: Tensor) -> Tensor:
        """Return the map before it is squeezed into 0 to 1, shape (batch, height / 4, width / 4)."""
        quarter = self.quarter(pictures)
        eighth = self.eighth(quarter)
        sixteenth = self.sixteenth(eighth)
        coarse = self.up(self.from_sixteenth(sixteenth)) + self.from_eighth(eighth)
        return self.head(self.up(coarse) + self.from_quarter(quarter)).squeeze(1)

    def forward(self, pictures: Tensor) -> Tensor:
        return self.scores(pictures).sigmoid()
