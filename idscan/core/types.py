"""Values that flow between the rooms: readings, findings, results, redactions; frozen, without pixels."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol, Self, TypeAlias

from idscan.core.enums import (
    EXPOSED_FIELDS,
    CardKind,
    Clean,
    Effort,
    Field,
    FieldSet,
    Outcome,
    Rule,
    Side,
    Source,
    Style,
    Where,
)
from idscan.core.messages import Message
from idscan.core.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    import numpy as np
    from numpy.typing import NDArray

    from idscan.core.geometry import PixelBox, Quad

_PROCESS_KEY = secrets.token_bytes(32)


class Secret:
    """Text read from an image: masked when shown, readable only through `reveal()`.

    Two secrets are equal when their text is. The hash is keyed per process, so it cannot be turned back
    into one of the 10^6 numbers that share a visible prefix.

    >>> Secret("001099000001")
    Secret('***')
    >>> f"{Secret('001099000001')}"
    '***'
    """

    __slots__ = ("_text",)
    _text: str

    def __init__(self, text: str) -> None:
        """Wrap the text."""
        object.__setattr__(self, "_text", text)

    def reveal(self) -> str:
        """Return the text itself. Only cards, report and redact may call this."""
        return self._text

    def fingerprint(self, key: bytes) -> str:
        """Return an HMAC-SHA-256 of the text in hex, for comparison under a key that is never stored."""
        return hmac.new(key, self._text.encode("utf-8", "surrogateescape"), hashlib.sha256).hexdigest()

    def __setattr__(self, name: str, value: object) -> None:
        message = "a Secret does not change"
        raise AttributeError(message)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return self._text == other._text

    def __hash__(self) -> int:
        return int(self.fingerprint(_PROCESS_KEY)[:15], 16)

    def __bool__(self) -> bool:
        return bool(self._text)

    def __len__(self) -> int:
        return len(self._text)

    def __repr__(self) -> str:
        return "Secret('***')"

    def __str__(self) -> str:
        return "***"

    def __format__(self, spec: str) -> str:
        return format("***", spec)

    def __reduce__(self) -> tuple[type[Self], tuple[str]]:
        return (type(self), (self._text,))


class Grammar(Protocol):
    """Rules for a part of a line."""

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield the parts of a plain reading that resemble it and break its rules."""

    def following(self, prefix: str) -> str:
        """Return the letters that may come after a beginning."""

    def is_whole(self, text: str) -> bool:
        """Return whether nothing is missing."""


@dataclass(frozen=True, slots=True)
class SymbolReading:
    """One QR code or barcode, decoded or only seen.

    Attributes:
        symbology: "qr", "micro_qr", "rmqr", "pdf417", "code128", "aztec", "data_matrix" ...
        payload: the bytes as UTF-8 text (undecodable bytes as surrogates), None when seen but not decoded.
        quad: the symbol without its quiet zone, clockwise from its own top-left corner.
        engine: name of the engine.
        modules: modules along one side (QR: 4 x version + 17), None when unknown.
    """

    symbology: str
    payload: Secret | None
    quad: Quad
    engine: str
    modules: int | None = None


@dataclass(frozen=True, slots=True)
class TextBox:
    """Place of one detected line of print, which is not read yet."""

    quad: Quad
    confidence: float


