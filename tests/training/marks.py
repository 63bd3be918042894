"""Marks of Vietnamese letters drawn by ourselves, in more shapes and places than typefaces have.

Faces disagree where the second mark of a letter goes: the grave of Ồ stands left of the hat, right of it, or above.
A reader that has seen only some of the ways takes one mark for another in a face that is new to it.
"""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from random import Random

    from numpy.typing import NDArray

_GRAVE, _ACUTE, _TILDE, _HOOK, _DOT = "\u0300\u0301\u0303\u0309\u0323"
_HAT, _BREVE, _HORN = "\u0302\u0306\u031b"
_TONES = _GRAVE + _ACUTE + _TILDE + _HOOK + _DOT
_SHIFT = 4
_THICKEST_HOOK = 0.38
"""Of its size: a thicker pen fills its bow."""

Path = list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class MarkStyle:
    """How the marks of a face look, in heights of a capital.

    Attributes:
        pen: width of strokes.
        size: width and height of a tone.
        hat: width and height of a hat or breve.
        gap: between a letter and its mark, and between two marks.
        sides: where the tone over a hat stands, for each tone: -1 left, 0 above, 1 right.
        draws_hats: whether hats and breves are drawn too, or are left to the face.
        draws_horns: whether horns are.
        horn: how far a horn reaches out and up.
        dot: radius of the dot below.
    """

    pen: float
    size: tuple[float, float]
    hat: tuple[float, float]
    gap: float
    sides: dict[str, int]
    draws_hats: bool
    draws_horns: bool
    horn: tuple[float, float]
    dot: float

    @property
    def drawn(self) -> str:
        """The marks that are drawn apart from their letters."""
        return _TONES + (_HAT + _BREVE) * self.draws_hats + _HORN * self.draws_horns


def random_style(rng: Random) -> MarkStyle:
    """Make up a style."""
    return MarkStyle(
        pen=rng.uniform(0.07, 0.17),
        size=(rng.uniform(0.17, 0.4), rng.uniform(0.14, 0.28)),
        hat=(rng.uniform(0.34, 0.52), rng.uniform(0.15, 0.25)),
        gap=rng.uniform(0.04, 0.14),
        sides={
            _GRAVE: rng.choice((-1, -1, 0, 1, 1)),
            _ACUTE: rng.choice((0, 1, 1)),
            _HOOK: rng.choice((0, 1, 1)),
            _TILDE: 0,
        },
        draws_hats=rng.random() < 0.5,
        draws_horns=rng.random() < 0.6,
        horn=(rng.uniform(0.1, 0.2), rng.uniform(0.06, 0.2)),
        dot=rng.uniform(0.055, 0.1),
    )


def split_letter(letter: str, drawn: str) -> tuple[str, str]:
    """Return a letter without the marks that are drawn apart, and those, the lowest first.

    >>> split_letter("Ồ", chr(0x300)) == ("Ô", chr(0x300))
    True
    """
    parts = unicodedata.normalize("NFD", letter)
    marks = "".join(mark for mark in parts[1:] if mark in drawn)
    if letter.islower() and parts[0] == "i" and marks != _DOT:
        return letter, ""  # its own dot would have to go
    rest = "".join(mark for mark in parts if mark not in marks)
    return unicodedata.normalize("NFC", rest), marks


def strokes_of(
    letter: str, marks: str, box: tuple[float, float, float, float], cap: float, style: MarkStyle
) -> list[tuple[Path, float]]:
    """Return strokes as paths in pixels with their width; a path of one point is a dot of that width.

    Args:
        letter: without them.
        marks: the lowest first.
        box: the letter's ink: left, top, right, bottom.
        cap: height of a capital.
        style: of the face.
    """
    left, top, right, bottom = box
    middle = (left + right) / 2
    pen = style.pen * cap
    floor = top - style.gap * cap - pen / 2
    made: list[tuple[Path, float]] = []
    hat_half = style.hat[0] * cap / 2 if any(mark in _HAT + _BREVE for mark in marks) else 0.0
    for mark in marks:
        if mark == _DOT:
            made.append(([(middle, bottom + (style.gap + style.dot) * cap)], 2 * style.dot * cap))
        elif mark == _HORN:
            start = (right - 0.12 * (right - left), top + 0.14 * (bottom - top)) if letter in "Oo" else (right, top)
            made.append(([(start[0] + x * cap, start[1] + y * cap) for x, y in _horn(style)], 0.9 * pen))
        elif mark in _HAT + _BREVE:
            path = _hat(style.hat) if mark == _HAT else _breve(style.hat)
            made.append(([(middle + x * cap, floor + y * cap) for x, y in path], pen))
        else:
            side = style.sides[mark] if hat_half else 0
            x0 = middle + side * (hat_half + 0.1 * cap)
            lift = style.hat[1] * cap + (pen + style.gap * cap / 2 if side == 0 else -0.4 * style.size[1] * cap)
            y0 = floor - lift if hat_half else floor
            thin = min(pen, _THICKEST_HOOK * min(style.size) * cap) if mark == _HOOK else pen
            made.append(([(x0 + x * cap, y0 + y * cap) for x, y in _tone(mark, style.size)], thin))
    return made


def has_horn(marks: str) -> bool:
    """Return whether a horn is among marks: it needs room beside the letter."""
    return _HORN in marks


def draw_strokes(ink: NDArray[np.uint8], strokes: list[tuple[Path, float]]) -> None:
    """Draw strokes into ink, shape (height, width)."""
    for path, width in strokes:
        points = np.array([(round(x * 2**_SHIFT), round(y * 2**_SHIFT)) for x, y in path], np.int32)
        if len(path) == 1:
            cv2.circle(ink, tuple(points[0].tolist()), round(width / 2 * 2**_SHIFT), 255, -1, cv2.LINE_AA, _SHIFT)
        else:
            cv2.polylines(ink, [points], False, 255, max(1, round(width)), cv2.LINE_AA, _SHIFT)


def _tone(mark: str, size: tuple[float, float]) -> Path:
    """Return a tone's path, its foot at the origin, y downwards."""
    width, height = size
    if mark == _GRAVE:
        return [(-width / 2, -height), (width / 2, 0.0)]
    if mark == _ACUTE:
        return [(width / 2, -height), (-width / 2, 0.0)]
    if mark == _TILDE:
        return [
            (width * 1.5 * (i / 12 - 0.5), -height / 2 - 0.35 * height * math.sin(math.tau * i / 12)) for i in range(13)
        ]
    radius = 0.46 * min(width, height)
    arc = [
        (radius * math.cos(math.radians(angle)), -height + radius + radius * math.sin(math.radians(angle)))
        for angle in range(190, 431, 24)
    ]
    return [*arc, (0.0, -height + 2 * radius), (0.0, 0.0)]


def _hat(size: tuple[float, float]) -> Path:
    return [(-size[0] / 2, 0.0), (0.0, -size[1]), (size[0] / 2, 0.0)]


def _horn(style: MarkStyle) -> Path:
    out, up = style.horn
    return [(-style.pen / 2, style.pen / 2), (0.6 * out, 0.02), (out, -0.3 * up), (0.95 * out, -up)]


def _breve(size: tuple[float, float]) -> Path:
    width, height = 0.85 * size[0], 0.9 * size[1]
    return [(width * (i / 10 - 0.5), -height * (2 * i / 10 - 1) ** 2) for i in range(11)]
