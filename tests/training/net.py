"""The network: convolutions that halve the height until one row is left, a recurrent layer, a letter a column."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import torch
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


class Deeper(nn.Module):
    """A convolution beside the straight way, which changes nothing at first."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.norm = nn.BatchNorm2d(width)
        nn.init.zeros_(self.norm.weight)

    def forward(self, features: Tensor) -> Tensor:
        return torch.relu(features + self.norm(self.convolution(features)))


class Letters(nn.Module):
    """Scores of letters as the sum of what they have in common: base letter, hat or horn, tone, case.

    What is learnt of a tone on one letter so serves all others: Ổ is rare, the hook above is not.
    """

    def __init__(self, inward: int) -> None:
        super().__init__()
        own = nn.Linear(inward, CLASSES)
        self.weight, self.bias = own.weight, own.bias
        members = _traits()
        self.register_buffer("members", members, persistent=False)
        self.shared = nn.Parameter(torch.zeros(members.shape[1], inward))

    def forward(self, columns: Tensor) -> Tensor:
        return nn.functional.linear(columns, self.weight + self.members @ self.shared, self.bias)


def _traits() -> Tensor:
    """Return which class has which trait, shape (CLASSES, traits)."""
    traits = [_traits_of(letter) for letter in ALPHABET]
    names = sorted(set().union(*traits))
    rows = [[0.0] * len(names)] + [[float(name in own) for name in names] for own in traits]
    return torch.tensor(rows)


def _traits_of(letter: str) -> set[str]:
    if not letter.isalpha():
        return set()
    parts = unicodedata.normalize("NFD", letter.replace("đ", "d\u0335").replace("Đ", "D\u0335"))
    return {parts[0].lower(), "capital" if letter.isupper() else "small", *parts[1:]}


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
            Deeper(second),
            _reduced(second, third, (3, 3), (2, 1)),
            _reduced(third, third, (3, 3), (1, 1)),
            _reduced(third, third, (3, 3), (1, 1)),
            _reduced(third, 192, (5, 1), (5, 1)),
        )
        self.sequence = nn.LSTM(192, hidden, bidirectional=True, batch_first=True)
        self.drop = nn.Dropout(0.1)
        self.letters = Letters(2 * hidden)

    def matrices(self) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
        """Return the weights that turn features into features, and all others: first and last layer, norms, biases."""
        within = [*self.body[1:].parameters(), *self.sequence.parameters()]
        chosen = {id(weight) for weight in within if weight.ndim > 1}
        parameters = list(self.parameters())
        return [one for one in parameters if id(one) in chosen], [one for one in parameters if id(one) not in chosen]

    def forward(self, lines: Tensor) -> Tensor:
        columns = self.body(lines).squeeze(2).transpose(1, 2)
        columns, _ = self.sequence(columns)
        return self.letters(self.drop(columns)).log_softmax(2)
