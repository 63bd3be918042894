"""Typefaces to train with, by family: some families are held out, so that measuring tells about faces never seen.

Faces are read where Debian's packages put them (`fonts-liberation fonts-noto-core fonts-open-sans fonts-freefont-ttf
fonts-texgyre fonts-lmodern fonts-crosextra-carlito fonts-inter fonts-linuxlibertine fonts-ocr-b` and others) or in any
folder given; none is part of the repository.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fontTools.ttLib import TTFont, TTLibError

from tests.synth.fonts import vietnamese_letters

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

HELD_OUT = (
    "DejaVu", "Roboto", "Noto Serif", "Lato", "Cantarell", "TeX Gyre Schola", "Gentium",
)  # fmt: skip
"""Beginnings of the names of families that are never trained on."""

_LEFT_OUT = (
    "Last Resort",
    "DejaVu Math",
    "Unifont",
    "TW-Kai",
    "TeX Gyre Chorus",
    "Latin Modern Mono Caps",
    "Latin Modern Roman Caps",
)
_STYLES_LEFT_OUT = (
    "italic",
    "oblique",
    "extralight",
    "hairline",
    "slanted",
    "slant",
    "-thin",
    "_ri",
    "-i.",
    "unsl",
    "dunh",
)
_ZONE_FACES = ("OCR-B", "OCRB", "OCR B")
_MONO = ("mono", "cursor", "cousine", "courier", "code", "typewriter")
_MOST_PER_FAMILY = 8
_ZONE_LETTERS = frozenset(map(ord, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<"))
_NEEDED = frozenset(map(ord, vietnamese_letters() + "0123456789/.-:,()"))


@dataclass(frozen=True, slots=True)
class TrainingFace:
    """One font file.

    Attributes:
        path: the file.
        family: what the foundry calls its family.
        is_mono: whether all letters are equally wide.
        is_for_zones: OCR-B, the face of machine-readable zones.
        can_spell: whether it has every Vietnamese letter; equally wide faces without them still write zones.
    """

    path: str
    family: str
    is_mono: bool
    is_for_zones: bool
    can_spell: bool


def find_faces(folders: Iterable[Path]) -> tuple[TrainingFace, ...]:
    """Return the upright faces below the folders that can write Vietnamese, or machine-readable zones."""
    found: dict[str, list[TrainingFace]] = {}
    for folder in folders:
        for path in sorted(folder.rglob("*.[to]tf")):
            face = _face(path)
            if face is not None and len(found.setdefault(face.family, [])) < _MOST_PER_FAMILY:
                found[face.family].append(face)
    return tuple(face for family in sorted(found) for face in found[family])


def split(faces: Iterable[TrainingFace]) -> tuple[tuple[TrainingFace, ...], tuple[TrainingFace, ...]]:
    """Return the faces to train with and those held out."""
    training, held_out = [], []
    for face in faces:
        (held_out if face.family.startswith(HELD_OUT) else training).append(face)
    return tuple(training), tuple(held_out)


def _face(path: Path) -> TrainingFace | None:
    if any(part in path.name.lower() for part in _STYLES_LEFT_OUT):
        return None
    try:
        with TTFont(path, lazy=True) as font:
            family = font["name"].getBestFamilyName() or path.stem
            codes = frozenset(font.getBestCmap() or ())
    except (TTLibError, OSError, KeyError):
        return None
    if family.startswith(_LEFT_OUT):
        return None
    is_zone = any(part in family or part in path.stem for part in _ZONE_FACES)
    is_mono = any(part in family.lower() for part in _MONO)
    can_spell = not _NEEDED - codes
    if not can_spell and (_ZONE_LETTERS - codes or not (is_mono or is_zone)):
        return None
    return TrainingFace(str(path), family, is_mono, is_zone, can_spell)
