"""Detect and decode codes: QR on the whole image, enlarged and sharpened regions, wide codes, module grids.

Other symbologies cost up to ten times as much and see ghosts, so they are read only at places that look like a code and
hold no QR code, and count only with the payload of a card.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from idscan.cards.code_facts import read_symbol
from idscan.cards.qr_payloads import parse_payload
from idscan.core import geometry
from idscan.core.geometry import quad_from_box, quad_from_points
from idscan.core.types import Secret, SymbolReading
from idscan.engines import qr_decoder
from idscan.pipeline.context import symbol_readers
from idscan.vision import perspective, preprocess, qr_deconvolution
from idscan.vision.qr_detection import CodeOutline, find_code_outlines, find_code_regions, rectified_code
from idscan.vision.qr_grid import UNKNOWN, fit_outline, fixed_modules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from idscan.core.geometry import Quad
    from idscan.engines.registry import SymbolReader
    from idscan.vision.qr_deconvolution import Estimate
    from idscan.vision.qr_grid import QrGrid

_SAME_SYMBOL_IOU = 0.3
"""Intersection over union. Lower: neighbouring codes are merged; higher: one code is returned twice."""
_MARGIN = 0.25  # of the symbol's side, quiet zone included
_MIN_CROP_SIDE = 40
"""Pixels. Lower: time is spent on parts with under two pixels to a module; higher: small codes are skipped."""
_MOST_PLACES = 3
"""Square places tried per image. Lower: codes among other patterns are missed; higher: costs more time."""
_MOST_STRIPS = 2
"""The same for the places of wide codes."""
_OTHER_SQUARES = ("aztec", "data_matrix")
_CLOSE_SIDE = 480  # pixels of a place that is read for them: 4 and more to a module of a card's payload
_CLOSE_ENLARGED = 2.0  # at most: two pixels to a module are too few for the reader, and more than four no better
_USUAL_TRIES = 24
"""Guesses at the modules per image. Lower: blurred codes are not decoded; higher: costs more time."""
_MOST_TRIES = 120
"""The same in a thorough scan."""
_SMALL_KINDS = frozenset({"micro_qr", "rmqr"})


def read_frame(grey: NDArray[np.uint8], *, every_reader: bool = False) -> tuple[SymbolReading, ...]:
    """Return QR codes anywhere in a frame, decoded or only seen, and decoded codes of other kinds that are a card's.

    Args:
        grey: uint8 array of shape (height, width).
        every_reader: run all readers, not only the first, and try longer: the second costs ten times as much.
    """
    found: list[SymbolReading] = []
    for reader in symbol_readers():
        found = _merged(found, reader.read_symbols(grey, ("qr",)))
        if not every_reader:
            break
    tries = Tries(_MOST_TRIES if every_reader else _USUAL_TRIES)
    places = find_code_regions(grey, _MOST_PLACES, _MOST_STRIPS)
    for place in places.squares:
        if not _is_read(place, found):
            found = _merged(found, _read_square(grey, place, tries) or _of_other_kinds(grey, place))
    for reader in symbol_readers()[:1]:
        for strip in places.strips:
            symbol = None if _is_read(strip, found) else read_wide_code(grey, strip, reader)
            if symbol is not None and read_symbol(symbol) is not None:
                found = _merged(found, (symbol,))
    for symbol in [symbol for symbol in found if symbol.payload is None]:
        if not _is_read(symbol.quad, found):
            found = _merged(found, _retried(grey, symbol, tries))
    on_grids = [symbol for symbol in found if symbol.engine == ENGINE]
    return tuple(
        symbol
        for symbol in found
        if symbol.payload is not None
        # A Micro QR code has a single finder pattern, and anything dark in a frame looks like one.
        or not (
            symbol.symbology in _SMALL_KINDS
            or _is_read(symbol.quad, found)
            or (symbol not in on_grids and _is_taken(symbol.quad, on_grids))
        )
    )


def _is_read(place: Quad, found: list[SymbolReading]) -> bool:
    """Return whether a symbol that was decoded takes a place more or less."""
    return _is_taken(place, [symbol for symbol in found if symbol.payload is not None])


def _is_taken(place: Quad, symbols: list[SymbolReading]) -> bool:
    return any(geometry.is_same_place(place, symbol.quad) for symbol in symbols)


def read_region(grey: NDArray[np.uint8], region: Quad) -> SymbolReading | None:
    """Apply all treatments to the part of an image where a symbol should be.

    Args:
        grey: uint8 array of shape (height, width).
        region: where the symbol lies, with its quiet zone and some room, in pixels of the image.

    Returns:
        The decoded symbol in pixels of the image; a seen but undecoded one if there is no better; or None.
    """
    part = _Part.around(grey, region)
    return _climbed(part, [], Tries(_USUAL_TRIES)) if part is not None else None


def _climbed(part: _Part, seen: list[CodeOutline], tries: Tries) -> SymbolReading | None:
    """Return what treatments or guesses at the modules give where there should be a symbol."""
    symbol = _treated(part)
    if symbol is not None and symbol.payload is not None:
        return symbol
    found = [outline for outline in find_code_outlines(part.pixels) if outline.score > EXPECTED_WORTH_FITTING]
    return part.placed(read_module_grids(part.pixels, [*seen, *found], tries)) or symbol


@dataclass(frozen=True, eq=False, slots=True)
class _Part:
    """An upright part of an image and where it was cut."""

    pixels: NDArray[np.uint8]
    left: int
    top: int

    @classmethod
    def around(cls, grey: NDArray[np.uint8], region: Quad) -> _Part | None:
        """Return the part within the bounds of a region, None where that is too small for a symbol."""
        left, top, right, bottom = geometry.bounds(region)
        height, width = grey.shape
        x0, y0 = max(int(left), 0), max(int(top), 0)
        pixels = grey[y0 : min(int(bottom) + 1, height), x0 : min(int(right) + 1, width)]
        if min(pixels.shape, default=0) < _MIN_CROP_SIDE:
            return None
        return cls(np.ascontiguousarray(pixels), x0, y0)

    def placed(self, symbol: SymbolReading | None, factor: float = 1.0) -> SymbolReading | None:
        """Return a symbol that was read on this part, enlarged by a factor, in the whole image."""
        if symbol is None:
            return None
        return replace(symbol, quad=geometry.shifted(geometry.scaled(symbol.quad, 1 / factor), self.left, self.top))


def _treated(part: _Part) -> SymbolReading | None:
    """Return what readers decode from a part under any treatment; otherwise the first that they see."""
    seen: SymbolReading | None = None
    for image, factor in preprocess.symbol_variants(part.pixels):
        for reader in symbol_readers():
            # Small kinds of codes have few check bytes: remains of a damaged QR code may be decoded as one.
            for symbol in (found for found in reader.read_symbols(image, ("qr",)) if found.symbology == "qr"):
                if symbol.payload is not None:
                    return part.placed(symbol, factor)
                seen = seen or part.placed(symbol, factor)
    return seen


def _read_square(grey: NDArray[np.uint8], place: Quad, tries: Tries) -> tuple[SymbolReading, ...]:
    """Return the symbol at a place that looks like one, if finder patterns show that it is."""
    part = _Part.around(grey, enlarged_box(place, _MARGIN))
    if part is None:
        return ()
    left, top, right, bottom = geometry.bounds(place)
    outlines = find_code_outlines(part.pixels, max(right - left, bottom - top))
    outlines = tuple(outline for outline in outlines if outline.score > WORTH_FITTING)
    if not outlines:
        return ()
    symbol = _treated(part)
    if symbol is None or symbol.payload is None:
        symbol = part.placed(read_module_grids(part.pixels, outlines, tries)) or symbol
    return () if symbol is None else (symbol,)


def _of_other_kinds(grey: NDArray[np.uint8], place: Quad) -> tuple[SymbolReading, ...]:
    """Return an Aztec or Data Matrix symbol with the payload of a card at a place that looks like a square code."""
    part = _Part.around(grey, enlarged_box(place, _MARGIN))
    if part is None:
        return ()
    factor = min(_CLOSE_ENLARGED, _CLOSE_SIDE / max(part.pixels.shape))
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    image = cv2.resize(part.pixels, None, fx=factor, fy=factor, interpolation=how).astype(np.uint8)
    for reader in symbol_readers()[:1]:
        for symbol in reader.read_symbols(image, _OTHER_SQUARES):
            if read_symbol(symbol) is not None and (placed := part.placed(symbol, factor)) is not None:
                return (placed,)
    return ()


def read_barcodes(grey: NDArray[np.uint8]) -> tuple[SymbolReading, ...]:
    """Return PDF417 and Code 128 symbols; only worth its cost where a card is already known to be."""
    readers = symbol_readers()
    return tuple(
        symbol
        for symbol in (readers[0].read_symbols(grey, ("pdf417", "code128")) if readers else ())
        if symbol.payload is not None
    )


def _retried(grey: NDArray[np.uint8], symbol: SymbolReading, tries: Tries) -> tuple[SymbolReading, ...]:
    """Decode a symbol that was detected, by further treatments."""
    part = _Part.around(grey, enlarged_box(symbol.quad, _MARGIN))
    if part is None:
        return ()
    if symbol.engine == ENGINE:  # its modules were read already
        better = _treated(part)
    else:
        own = geometry.shifted(symbol.quad, -part.left, -part.top)
        better = _climbed(part, [CodeOutline(own, symbol.modules, None, 1.0)] if symbol.modules else [], tries)
    return () if better is None or better.payload is None else (better,)


def enlarged_box(quad: Quad, share: float) -> Quad:
    """Return the upright box around a quad, enlarged on each side by a share of its own size."""
    left, top, right, bottom = geometry.bounds(quad)
    dx, dy = (right - left) * share, (bottom - top) * share
    return quad_from_box(left - dx, top - dy, right + dx, bottom + dy)


def _merged(known: list[SymbolReading], more: tuple[SymbolReading, ...]) -> list[SymbolReading]:
    merged = list(known)
    for symbol in more:
        same = next((i for i, old in enumerate(merged) if geometry.iou(old.quad, symbol.quad) > _SAME_SYMBOL_IOU), None)
        if same is None:
            merged.append(symbol)
        elif merged[same].payload is None and (symbol.payload is not None or symbol.engine == ENGINE):
            merged[same] = symbol
    return merged


_RMQR_SIZES = (
    *((7, width) for width in (43, 59, 77, 99, 139)),
    *((9, width) for width in (43, 59, 77, 99, 139)),
    *((high, width) for high in (11, 13) for width in (27, 43, 59, 77, 99, 139)),
    *((high, width) for high in (15, 17) for width in (43, 59, 77, 99, 139)),
)
"""Rows and columns of modules (ISO/IEC 23941)."""
_SIZES_TRIED = 3
"""rMQR sizes tried per strip, by aspect ratio. Lower: the right one may be left out; higher: costs more time."""
_ROOM = (0.08, 0.12)
"""Shares of a strip's length and height that are added on each side."""
_READ_WIDTHS = (700, 1400)
"""Pixels along a strip that are shown to a reader: three to a module or more, and not more than it takes."""
_RIM = 12
"""Light pixels around a strip: what lies beside it may stand closer than the quiet zone requires."""
_QUIET = 0.04
"""Share of dark pixels up to which a row or column is outside of a symbol; within rMQR each has dark modules."""
_LEAST_SIDE = 10
"""Pixels across an rMQR symbol, more than one to a module."""
_DRAWN = 4
"""Pixels to the module of an rMQR symbol that is drawn anew."""


