"""QR payloads of made-up cards and the symbols that carry them (ISO/IEC 18004, drawn by segno)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import segno
from segno.consts import MODE_BYTE, MODE_NUMERIC

if TYPE_CHECKING:
    from random import Random

    from numpy.typing import NDArray

    from tests.synth.people import Person

_SHORTEST_NUMERIC_RUN = 4
"""Encoders change to numeric mode only where that saves more bits than the header of a segment costs."""


@dataclass(frozen=True, slots=True)
class SymbolStyle:
    """How a payload is encoded.

    Attributes:
        level: error correction, "L" or "M".
        is_mixed: digits go into numeric segments of their own, as many encoders write them.
        has_eci: the byte segments are announced as UTF-8.
    """

    level: str
    is_mixed: bool
    has_eci: bool


def pick_symbol_style(rng: Random) -> SymbolStyle:
    """Pick an encoding: both levels and both kinds of segments equally often, a UTF-8 announcement seldom."""
    return SymbolStyle(rng.choice("LM"), rng.random() < 0.5, rng.random() < 0.15)


def chip_payload(person: Person) -> bytes:
    """Return the seven fields on the front of a chip card."""
    return "|".join(_seven_fields(person)).encode()


def can_cuoc_payload(person: Person, rng: Random) -> bytes:
    """Return the eleven fields on the back of a card of 2024.

    The four last are empty on most cards. What they hold otherwise is not published; press reports name the parents
    of children and a cancelled number, so these stand in a random one of the four.
    """
    extra = ["", "", "", ""]
    if person.age_at_issue < 14:
        at = rng.randrange(3)
        extra[at : at + 2] = [person.father, person.mother]
    return "|".join((*_seven_fields(person), *extra)).encode()


def _seven_fields(person: Person) -> tuple[str, ...]:
    return (
        person.number,
        person.old_number or "",
        person.name,
        f"{person.birth:%d%m%Y}",
        person.sex,
        str(person.residence),
        f"{person.issued:%d%m%Y}",
    )


def segments(payload: bytes) -> list[tuple[bytes, int, str | None]]:
    """Cut a payload into numeric and byte segments."""
    runs = re.findall(
        rb"\d{%d,}|(?:(?!\d{%d,}).)+" % (_SHORTEST_NUMERIC_RUN, _SHORTEST_NUMERIC_RUN), payload, re.DOTALL
    )
    return [(run, MODE_NUMERIC, None) if run.isdigit() else (run, MODE_BYTE, "utf-8") for run in runs]


def symbol_modules(payload: bytes, style: SymbolStyle) -> NDArray[np.uint8]:
    """Return the symbol as one byte per module, 0 dark and 255 light, without quiet zone."""
    parts = segments(payload) if style.is_mixed else [(payload, MODE_BYTE, "utf-8")]
    content: Any = [
        (part.decode() if mode == MODE_BYTE else part.decode("ascii"), mode, code) for part, mode, code in parts
    ]
    code = segno.make_qr(content, error=style.level, eci=style.has_eci, boost_error=False)
    return np.where(np.array([list(row) for row in code.matrix], np.uint8) > 0, 0, 255).astype(np.uint8)


def draw_symbol(modules: NDArray[np.uint8], side_px: int, quiet_modules: int) -> NDArray[np.uint8]:
    """Return a grey picture of the symbol, `side_px` wide without the quiet zone around it."""
    padded = np.pad(modules, quiet_modules, constant_values=255)
    total_px = round(side_px * len(padded) / len(modules))
    enlarged = np.kron(padded, np.ones((8, 8), np.uint8))
    return np.asarray(cv2.resize(enlarged, (total_px, total_px), interpolation=cv2.INTER_AREA), np.uint8)