@dataclass(frozen=True, slots=True)
class LineReading:
    """Reading of the image of one line.

    Attributes:
        text: its characters.
        confidence: 0 to 1, the mean over the characters.
        engine: name of the engine.
        columns: for each character the middle of it as a fraction of the line's width; () where unknown.
        confidences: 0 to 1 for each character; () where unknown.
    """

    text: Secret
    confidence: float
    engine: str
    columns: tuple[float, ...] = ()
    confidences: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """One line of print that was found and read, as a `LineReading` at a place.

    Attributes:
        quad: the line's box in pixels of the upright view, clockwise from the top-left corner as read.
    """

    text: Secret
    quad: Quad
    confidence: float
    engine: str
    columns: tuple[float, ...] = ()
    confidences: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One value read from one source, before facts from several sources are fused into a finding.

    Attributes:
        field: what it is about.
        value: normalised; None where something is seen but not read.
        by: the part of the card that shows it.
        quad: where it stands; in the pixels of whatever the stage works on.
        confidence: 0 to 1.
        is_checked: decoded from a code, or under a right check digit.
        engine: name of the engine that read it.
        px_per_module: on symbols: pixels per module.
        lines: of a value that runs over several lines, each of them.
        weakest: confidence of the value's least sure character; None where unknown.
        is_cut: of a name in a machine-readable zone: it fills its line, so that it may go on.
        record: outside cards: facts of one person in an image have the same one; None where unknown.
    """

    field: Field
    value: Secret | None
    by: Source
    quad: Quad | None
    confidence: float
    is_checked: bool = False
    engine: str = ""
    px_per_module: float | None = None
    lines: tuple[Quad, ...] = ()
    weakest: float | None = None
    is_cut: bool = False
    record: int | None = None

    def moved(self, to: Callable[[Quad], Quad]) -> Fact:
        """Return the fact in other pixels, by a conversion of quads such as `View.source_quad`."""
        return replace(self, quad=self.quad and to(self.quad), lines=tuple(map(to, self.lines)))


@dataclass(frozen=True, slots=True, order=True)
class ImageRef:
    """One image: a file, or a page or frame of one.

    Attributes:
        path: as the user gave it, joined with the way below a given folder; undecodable bytes as surrogates
            (`os.fsencode` gives the file back).
        member: name inside an archive, "" for a plain file.
        page: page or frame, counted from 0.
        pages: how many pages or frames the file has by its header.
    """

    path: str
    member: str = ""
    page: int = 0
    pages: int = 1


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that went wrong with one image, as data; never holds a value that was read.

    Attributes:
        stage: "walk", "load", "locate", "read", "run".
        kind: a stable word such as "truncated", "undecoded_symbol".
        message: one English sentence, with its key and parameters: the event and what to do next.
        quad: where in the upright source image, for what is seen at a place.
        share: of an image that could be decoded in part, how much of its height, 0 to 1.
    """

    stage: str
    kind: str
    message: Message
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
        reason: a few English words, with their key and parameters.
        is_unreadable: True where something that should have been scanned could not be opened (a folder without
            permission, a missing argument): it counts as unreadable and leads to exit code 4.
    """

    path: str
    reason: Message
    is_unreadable: bool = False


@dataclass(frozen=True, slots=True)
class FileInfo:
    """Facts of the file and its container.

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
    """Upright pixels of one image.

    Attributes:
        ref: where it came from.
        info: of the file; width and height are those of the full-size upright image.
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
    """An image that could not be decoded, and why."""

    ref: ImageRef
    info: FileInfo
    problem: Problem


@dataclass(frozen=True, slots=True)
class Place:
    """One place of a value, as a quad in pixels of the upright source image."""

    quad: Quad
    by: Source
    confidence: float


@dataclass(frozen=True, slots=True)
class SeenText:
    """Text that was read anywhere in an image, meaningful or not.

    Attributes:
        text: its characters.
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
    """One fact that the image exposes.

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
        person: outside any card: the person it belongs to, assigned per run; None without a number.
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
        """Whether this finding alone makes the image count as exposed."""
        return self.field in EXPOSED_FIELDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One card in an image and what it exposes.

    Attributes:
        kind: generation; `UNKNOWN` where the evidence does not suffice.
        side: which face.
        quad: its outline, clockwise from the top-left corner as read; a mirrored card runs counter-clockwise.
        confidence: 0 to 1, that this is a Vietnamese identity card.
        findings: what it exposes, in the order of `Field`.
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
    """All that is known of one image.

    Attributes:
        ref: which image.
        info: of the file; width is None for an image that could not be read.
        cards: located cards with their findings, best first.
        findings: findings outside any card.
        problems: what went wrong.
        texts: everything that was read, where `Settings.keep_texts` asks for it.
        perceptual_hash: likewise; equal in most bits for images that look alike. None where not asked for.
        embedded: what the file exposes besides the pixels shown: one result for each thumbnail, preview, further
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
    perceptual_hash: int | None = None
    embedded: tuple[ImageResult, ...] = ()
    where: Where | None = None
    has_doubts: bool = field(default=False, compare=False)
    stage_seconds: tuple[tuple[str, float], ...] = field(default=(), compare=False)

    @property
    def is_uncertain(self) -> bool:
        """Whether a thorough scan may find more values, or a more exact outline of a card."""
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
        return replace(
            self, texts=(), perceptual_hash=None, embedded=tuple(part.without_texts() for part in self.embedded)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanResult:
    """A whole run: images sorted by path, member, page; persons assigned."""

    images: tuple[ImageResult, ...]
    skipped: tuple[Skipped, ...]
    engines: tuple[EngineInfo, ...]
    settings: Settings
    started_at: datetime
    finished_at: datetime

    @property
    def is_exposed(self) -> bool:
        """Whether any image is."""
        return any(image.is_exposed for image in self.images)

    @property
    def unreadable(self) -> int:
        """How many images, folders and arguments could not be read."""
        return sum(not image.is_readable for image in self.images) + sum(entry.is_unreadable for entry in self.skipped)

    @property
    def unexamined(self) -> int:
        """How many images were read, but not all that their files hold."""
        return sum(image.is_readable and not image.is_examined for image in self.images)

    @property
    def people(self) -> int:
        """How many different persons the numbers distinguish."""
        return len(frozenset().union(*(image.persons for image in self.images)))


Colour: TypeAlias = tuple[int, int, int]
"""Red, green and blue, 0 to 255."""
LEAKS_BESIDE = "leaks_beside"
"""Kind of the problem of a file whose pixels may be published, but not what it carries besides."""
BESIDE = frozenset({"archive", "embedded_picture", "metadata", "older_picture"})
"""Kinds of leaks that stand beside the pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactSettings:
    """What is hidden and how.

    Attributes:
        scan: how images are read, before and after.
        style: what hidden regions look like.
        colour: of the styles that take one.
        fields: how much of a card is hidden.
        clean: what happens to images that expose nothing.
    """

    scan: Settings = field(
        default_factory=lambda: Settings(effort=Effort.THOROUGH, keep_texts=True, is_thorough_in_doubt=True)
    )
    style: Style = Style.BLUR
    colour: Colour = (0, 0, 0)
    fields: FieldSet = FieldSet.PERSON
    clean: Clean = Clean.STRIP


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where results go: a folder of their own, or the place of the originals.

    Attributes:
        folder: to publish into; None in place.
        in_place: whether results take the place of their originals.
        backup_dir: where originals are kept before they are replaced; None for no backup.
        force: whether a different file that stands where a result goes is replaced.
    """

    folder: str | None = None
    in_place: bool = False
    backup_dir: str | None = None
    force: bool = False


@dataclass(frozen=True, slots=True)
class Region:
    """One place that is hidden.

    Attributes:
        field: what stood there; None where that is not known or more than one thing.
        quad: in pixels of the upright source image, margins included; clockwise.
        rule: why it is hidden.
        within: the outline of the card on which a field is hidden by its layout, or as a whole: what the card lies on
            is left alone. None where ink was seen: then everything goes that the file's coding mixes with it.
    """

    field: Field | None
    quad: Quad
    rule: Rule
    within: Quad | None = None


@dataclass(frozen=True, slots=True)
class Verification:
    """How the result was read again before it was published.

    Attributes:
        passed: whether nothing came back.
        rounds: how often it was painted and read; more than one where it leaked at first.
        engines: names of the engines that read it.
    """

    passed: bool
    rounds: int
    engines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Redaction:
    """What became of one file.

    Attributes:
        path: of the source, as in its `ImageRef`s.
        outcome: in a word.
        output: path of the published file; None where nothing was published.
        sha256: of the published file, in hex.
        style: how regions look; None where nothing was painted.
        regions: for each page or frame, in order, what was hidden; () where nothing was painted.
        verification: None where nothing was painted.
        notes: stable words for what changed besides: "reencoded", "converted_to_srgb", "reduced_to_8_bits",
            "extra_pictures_dropped", "renamed".
        problems: why nothing was published.
    """

    path: str
    outcome: Outcome
    output: str | None = None
    sha256: str | None = None
    style: Style | None = None
    regions: tuple[tuple[Region, ...], ...] = ()
    verification: Verification | None = None
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def is_published(self) -> bool:
        """Whether there is a result."""
        return self.output is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactResult:
    """A whole run of `redact`.

    Attributes:
        scan: what the sources expose.
        redactions: one per file that was taken for an image, sorted by path.
        settings: what was asked for.
        telling_folders: paths of folders whose names identify somebody and that stay in place, since other files lie
            in them or since they were named to be redacted.
    """

    scan: ScanResult
    redactions: tuple[Redaction, ...]
    settings: RedactSettings
    telling_folders: tuple[str, ...] = ()

    @property
    def leaks(self) -> int:
        """How many files still exposed something and were not published."""
        return sum(redaction.outcome is Outcome.LEAKS for redaction in self.redactions)

    @property
    def failed(self) -> int:
        """How many files could not be read or written."""
        return sum(redaction.outcome is Outcome.FAILED for redaction in self.redactions)


_NO_SENTENCE = Message()


@dataclass(frozen=True, slots=True)
class Leak:
    """Something that came back from an image.

    Attributes:
        kind: a key of `report.messages.LEAK_WORDS`, which describes each.
        field: what it exposes, as far as that is known.
        quad: where, in pixels of the upright image; None for what is not among its pixels.
        message: one English sentence without any value, with its key and parameters; empty within a redaction.
    """

    kind: str
    field: Field | None
    quad: Quad | None
    message: Message = _NO_SENTENCE


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyResult:
    """A whole run of `verify`.

    Attributes:
        scan: what the images expose when read thoroughly.
        leaks: for each image of which something came back, what did; sorted by image.
    """

    scan: ScanResult
    leaks: tuple[tuple[ImageRef, tuple[Leak, ...]], ...]
