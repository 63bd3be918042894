"""What comes back of one picture: by plain reading, by restoring codes, and from what the file carries besides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idscan.cards.layouts import qr_box
from idscan.core import geometry
from idscan.core.geometry import quad_from_box
from idscan.core.redaction import Leak
from idscan.core.results import Frame
from idscan.core.vocabulary import Field
from idscan.redact.beside import beside_the_pixels
from idscan.redact.read_back import exposures, restored_codes
from idscan.run.traces import Traces
from idscan.sources.load import load
from idscan.vision.warp import homography

if TYPE_CHECKING:
    from collections.abc import Iterator

    from idscan.core.geometry import Quad
    from idscan.core.results import ImageResult
    from idscan.core.settings import Settings
    from idscan.redact.watch import Watch

_GUESSES = 600
_UNIT = quad_from_box(0, 0, 1, 1)


def attacked(image: ImageResult, watch: Watch, settings: Settings) -> tuple[Leak, ...]:
    """Return everything that comes back of a picture.

    Args:
        image: what a thorough scan found, with `texts`.
        watch: numbers and names of all pictures of the run.
        settings: as for the scan.
    """
    leaks = [*exposures(image), *_watched(image, watch)]
    frame = load(image.ref, settings)
    if isinstance(frame, Frame):
        leaks += restored_codes(frame, _decoded(image), list(_suspects(image)), _GUESSES)
        if image.ref.page == 0:
            leaks += beside_the_pixels(image, image.ref.path, frame, watch, settings)
            leaks += _in_name(image.ref.path)
    return tuple(dict.fromkeys(leaks))


def _watched(image: ImageResult, watch: Watch) -> Iterator[Leak]:
    known = [finding.quad for finding in image.shown_findings if finding.quad is not None]
    for seen in watch.seen_in(image.texts):
        if not any(geometry.overlap(quad, seen.quad) > 0 for quad in known):
            yield Leak("watched_text", None, seen.quad, "text that says what another picture gives away can be read")


def _decoded(image: ImageResult) -> list[Quad]:
    return [
        finding.quad
        for finding in image.shown_findings
        if finding.field is Field.QR and finding.value is not None and finding.quad is not None
    ]


def _in_name(path: str) -> Iterator[Leak]:
    if Traces().find(path.rpartition("/")[2]):
        yield Leak("metadata", Field.NUMBER, None, "the name of the file holds a number")


def _suspects(image: ImageResult) -> Iterator[Quad]:
    """Yield where a code was seen, and where recognised cards must have one."""
    for problem in image.problems:
        if problem.quad is not None:
            yield problem.quad
    for card in image.cards:
        box = qr_box(card.kind, card.side)
        has_code = any(finding.field is Field.QR and finding.value is not None for finding in card.findings)
        if box is not None and not has_code:
            yield geometry.transform(homography(_UNIT, card.quad), quad_from_box(*box))
