"""Options of a run, one frozen value that crosses process borders."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from idscan.core.enums import Effort

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_MAX_PIXELS = 200_000_000
"""Images with more pixels are refused as decompression bombs (a 200-megapixel phone camera still passes)."""
DEFAULT_WORKING_PIXELS = 24_000_000
"""Images with more pixels are read at reduced size as a whole, and at full size in tiles.

A worker stays under 700 MB with images of up to 100 megapixels, and under 1.2 GB with the largest."""
DEFAULT_MAX_PAGES = 500
"""Pages or animation frames of one file that are scanned; the rest is reported as a problem."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EffortProfile:
    """All that depends on effort; no stage asks for the effort itself.

    Attributes:
        stops_when_identified: a code or card that gives number, name and date of birth ends the search.
        uses_prefilters: cheap checks may end a stage: stroke density, the small text detector, a sample of the lines.
        retries_unread: a likely card that stays unread is read in other ways: other outline, cleared, turned; so is
            text that makes no sense.
        reads_rotated_text: text that is rotated or mirrored is read whether or not the rest makes sense.
        uses_all_engines: all engines read all codes and lines, and contours are searched on all channels.
        max_contours: card contours that are read on one image.
        card_text_sides: pixels of the longer side at which text is detected on a rectified card; a later size adds the
            lines that the earlier ones missed. Below 512, lines of steep cards are missed; above 960, detection costs
            more than all other stages together.
        free_text_sides: pixels of the longer side at which text is detected on the whole image, likewise.
    """

    stops_when_identified: bool
    uses_prefilters: bool
    retries_unread: bool
    reads_rotated_text: bool
    uses_all_engines: bool
    max_contours: int
    card_text_sides: tuple[int, ...]
    free_text_sides: tuple[int, ...]


PROFILES: Mapping[Effort, EffortProfile] = MappingProxyType(
    {
        Effort.FAST: EffortProfile(
            stops_when_identified=True,
            uses_prefilters=True,
            retries_unread=False,
            reads_rotated_text=False,
            uses_all_engines=False,
            max_contours=4,
            card_text_sides=(512,),
            free_text_sides=(640,),
        ),
        Effort.NORMAL: EffortProfile(
            stops_when_identified=False,
            uses_prefilters=True,
            retries_unread=True,
            reads_rotated_text=False,
            uses_all_engines=False,
            max_contours=6,
            card_text_sides=(640,),
            free_text_sides=(800,),
        ),
        Effort.THOROUGH: EffortProfile(
            stops_when_identified=False,
            uses_prefilters=False,
            retries_unread=True,
            reads_rotated_text=True,
            uses_all_engines=True,
            max_contours=12,
            card_text_sides=(960, 640),
            free_text_sides=(1280, 800),
        ),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a scan may spend and which engines it must have.

    Attributes:
        effort: when to stop looking.
        required_engines: names of engines without which the run must not start.
        max_pixels: pixels (width x height) above which an image is refused.
        working_pixels: pixels above which an image is read as a whole at reduced size, and at full size in tiles.
        max_pages: pages or frames of one file that are scanned.
        keep_texts: whether results keep everything that was read and the image's perceptual hash, by which `redact`
            compares images with each other.
        is_thorough_in_doubt: whether a thorough scan may be a normal one where that leaves no doubt; ten times as
            fast on what is harmless.
    """

    effort: Effort = Effort.NORMAL
    required_engines: tuple[str, ...] = ()
    max_pixels: int = DEFAULT_MAX_PIXELS
    working_pixels: int = DEFAULT_WORKING_PIXELS
    max_pages: int = DEFAULT_MAX_PAGES
    keep_texts: bool = False
    is_thorough_in_doubt: bool = False

    @property
    def profile(self) -> EffortProfile:
        """All that depends on the effort."""
        return PROFILES[self.effort]
