"""Colours on the command line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from idscan.report.i18n import _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from idscan.core.redaction import Colour

NAMED_COLOURS: Mapping[str, Colour] = {
    "black": (0, 0, 0),
    "white": (255, 255, 255),
    "gray": (128, 128, 128),
    "grey": (128, 128, 128),
}
"""As in CSS."""

_HEX = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)


def parse_colour(context: click.Context, parameter: click.Parameter, text: str | None) -> Colour | None:
    """Return the red, green and blue of an option's value, for click to call.

    Raises:
        click.BadParameter: if it is no colour.
    """
    if text is None:
        return None
    if text.lower() in NAMED_COLOURS:
        return NAMED_COLOURS[text.lower()]
    if not _HEX.fullmatch(text):
        raise click.BadParameter(_("write a color as #rrggbb, or black, white or grey"), context, parameter)
    red, green, blue = bytes.fromhex(text[1:])
    return red, green, blue