def read_wide_code(grey: NDArray[np.uint8], strip: Quad, reader: SymbolReader) -> SymbolReading | None:
    """Return the wide symbol at a place, in pixels of the image; None where none is decoded.

    Args:
        grey: uint8 array of shape (height, width).
        strip: its place, as `idscan.vision.qr_detection.find_code_regions` gives it.
        reader: supports PDF417, Data Matrix and rMQR.
    """
    wide = _grown(strip)
    across = geometry.width(wide)
    factor = float(np.clip(1.0, _READ_WIDTHS[0] / across, _READ_WIDTHS[1] / across))
    straight = rectified_code(grey, wide, factor)
    framed = cv2.copyMakeBorder(straight, *(_RIM,) * 4, cv2.BORDER_CONSTANT, value=255).astype(np.uint8)
    for symbol in reader.read_symbols(framed, ("pdf417", "data_matrix")):
        if symbol.payload is not None:
            return replace(symbol, quad=strip)
    for image in _redrawn(straight):
        for symbol in reader.read_symbols(image, ("qr",)):
            if symbol.payload is not None:
                return replace(symbol, quad=strip)
    return None


def _grown(strip: Quad) -> Quad:
    """Return a strip with some room: a wide bar at an end shows steps along its rim only."""
    to_strip = perspective.homography(quad_from_box(0, 0, 1, 1), strip)
    return geometry.transform(to_strip, quad_from_box(-_ROOM[0], -_ROOM[1], 1 + _ROOM[0], 1 + _ROOM[1]))


