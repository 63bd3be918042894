"""What an engine saw, in pixels of the image that it was given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from idscan.core.geometry import Quad
    from idscan.core.secret import Secret
    from idscan.core.vocabulary import Field, Source


@dataclass(frozen=True, slots=True)
class SymbolReading:
    """One QR code or barcode, decoded or only seen.

    Attributes:
        symbology: "qr", "micro_qr", "rmqr", "pdf417", "code128", "aztec", "data_matrix" ...
        payload: the bytes as UTF-8 text (undecodable bytes as surrogates), None when seen but not decoded.
        quad: the symbol without its quiet zone, clockwise from its own top-left corner.
        engine: name of the engine.
        modules: modules along one side (QR: 4 x version + 17), None when unknown.
        error_correction: "L", "M", "Q" or "H", None when unknown.
    """

    symbology: str
    payload: Secret | None
    quad: Quad
    engine: str
    modules: int | None = None
    error_correction: str | None = None


@dataclass(frozen=True, slots=True)
class TextBox:
    """Where a detector sees one line of print, without reading it."""

    quad: Quad
    confidence: float


@dataclass(frozen=True, slots=True)
class LineReading:
    """What a reader makes of the picture of one line.

    Attributes:
        text: what it says.
        confidence: 0 to 1, the mean over the characters.
        engine: name of the engine.
        columns: for each character the middle of it as a fraction of the line's width; () where unknown.
        confidences: 0 to 1 for each character; () where the engine does not tell.
    """

    text: Secret
    confidence: float
    engine: str
    columns: tuple[float, ...] = ()
    confidences: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """One line of print that was found and read.

    Attributes:
        text: what it says.
        quad: the line's box in pixels of the upright view, clockwise from the top-left corner as read.
        confidence: 0 to 1.
        engine: name of the engine that read it.
        columns: for each character the middle of it as a fraction of the line's width; () where unknown.
        confidences: 0 to 1 for each character; () where the engine does not tell.
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
        by: which part of the card says so.
        quad: where it stands; in the pixels of whatever the stage works on.
        confidence: 0 to 1.
        is_checked: decoded from a code, or under a right check digit.
        engine: name of the engine that read it.
        px_per_module: on symbols: pixels per module.
        lines: of a value that runs over several lines, each of them.
        weakest: how sure the engine was of the value's least sure character; None where it does not tell.
        is_cut: of a name in a machine-readable zone: it fills its line, so that it may go on.
        record: outside cards: facts of one person in an image have the same one; None where nothing tells.
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
