"""What a file gives away beside its pixels, as whoever publishes it must know and whoever checks it will find."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from idscan.cards.mrz import find_mrz
from idscan.cards.payloads import parse_payload
from idscan.core.redaction import Leak
from idscan.run.traces import Traces
from idscan.sources.hidden import hidden_parts
from idscan.sources.trailing import Trailing
from idscan.vision.look import shows_more

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from idscan.core.results import Frame, ImageResult
    from idscan.core.settings import Settings
    from idscan.redact.watch import Watch
    from idscan.sources.hidden import HiddenParts

_TELLING: Mapping[Trailing, Leak] = {
    Trailing.ARCHIVE: Leak("archive", None, None, "an archive stands behind the picture's end"),
    Trailing.OLDER_PICTURE: Leak(
        "older_picture", None, None, "the rest of an older picture stands behind the end and can be restored"
    ),
}
"""What behind a picture's end counts as a leak."""


def beside_the_pixels(image: ImageResult, path: str, frame: Frame, watch: Watch, settings: Settings) -> list[Leak]:
    """Return what comes back of a file from anything but its pixels.

    Args:
        image: what a scan found in the file, with what it carries besides its pixels.
        path: of the file or of a copy of it; its name is not looked at.
        frame: the pixels of its first page.
        watch: values that nothing in it may say.
        settings: limits for hidden pictures.
    """
    parts = hidden_parts(path, settings)
    exposed = list(exposures_beside(image))
    kinds = {leak.kind for leak in exposed}
    rest = _leaks(path, parts, None if "embedded_picture" in kinds else frame.layers[0], watch)
    # A text of which it is known what it says need not be told of twice.
    return [*exposed, *(leak for leak in rest if leak.kind != "metadata" or "metadata" not in kinds)]


def exposures_beside(image: ImageResult) -> Iterator[Leak]:
    """Yield what a scan found in a file besides its pixels."""
    for part in image.embedded:
        is_image = part.is_readable
        what = f"a hidden picture ({part.where})" if is_image else f"text beside the pixels ({part.where})"
        for finding in part.shown_findings:
            if finding.is_exposed:
                message = f"{what} shows it" if is_image else f"{what} gives somebody away"
                yield Leak("embedded_picture" if is_image else "metadata", finding.field, None, message)


def _leaks(path: str, parts: HiddenParts, pixels: NDArray[np.uint8] | None, watch: Watch) -> Iterator[Leak]:
    if parts.trailing is not None and parts.trailing in _TELLING:
        yield _TELLING[parts.trailing]
    for picture in parts.pictures if pixels is not None else ():
        if pixels is not None and shows_more(picture.layers[0], pixels):
            what = f"a hidden picture ({picture.where})"
            yield Leak("embedded_picture", None, None, f"{what} shows more than the picture")
    telling = dict.fromkeys(text.where for text in parts.texts if _is_telling(text.text.reveal(), watch))
    for where in telling:
        yield Leak("metadata", None, None, f"text beside the pixels ({where}) gives somebody away")
    if not telling and watch.is_in_bytes(Path(path).read_bytes()):
        yield Leak("metadata", None, None, "the bytes of the file hold what another picture gives away")


def _is_telling(text: str, watch: Watch) -> bool:
    """Return whether metadata says a watched value, a citizen number, a card's payload or a machine-readable zone."""
    if watch.is_in_text(text) or Traces().find(text):
        return True
    return parse_payload(text) is not None or find_mrz(text.splitlines()) is not None
