"""Fonts that have every Vietnamese letter, from installed packages only.

DejaVu comes with matplotlib, so it is there wherever the development dependencies are; other families are used where
the system has them. None of them is OCR-B: the machine-readable zone is set in a monospaced face.
"""

from __future__ import annotations

import os
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from fontTools.ttLib import TTFont
from PIL import ImageFont

if TYPE_CHECKING:
    from random import Random

DEFAULT_FAMILIES = ("DejaVu Sans", "DejaVu Serif", "DejaVu Sans Mono")
_SYSTEM = Path(os.environ.get("SYNTH_FONTS", "/usr/share/fonts/truetype"))
"""Where Debian puts typefaces; the variable names another folder laid out like it."""
_TONES = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
_VOWELS = "aăâeêioôơuưy"


def vietnamese_letters() -> str:
    """Return every letter that a Vietnamese text can hold, small and capital."""
    toned = {unicodedata.normalize("NFC", vowel + tone) for vowel, tone in product(_VOWELS, _TONES)}
    small = sorted(toned | set("bcdđghklmnpqrstvxfjwz"))
    return "".join(small) + "".join(small).upper()


@dataclass(frozen=True, slots=True)
class Family:
    """Regular and bold face of one family.

    Attributes:
        name: what the foundry calls it.
        role: "sans", "serif" or "mono".
        regular: font file.
        bold: font file.
        squeeze: horizontal factor that brings a wide family near the width of the narrow sans-serif of real cards.
    """

    name: str
    role: str
    regular: Path
    bold: Path
    squeeze: float = 1.0


def _matplotlib_fonts() -> Path:
    spec = find_spec("matplotlib")
    if spec is None or spec.origin is None:
        message = "matplotlib carries the fonts of the made-up cards: pip install matplotlib"
        raise RuntimeError(message)
    return Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"


def _family(name: str, role: str, stem: Path, squeeze: float = 1.0, regular: str = "-Regular") -> Family:
    return Family(
        name,
        role,
        stem.with_name(f"{stem.name}{regular}.ttf"),
        stem.with_name(f"{stem.name}-Bold.ttf"),
        squeeze,
    )


@lru_cache(maxsize=1)
def _known() -> dict[str, Family]:
    dejavu = _matplotlib_fonts()
    families = (
        _family("DejaVu Sans", "sans", dejavu / "DejaVuSans", 0.92, regular=""),
        _family("DejaVu Serif", "serif", dejavu / "DejaVuSerif", 0.9, regular=""),
        _family("DejaVu Sans Mono", "mono", dejavu / "DejaVuSansMono", 1.0, regular=""),
        _family("Liberation Sans", "sans", _SYSTEM / "liberation/LiberationSans"),
        _family("Liberation Serif", "serif", _SYSTEM / "liberation/LiberationSerif"),
        _family("Liberation Mono", "mono", _SYSTEM / "liberation/LiberationMono"),
        _family("Noto Sans", "sans", _SYSTEM / "noto/NotoSans", 0.98),
        _family("Noto Sans Display", "sans", _SYSTEM / "noto/NotoSansDisplay", 1.02),
        _family("Noto Serif", "serif", _SYSTEM / "noto/NotoSerif", 0.96),
        _family("Noto Sans Mono", "mono", _SYSTEM / "noto/NotoSansMono"),
        _family("Open Sans", "sans", _SYSTEM / "open-sans/OpenSans", 0.98),
        _family("Roboto", "sans", _SYSTEM / "roboto/unhinted/RobotoTTF/Roboto"),
    )
    return {family.name: family for family in families}


@lru_cache(maxsize=64)
def missing_letters(path: Path) -> str:
    """Return the Vietnamese letters that a font file lacks."""
    with TTFont(path, lazy=True) as font:
        codes = font.getBestCmap()
    return "".join(letter for letter in vietnamese_letters() if ord(letter) not in codes)


@lru_cache(maxsize=1)
def installed_families() -> tuple[str, ...]:
    """Return the names of all known families that are installed and complete; a zone needs no accented letters."""
    return tuple(
        family.name
        for family in _known().values()
        if all(face.is_file() for face in (family.regular, family.bold))
        and (family.role == "mono" or not (missing_letters(family.regular) + missing_letters(family.bold)))
    )


def pick_family(rng: Random, role: str, names: tuple[str, ...] | None = None) -> Family:
    """Pick a family for a role among the named ones, or DejaVu where none of them has that role."""
    for candidates in (names or (), DEFAULT_FAMILIES):
        fitting = [_known()[name] for name in candidates if _known()[name].role == role]
        if fitting:
            return rng.choice(fitting)
    message = f"no font family for {role}"
    raise ValueError(message)


@lru_cache(maxsize=256)
def face(path: Path, size: float) -> ImageFont.FreeTypeFont:
    """Return a font at a size in pixels; without complex shaping, so that all installations draw the same."""
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=64)
def cap_ratio(path: Path) -> float:
    """Return the height of a capital H as a fraction of the font size."""
    box = face(path, 1000).getbbox("H", anchor="ls")
    return (box[3] - box[1]) / 1000