def _redrawn(straight: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    """Yield an upright strip as a clean rMQR symbol of each size that fits its proportions.

    The reader extrapolates long symbols from the pattern at one end, and misses most of them under any distortion.
    """
    _, binary = cv2.threshold(straight, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    dark = binary > 0
    width = dark.shape[1]
    top, bottom = _run(dark[:, width // 4 : width - width // 4].mean(axis=1))
    left, right = _run(dark[top : max(bottom, top + 1)].mean(axis=0))
    if bottom - top < _LEAST_SIDE or right - left < _LEAST_SIDE:
        return
    top, bottom = _run(dark[:, left:right].mean(axis=1))
    rows, columns = np.nonzero(dark[top:bottom, left:right])
    if not rows.size:
        return
    # Cells of several pixels place a strip to a degree or so, which is some modules at the end of a long one.
    (x, y), size, degrees = cv2.minAreaRect(np.stack([columns, rows], axis=1).astype(np.float32))
    box = ((x + left + 0.5, y + top + 0.5), (size[0] + 1, size[1] + 1), degrees)
    corners = sorted(cv2.boxPoints(box).tolist())
    at_left, at_right = (sorted(pair, key=lambda corner: corner[1]) for pair in (corners[:2], corners[2:]))
    inner = rectified_code(straight, quad_from_points((at_left[0], at_right[0], at_right[1], at_left[1])), 1.0)
    if min(inner.shape) < _LEAST_SIDE:
        return
    aspect = inner.shape[1] / inner.shape[0]
    for high, wide in sorted(_RMQR_SIZES, key=lambda size: abs(np.log(size[1] / size[0] / aspect)))[:_SIZES_TRIED]:
        modules = cv2.resize(inner, (wide, high), interpolation=cv2.INTER_AREA)
        _, clean = cv2.threshold(modules, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
        large = np.kron(clean.astype(np.uint8), np.ones((_DRAWN, _DRAWN), np.uint8))
        yield np.pad(large, 2 * _DRAWN, constant_values=255)


def _run(shares: NDArray[np.floating]) -> tuple[int, int]:
    """Return where the run of dark rows or columns around the middle begins and ends: the symbol in its quiet zone."""
    light = np.flatnonzero(shares <= _QUIET)
    middle = len(shares) // 2
    before, after = light[light < middle], light[light >= middle]
    return int(before[-1]) + 1 if before.size else 0, int(after[0]) if after.size else len(shares)


ENGINE = "soft-qr"
LIKE_A_CODE = 0.9  # codes under any blur score 0.93 to 0.98 on made-up cards, all else up to 0.88
_LIKE_A_COVERED_CODE = 0.92  # the fewer patterns count, the easier something else fits them
WORTH_FITTING = 0.8  # of 282 images without a code none has more at first sight; codes covered by 15 % have 0.82
EXPECTED_WORTH_FITTING = 0.6  # where a code is expected for another reason
_TRIES_OF_A_FIT = 4  # a fit takes as long as some solutions
_WORTH_SOLVING = 0.8  # codes with one finder pattern covered score 0.83 to 0.9
_SIGMAS = (0.35, 0.5, 0.2, 0.7)  # modules
_NEAR_SIGMAS = (-0.08, 0.0, 0.08)
"""Steps in modules around the best blur. Smaller: too close to differ; larger: they pass over the right blur."""
_STIFFNESS = 3e-3
"""Weight of the regularisation. Lower: noise is amplified; higher: modules of blurred codes are smoothed away."""
_ROUNDS = 40
"""Iterations of the solver. Lower: modules are undecided; higher: costs more time."""
_ALIGNMENTS = 2
"""Rounds in which the grid is aligned anew. Lower: inexact grids stay unread; higher: costs more time."""
_HOPELESS = 0.2  # of the contrast: the grid does not lie where the code is, or there is none
_SURE_OF_A_CARD = 24.0  # bits: some hundred tries leave 1 in 100,000 of a false payload
_MARKS = " |,./-+()&'’:;\""
_SURE_OF_ANYTHING = 40.0  # bits of evidence with which a payload counts that is no card's


@dataclass(slots=True)
class Tries:
    """How many more guesses at modules may be made for one image; the same number gives the same result."""

    left: int


def read_module_grids(part: NDArray[np.uint8], outlines: Iterable[CodeOutline], tries: Tries) -> SymbolReading | None:
    """Return the code in a small part of an image, read module by module.

    Args:
        part: uint8 array of shape (height, width), a code with some ground around it.
        outlines: where it may lie, those that are worth a fit, as `qr_detection.find_outlines` returns them.
        tries: is counted down.

    Returns:
        The decoded code in pixels of the part; one that is seen and cannot be decoded; or None.
    """
    best: QrGrid | None = None
    for outline in outlines:
        if tries.left <= 0:
            break
        tries.left -= _TRIES_OF_A_FIT
        lattice = fit_outline(part, outline.quad, outline.modules, outline.hidden)
        if lattice.score < _WORTH_SOLVING:
            continue
        symbol = read_lattice(part, lattice, tries)
        if symbol is not None:
            return symbol
        is_code = lattice.score > (LIKE_A_CODE if outline.hidden is None else _LIKE_A_COVERED_CODE)
        if is_code and (best is None or lattice.score > best.score):
            best = lattice
    return SymbolReading("qr", None, best.quad, ENGINE, best.modules) if best is not None else None


def read_lattice(grey: NDArray[np.uint8], lattice: QrGrid, tries: Tries) -> SymbolReading | None:
    """Return the code on a grid if its modules can be determined, under any blur that a lens or a resizing leaves.

    Args:
        grey: uint8 array of shape (height, width).
        lattice: where the modules lie.
        tries: is counted down.
    """
    sigmas: Sequence[float] = _SIGMAS
    for _ in range(_ALIGNMENTS + 1):
        samples = qr_deconvolution.rectified_samples(grey, lattice)
        fits: list[tuple[float, float, qr_deconvolution.Observation, qr_deconvolution.Estimate]] = []
        for sigma in sigmas:
            if tries.left <= 0:
                return None
            tries.left -= 1
            observed = qr_deconvolution.observe_blur(samples, lattice, sigma)
            estimate = qr_deconvolution.solve(observed, _STIFFNESS, _ROUNDS)
            symbol = decoded(estimate, lattice)
            if symbol is not None:
                return symbol
            fits.append((estimate.misfit, sigma, observed, estimate))
        misfit, sigma, observed, estimate = min(fits, key=lambda fit: fit[0])
        if misfit > _HOPELESS:
            return None
        lattice = qr_deconvolution.align_grid(samples, lattice, observed, estimate)
        sigmas = [max(sigma + step, _SIGMAS[2]) for step in _NEAR_SIGMAS]
    return None


def decoded(estimate: Estimate, lattice: QrGrid) -> SymbolReading | None:
    """Decode estimated modules; None where that gives no payload, or one corrected by chance.

    Args:
        estimate: of the modules.
        lattice: where they lie.
    """
    certainty = qr_deconvolution.certainty(estimate)
    decoding = qr_decoder.decode(certainty, fixed_modules(lattice.modules) != UNKNOWN)
    if decoding is None:
        return None
    text = decoding.payload.decode("utf-8", "surrogateescape")
    if not _is_believed(text, decoding.evidence):
        return None
    return SymbolReading("qr", Secret(text), lattice.quad, ENGINE, lattice.modules)


def _is_believed(text: str, evidence: float) -> bool:
    """Return whether a payload is the printed one: bytes corrected by chance do not look like a card.

    Args:
        text: the payload; bytes that are not UTF-8 as surrogates.
        evidence: bits by which the correction of the weakest block is surer than chance.
    """
    if evidence >= _SURE_OF_ANYTHING:
        return True
    payload = parse_payload(text)
    if payload is None:
        return False
    # A third of all bytes are letters, digits or marks that stand in addresses, so a dozen wrong ones show.
    is_legible = all(letter.isalnum() or letter in _MARKS for letter in unicodedata.normalize("NFC", text))
    return evidence >= _SURE_OF_A_CARD or (payload.is_strict and is_legible)
