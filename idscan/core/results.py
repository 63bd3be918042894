"""Findings and results: frozen, without pixels, a few kB when pickled."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from idscan.core.vocabulary import EXPOSED_FIELDS, CardKind, Field, Side, Source, Where

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    import numpy as np
    from numpy.typing import NDArray

    from idscan.core.geometry import Quad
    from idscan.core.secret import Secret
    from idscan.core.settings import Settings
    from idscan.core.tiling import PixelBox


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
        share: of an image that could be decoded in part, how much of its height, 0 to 1.
    """

    stage: str
    kind: str
    message: str
    quad: Quad | None = None
    share: float | None = None


UNEXAMINED = frozenset(
    {
        "not_fully_searched",
        "older_image",
        "pages_not_scanned",
        "text_not_read",
        "trailing_archive",
        "trailing_bytes",
        "trailing_image",
        "trailing_video",
        "truncated",
        "damaged",
    }
)
"""Kinds of problems that leave a part of a readable file unexamined which may show a card."""


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


class FullSize(Protocol):
    """Parts of a large image at full size, upright, decoded when they are asked for."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the upright image in pixels."""

    def greys(self) -> Iterator[tuple[int, int, NDArray[np.uint8]]]:
        """Yield left, top and brightness of pieces that cover the image, one after the other."""

    def part(self, box: PixelBox, longest: int) -> tuple[NDArray[np.uint8], ...]:
        """Return the layers of a part, reduced where its longer side has more pixels than `longest`."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """What a frame of an animation has in common with an earlier one.

    Attributes:
        page: of the earlier frame.
        changed: left, top, right and bottom of all that differs, in pixels of the frame; None where nothing does that
            could be read.
    """

    page: int
    changed: tuple[int, int, int, int] | None = None


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
        full_size: the same image at full size, part by part; None where the layers are at full size.
        like: which earlier frame of an animation it is like; None for anything else.
    """

    ref: ImageRef
    info: FileInfo
    layers: tuple[NDArray[np.uint8], ...]
    scale: float = 1.0
    problems: tuple[Problem, ...] = ()
    like: Likeness | None = None
    full_size: FullSize | None = None


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
        verified: decoded code, right check digits, or two independent readings that agree; what was put right is not
            verified by what put it right.
        seen_by: where it was read, in the order qr, mrz, barcode, print.
        places: all places, best first.
        conflicts: readings that disagree.
        px_per_module: on symbols: source pixels per module.
        person: outside any card: the person it belongs to, assigned per run; None where no number tells.
        record: outside any card: findings of one person in an image have the same one; never part of a report.
        without_diacritics: a name in capitals without marks, because only what cannot show them was read.
        is_truncated: a name that fills its place in a machine-readable zone, so that it may go on.
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
    without_diacritics: bool = False
    is_truncated: bool = False
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
        embedded: what the file gives away besides the pixels shown: one result for each thumbnail, preview, further
            image or text in which something was found. Their quads are in pixels of the embedded image.
        where: where in the file an embedded image or text stands; None for the pixels shown.
        has_doubts: whether a thorough scan may find more: something that looks like a card is none, a card's field
            was not found, or values stand outside any card. Never part of a report.
        stage_seconds: CPU seconds per stage, for statistics only; never part of a reproducible report.
    """

    ref: ImageRef
    info: FileInfo
    cards: tuple[Card, ...] = ()
    findings: tuple[Finding, ...] = ()
    problems: tuple[Problem, ...] = ()
    texts: tuple[SeenText, ...] = ()
    look: int | None = None
    embedded: tuple[ImageResult, ...] = ()
    where: Where | None = None
    has_doubts: bool = field(default=False, compare=False)
    stage_seconds: tuple[tuple[str, float], ...] = field(default=(), compare=False)

    @property
    def is_uncertain(self) -> bool:
        """Whether a thorough scan may tell more of what is there, or of where a card ends."""
        return self.has_doubts or any(not card.is_outline_seen for card in self.cards)

    @property
    def is_readable(self) -> bool:
        """Whether the pixels could be decoded."""
        return self.info.width is not None

    @property
    def is_examined(self) -> bool:
        """Whether nothing that may show a card was left unexamined in a readable file."""
        return not any(problem.kind in UNEXAMINED for problem in self.problems)

    @property
    def parts(self) -> tuple[ImageResult, ...]:
        """The pixels shown, then what else the file carries."""
        return (self, *self.embedded)

    @property
    def shown_findings(self) -> tuple[Finding, ...]:
        """Findings in the pixels shown: on cards, then outside any card. Only these have places that can be hidden."""
        return (*(finding for card in self.cards for finding in card.findings), *self.findings)

    @property
    def all_findings(self) -> tuple[Finding, ...]:
        """Findings in the pixels shown, then those in what else the file carries."""
        return tuple(finding for part in self.parts for finding in part.shown_findings)

    @property
    def shows_exposed(self) -> bool:
        """Whether anything in `EXPOSED_FIELDS` was found in the pixels shown."""
        return any(finding.is_exposed for finding in self.shown_findings)

    @property
    def is_exposed(self) -> bool:
        """Whether anything in `EXPOSED_FIELDS` was found anywhere in the file."""
        return any(finding.is_exposed for finding in self.all_findings)

    @property
    def persons(self) -> frozenset[str]:
        """The persons to whom the numbers in the file belong."""
        cards = {card.person for part in self.parts for card in part.cards}
        findings = {finding.person for part in self.parts for finding in part.findings}
        return frozenset(person for person in cards | findings if person is not None)

    def without_texts(self) -> ImageResult:
        """Return the result without what only the comparison of images needs."""
        return replace(self, texts=(), look=None, embedded=tuple(part.without_texts() for part in self.embedded))


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
    def unexamined(self) -> int:
        """How many pictures were read, but not all that their files hold."""
        return sum(image.is_readable and not image.is_examined for image in self.images)

    @property
    def people(self) -> int:
        """How many different persons the numbers tell apart."""
        return len(frozenset().union(*(image.persons for image in self.images)))
