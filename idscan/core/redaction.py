"""What was hidden where, and how that was verified: frozen, without pixels and without values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from idscan.core.settings import Settings
from idscan.core.vocabulary import Clean, Effort, Field, FieldSet, Outcome, Rule, Style

if TYPE_CHECKING:
    from idscan.core.geometry import Quad
    from idscan.core.results import ImageRef, Problem, ScanResult

Colour: TypeAlias = tuple[int, int, int]
"""Red, green and blue, 0 to 255."""

LEAKS_BESIDE = "leaks_beside"
"""Kind of the problem of a file whose pixels may be published, but not what it carries besides."""

BESIDE = frozenset({"archive", "embedded_picture", "metadata", "older_picture"})
"""Kinds of leaks that stand beside the pixels."""


def _thorough() -> Settings:
    return Settings(effort=Effort.THOROUGH, keep_texts=True, is_thorough_in_doubt=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactSettings:
    """What is hidden and how.

    Attributes:
        scan: how pictures are read, before and after.
        style: what hidden regions look like.
        colour: of `Style.SOLID`.
        fields: how much of a card is hidden.
        clean: what happens to pictures that expose nothing.
    """

    scan: Settings = field(default_factory=_thorough)
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
        quad: in pixels of the upright source picture, margins included; clockwise.
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
        scan: what the sources give away.
        redactions: one per file that was taken for a picture, sorted by path.
        settings: what was asked for.
        telling_folders: paths of folders whose names give somebody away and that stay in place, since other files lie
            in them or since they were named to be redacted.
    """

    scan: ScanResult
    redactions: tuple[Redaction, ...]
    settings: RedactSettings
    telling_folders: tuple[str, ...] = ()

    @property
    def leaks(self) -> int:
        """How many files still gave something away and were not published."""
        return sum(redaction.outcome is Outcome.LEAKS for redaction in self.redactions)

    @property
    def failed(self) -> int:
        """How many files could not be read or written."""
        return sum(redaction.outcome is Outcome.FAILED for redaction in self.redactions)


@dataclass(frozen=True, slots=True)
class Leak:
    """Something that came back from a picture.

    Attributes:
        kind: "readable" (a finding), "unread" (print or a code that is visible where a card has a field, and that was
            not read), "partly_covered" (half a number or more that can be read), "faint" (print or a code that a cover
            shows once its contrast is stretched), "watched_text" (text that says what another picture of the run gives
            away), "covered_code" (a partly covered code that still decodes), "deblurred_code" (a blurred or pixelated
            code that was restored), "embedded_picture" (a thumbnail or preview that shows more than the picture),
            "archive" (one behind the picture's end), "older_picture" (the rest of one behind the end of the picture
            that was written over it), "metadata" (a value in a comment, a tag, behind the picture's end or in the
            file's name).
        field: what it gives away, as far as that is known.
        quad: where, in pixels of the upright picture; None for what is not among its pixels.
        message: one English sentence without any value.
    """

    kind: str
    field: Field | None
    quad: Quad | None
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyResult:
    """A whole run of `verify`.

    Attributes:
        scan: what the pictures give away when read thoroughly.
        leaks: for each picture of which something came back, what did; sorted by picture.
    """

    scan: ScanResult
    leaks: tuple[tuple[ImageRef, tuple[Leak, ...]], ...]
