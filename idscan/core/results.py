"""Findings and results: frozen, without pixels, a few kB when pickled."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from idscan.core.vocabulary import EXPOSED_FIELDS, CardKind, Field, Side, Source

if TYPE_CHECKING:
    from datetime import datetime

    import numpy as np
    from numpy.typing import NDArray

    from idscan.core.geometry import Quad
    from idscan.core.secret import Secret
    from idscan.core.settings import Settings


@dataclass(frozen=True, slots=True, order=True)
class ImageRef:
    """One picture: a file, or a page or frame of one.

    Attributes:
        path: as the user gave it, joined with the way below a given folder; undecodable bytes as surrogates
            (`os.fsencode` gives the file back).
        member: name inside an archive, "" for a plain file.
        page: page or frame, counted from 0.
        pages: how many pages or frames the file has, as far as its header tells.
    """

    path: str
    member: str = ""
    page: int = 0
    pages: int = 1


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that went wrong with one picture, as data; never holds a value that was read.

    Attributes:
        stage: "walk", "load", "locate", "read", "run".
        kind: a stable word such as "truncated", "undecoded_symbol".
        message: one English sentence: what happened and what to do next.
        quad: where in the upright source picture, for what is seen at a place.
    """

    stage: str
    kind: str
    message: str
    quad: Quad | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """A path that is not scanned.

    Attributes:
        path: as in `ImageRef`.
        reason: a few English words.
        is_unreadable: True where something that should have been scanned could not be opened (a folder without
            permission, a missing argument): it counts as unreadable and leads to exit code 4.
    """

    path: str
    reason: str
    is_unreadable: bool = False


@dataclass(frozen=True, slots=True)
class FileInfo:
    """What the container said.

    Attributes:
        sha256: of the whole file, in hex; None if it could not be read.
        format: "JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF" ...; None if not recognised.
        width: of the upright full-size image in pixels; None if not known.
        height: likewise.
    """

    sha256: str | None = None
    format: str | None = None
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Frame:
    """Upright pixels of one picture.

    Attributes:
        ref: where it came from.
        info: what the container said; width and height are those of the full-size upright image.
        layers: one or more read-only uint8 arrays of shape (height, width, 3), RGB. The first is the stored colour;
            further ones (composited on white, on black, contrast-stretched 16-bit) exist only where they differ.
        scale: frame pixels per source pixel: 1.0, smaller where a large image was decoded at reduced size.
        problems: what was odd but did not prevent reading.
    """

    ref: ImageRef
    info: FileInfo
    layers: tuple[NDArray[np.uint8], ...]
    scale: float = 1.0
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A picture that could not be decoded, and why."""

    ref: ImageRef
    info: FileInfo
    problem: Problem


@dataclass(frozen=True, slots=True)
class Place:
    """One spot where a value stands, as a quad in pixels of the upright source image."""

    quad: Quad
    by: Source
    confidence: float


@dataclass(frozen=True, slots=True)
class SeenText:
    """Text that was read somewhere in a picture, whether it means anything or not.

    Attributes:
        text: what it says.
        quad: where, in pixels of the upright source image.
        by: print, or the kind of code.
    """

    text: Secret
    quad: Quad
    by: Source


@dataclass(frozen=True, slots=True)
class Conflict:
    """A reading that disagrees with the finding's value."""

    by: Source
    value: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fact that the picture gives away.

    Attributes:
        field: what it is about.
        value: normalised (digits only, ISO 8601 dates, NFC names); None where something is seen but not read.
        quad: its best place.
        confidence: 0 to 1.
        verified: decoded code, right check digit, or two independent readings that agree.
        seen_by: where it was read, in the order qr, mrz, barcode, print.
        places: all places, best first.
        conflicts: readings that disagree.
        px_per_module: on symbols: source pixels per module.
        person: outside any card: the person it belongs to, assigned per run; None where no number tells.
        record: outside any card: findings of one person in an image have the same one; never part of a report.
    """

    field: Field
    value: Secret | None
    quad: Quad | None
    confidence: float
    verified: bool = False
    seen_by: tuple[Source, ...] = ()
    places: tuple[Place, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    px_per_module: float | None = None
    person: str | None = None
    record: int | None = None

    @property
    def is_exposed(self) -> bool:
        """Whether this finding alone makes the picture count as exposed."""
        return self.field in EXPOSED_FIELDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One card in a picture and what it gives away.

    Attributes:
        kind: generation, `UNKNOWN` where the evidence does not tell.
        side: which face.
        quad: its outline, clockwise from the top-left corner as read; a mirrored card runs counter-clockwise.
        confidence: 0 to 1, that this is a Vietnamese identity card.
        findings: what it gives away, in the order of `Field`.
        mirrored: whether the card is seen flipped.
        person: "p1", "p2" ... within one run; None without a number.
        is_outline_seen: whether its edges were seen; False where the outline was judged from a code or from print.
    """

    kind: CardKind
    side: Side
    quad: Quad
    confidence: float
    findings: tuple[Finding, ...] = ()
    mirrored: bool = False
    person: str | None = None
    is_outline_seen: bool = True


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """A reading engine and its version."""

    name: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageResult:
    """All that is known of one picture.

    Attributes:
        ref: which picture.
        info: what the container said; width is None for a picture that could not be read.
        cards: located cards with their findings, best first.
        findings: findings outside any card.
        problems: what went wrong.
        texts: everything that was read, where `Settings.keep_texts` asks for it.
        look: perceptual hash, likewise; equal in most bits for pictures that look alike. None where not asked for.
        stage_seconds: CPU seconds per stage, for statistics only; never part of a reproducible report.
    """

    ref: ImageRef
    info: FileInfo
    cards: tuple[Card, ...] = ()
    findings: tuple[Finding, ...] = ()
    problems: tuple[Problem, ...] = ()
    texts: tuple[SeenText, ...] = ()
    look: int | None = None
    stage_seconds: tuple[tuple[str, float], ...] = field(default=(), compare=False)

    @property
    def is_readable(self) -> bool:
        """Whether the pixels could be decoded."""
        return self.info.width is not None

    @property
    def all_findings(self) -> tuple[Finding, ...]:
        """Findings on cards, then those outside any card."""
        return (*(finding for card in self.cards for finding in card.findings), *self.findings)

    @property
    def is_exposed(self) -> bool:
        """Whether anything in `EXPOSED_FIELDS` was found."""
        return any(finding.is_exposed for finding in self.all_findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanResult:
    """A whole run: pictures sorted by path, member, page; persons assigned."""

    images: tuple[ImageResult, ...]
    skipped: tuple[Skipped, ...]
    engines: tuple[EngineInfo, ...]
    settings: Settings
    started_at: datetime
    finished_at: datetime

    @property
    def is_exposed(self) -> bool:
        """Whether any picture is."""
        return any(image.is_exposed for image in self.images)

    @property
    def unreadable(self) -> int:
        """How many pictures, folders and arguments could not be read."""
        return sum(not image.is_readable for image in self.images) + sum(entry.is_unreadable for entry in self.skipped)

    @property
    def people(self) -> int:
        """How many different persons the numbers tell apart."""
        persons = {card.person for image in self.images for card in image.cards}
        persons |= {finding.person for image in self.images for finding in image.findings}
        return len(persons - {None})
