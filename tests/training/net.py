"""The network: convolutions that halve the height until one row is left, a recurrent layer, a letter a column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

from tests.training.texts import ALPHABET

if TYPE_CHECKING:
    from torch import Tensor

CLASSES = len(ALPHABET) + 1
"""The letters and, first, the blank of CTC."""
COLUMN = 4
"""Pixels of a line's width for each column of the output."""


def _reduced(inward: int, outward: int, kernel: tuple[int, int], stride: tuple[int, int]) -> nn.Sequential:
    padding = (0 if kernel[0] == stride[0] else kernel[0] // 2, kernel[1] // 2)
    return nn.Sequential(
        nn.Conv2d(inward, outward, kernel, stride, padding, bias=False), nn.BatchNorm2d(outward), nn.ReLU(inplace=True)
    )


class LineNet(nn.Module):
    """Takes lines of shape (batch, 1, 40, width), -1 to 1; gives log probabilities of shape (batch, columns, letters).

    Full convolutions learn as much per second of one processor core as any cleverer block that was tried.
    """

    def __init__(self, widths: tuple[int, int, int] = (32, 64, 112), hidden: int = 128) -> None:
        super().__init__()
        first, second, third = widths
        self.body = nn.Sequential(
            _reduced(1, first, (5, 5), (2, 2)),
            _reduced(first, second, (3, 3), (2, 2)),
            _reduced(second, second, (3, 3), (1, 1)),
            _reduced(second, third, (3, 3), (2, 1)),
            _reduced(third, third, (3, 3), (1, 1)),
            _reduced(third, third, (3, 3), (1, 1)),
            _reduced(third, 192, (5, 1), (5, 1)),
        )
        self.sequence = nn.LSTM(192, hidden, bidirectional=True, batch_first=True)
        self.drop = nn.Dropout(0.1)
        self.letters = nn.Linear(2 * hidden, CLASSES)

    def forward(self, lines: Tensor) -> Tensor:
        columns = self.body(lines).squeeze(2).transpose(1, 2)
        columns, _ = self.sequence(columns)
        return self.letters(self.drop(columns)).log_softmax(2)
