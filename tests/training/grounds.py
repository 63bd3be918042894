"""Grounds that cards are laid on, drawn quickly: pages of dense print, and busy patterns."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image, ImageDraw

from tests.synth.fonts import face, pick_family

if TYPE_CHECKING:
    from random import Random

    from numpy.typing import NDArray

PAGE_SIDE = 900
_LETTERS = "aaaăâbcdđeeêghiiklmnnoôơpqrsttuưvxyáàảãạếềệộờấ0123456789"
_SHAPES = ("dots", "stars", "lines", "triangles", "rings", "checks")


def draw_page(rng: Random, families: tuple[str, ...]) -> NDArray[np.uint8]:
    """Return a square page that is full of print to its edges: columns, headings, tables with rules, form lines."""
    paper = tuple(rng.randint(214, 255) for _ in range(3)) if rng.random() < 0.8 else (rng.randint(30, 90),) * 3
    ink = tuple(max(0, min(255, round(255 - 1.1 * part + rng.uniform(-25, 25)))) for part in paper)
    page = Image.new("RGB", (PAGE_SIDE, PAGE_SIDE), paper)
    draw = ImageDraw.Draw(page)
    columns = rng.choice((1, 1, 2, 3, 4, 5))
    width = PAGE_SIDE / columns
    size = rng.randint(9, 24)
    family = pick_family(rng, rng.choice(("sans", "serif", "mono")), families)
    has_rules = rng.random() < 0.35
    for column in range(columns):
        left, y = column * width + 0.03 * width, rng.uniform(-20, 10)
        while y < PAGE_SIDE:
            is_heading = rng.random() < 0.06
            font = face(family.bold if is_heading else family.regular, size * (2 if is_heading else 1))
            height = round(size * (2.6 if is_heading else 1.35))
            letters = [rng.choice(_LETTERS) for _ in range(round(1.9 * width / font.size))]
            text = "".join(" " if rng.random() < 0.16 else letter for letter in letters)
            text = text[: round(len(text) * min(1.0, 0.9 * width / draw.textlength(text, font)))]
            draw.text((left, y), text[: rng.randint(0, len(text))] if rng.random() < 0.12 else text, ink, font)
            if has_rules and rng.random() < 0.6:
                draw.line((left, y + height - 1, left + 0.94 * width, y + height - 1), ink, rng.choice((1, 1, 2)))
            y += height
        if columns > 1 and has_rules:
            draw.line((left - 0.02 * width, 0, left - 0.02 * width, PAGE_SIDE), ink, 1)
    return np.asarray(page)


def draw_pattern(rng: Random, side: int) -> NDArray[np.uint8]:
    """Return a busy square: many small shapes in a few colours on a plain colour, strewn or in rows."""
    palette = [tuple(rng.randint(0, 255) for _ in range(3)) for _ in range(rng.randint(2, 5))]
    frame = np.full((side, side, 3), palette[0], np.uint8)
    shape, radius = rng.choice(_SHAPES), rng.uniform(1.0, 16.0)
    pitch = radius * rng.uniform(2.2, 6.0)
    if shape == "checks":
        rows, columns = np.indices((side, side)) // max(2, round(pitch / 2))
        frame[(rows + columns) % 2 == 1] = palette[1]
        return frame
    is_regular = rng.random() < 0.4
    steps = math.ceil(side / pitch)
    count = min(steps * steps, 1500)
    for i in range(count):
        x, y = (i % steps) * pitch, (i // steps) * pitch
        if not is_regular:
            x, y = rng.uniform(0, side), rng.uniform(0, side)
        size = radius if is_regular else radius * rng.uniform(0.3, 1.3)
        turn = 0.0 if is_regular else rng.uniform(0, math.tau)
        _draw_shape(frame, shape, ((x, y), size, turn), rng.choice(palette[1:]))
    return frame


def _draw_shape(
    frame: NDArray[np.uint8],
    shape: str,
    place: tuple[tuple[float, float], float, float],
    colour: tuple[int, ...],
) -> None:
    """Draw a shape; its place is its middle, its size in pixels, and its turn in radians."""
    at, size, turn = place
    centre = (round(at[0]), round(at[1]))
    if shape in {"dots", "rings"}:
        cv2.circle(frame, centre, max(1, round(size)), colour, -1 if shape == "dots" else 1, cv2.LINE_AA)
        return
    if shape == "lines":
        end = (round(at[0] + 3 * size * math.cos(turn)), round(at[1] + 3 * size * math.sin(turn)))
        cv2.line(frame, centre, end, colour, max(1, round(size / 4)), cv2.LINE_AA)
        return
    corners = 3 if shape == "triangles" else 10
    points = []
    for i in range(corners):
        reach = size * (0.45 if corners == 10 and i % 2 else 1.2)
        angle = turn + math.tau * i / corners
        points.append([at[0] + reach * math.cos(angle), at[1] + reach * math.sin(angle)])
    cv2.fillPoly(frame, [np.rint(np.array(points)).astype(np.int32)], colour, cv2.LINE_AA)
