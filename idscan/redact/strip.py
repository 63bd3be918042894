"""Files without their metadata and with the very same pixels: what shows the picture is copied, nothing else.

Whatever is unusual is left to the way over the pixels, which needs more time but knows what it writes.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO

from idscan.core.settings import DEFAULT_MAX_PIXELS
from idscan.redact.strip_gif import stripped_gif
from idscan.redact.strip_jpeg import stripped_jpeg
from idscan.redact.strip_png import stripped_png
from idscan.redact.strip_webp import stripped_webp
from idscan.sources.channels import embedded_profile
from idscan.sources.decode import open_picture, orientation, pillow_limits
from idscan.sources.pages import WHOLE_FILE_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

    from idscan.sources.profiles import ProfileName


def strip(source: BinaryIO, format_name: str, sink: BinaryIO) -> bool:
    """Write a copy without metadata and return True, or write nothing and return False.

    False where the pixels have to be turned or converted, where colour may be hidden under transparency, where
    something is malformed, and for formats that are not taken apart here. The caller then writes the pixels anew.

    Args:
        source: the file; hostile content raises nothing.
        format_name: as `sniff` names it.
        sink: writable.

    Raises:
        OSError: if reading or writing fails.
    """
    stripper = _STRIPPERS.get(format_name)
    if stripper is None:
        return False
    source.seek(0)
    content = source.read(WHOLE_FILE_BYTES + 1)
    if len(content) > WHOLE_FILE_BYTES:
        return False
    try:
        stripped = _stripped(content, format_name, stripper)
    except Exception:  # noqa: BLE001  hostile content breaks whatever takes it apart
        return False
    if stripped is None:
        return False
    sink.write(stripped)
    return True


def _stripped(
    content: bytes, format_name: str, stripper: Callable[[bytes, ProfileName | None], bytes | None]
) -> bytes | None:
    with pillow_limits(DEFAULT_MAX_PIXELS):
        image = open_picture(BytesIO(content), format_name, len(content))
        profile = embedded_profile(image, keeps=True)
        if profile.to_srgb is not None or orientation(image) != 1:
            return None
        # A picture without a profile is taken for sRGB everywhere.
        return stripper(content, None if profile.name == "srgb" else profile.name)


_STRIPPERS: dict[str, Callable[[bytes, ProfileName | None], bytes | None]] = {
    "GIF": stripped_gif,
    "JPEG": stripped_jpeg,
    "PNG": stripped_png,
    "WEBP": stripped_webp,
}
