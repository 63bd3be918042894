"""Options of a run, one frozen value that crosses process borders."""

from __future__ import annotations

from dataclasses import dataclass

from idscan.core.enums import Effort

DEFAULT_MAX_PIXELS = 200_000_000
"""Images with more pixels are refused as decompression bombs (a 200-megapixel phone camera still passes)."""

DEFAULT_WORKING_PIXELS = 24_000_000
"""Images with more pixels are read at reduced size as a whole, and at full size in tiles.

A worker stays under 700 MB with images of up to 100 megapixels, and under 1.2 GB with the largest."""

DEFAULT_MAX_PAGES = 500
"""Pages or animation frames of one file that are scanned; the rest is reported as a problem."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a scan may spend and which engines it must have.

    Attributes:
        effort: when to stop looking.
        required_engines: names of engines without which the run must not start.
        max_pixels: pixels (width x height) above which a picture is refused.
        working_pixels: pixels above which an image is read as a whole at reduced size, and at full size in tiles.
        max_pages: pages or frames of one file that are scanned.
        keep_texts: whether results keep everything that was read and the picture's look, as `redact` needs to compare
            pictures with each other.
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
