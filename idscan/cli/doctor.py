"""`idscan doctor`: show the installed engines and formats, the effect of missing ones, and how to install them."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

import click

from idscan import __version__
from idscan.core.errors import ExitCode
from idscan.report.messages import _, engine_use

if TYPE_CHECKING:
    from idscan.engines.registry import EngineState

_FEATURES = (
    ("jpg", "JPEG"),
    ("zlib", "PNG"),
    ("webp", "WebP"),
    ("libtiff", "TIFF"),
    ("avif", "AVIF"),
    ("jpg_2000", "JPEG 2000"),
)
"""Pillow's optional parts and the formats that need them."""
_ALWAYS = ("BMP", "GIF", "HEIC")


@click.command(
    name="doctor",
    help=_("Show engines, versions, languages and formats, the effect of missing ones, and how to install them."),
)
def command() -> int:
    """Examine this installation."""
    from idscan.cli.streams import report_stdout
    from idscan.engines.registry import engine_states

    states = engine_states()
    with report_stdout() as stream:
        stream.writelines(line + "\n" for line in _lines(states))
    is_fit = all(state.is_available for state in states if state.engine.is_embedded)
    return ExitCode.CLEAN if is_fit else ExitCode.ENGINE_MISSING


def _lines(states: tuple[EngineState, ...]) -> list[str]:
    readable, missing_formats = _pillow_formats()
    lines = [
        f"idscan {__version__}, Python {platform.python_version()}, {platform.system()} {platform.machine()}",
        "",
        _("Engines"),
        *(line for state in states for line in _engine(state)),
        "",
        _("Picture formats"),
        "  " + ", ".join(readable),
    ]
    if missing_formats:
        lines.append("  " + _("not in this build of Pillow: {formats}").format(formats=", ".join(missing_formats)))
    ailments = [line for state in states for line in _ailment(state)]
    if not ailments and not missing_formats:
        ailments = [_("Nothing is missing.")]
    return [*lines, *(["", *ailments] if ailments else [])]


def _engine(state: EngineState) -> list[str]:
    name, provides = state.engine.name, engine_use(state.engine.absence)
    if not state.is_available:
        return [f"  {name:<10} " + _("missing: {provides}").format(provides=provides)]
    lines = [f"  {name:<10} {state.version:<8} {provides}"]
    if state.details:
        lines.append(" " * 13 + _("languages: {languages}").format(languages=", ".join(state.details)))
    return lines


def _ailment(state: EngineState) -> list[str]:
    if state.is_available:
        return []
    sentence = _("Without {engine} these will be missed: {provides}. To install it:")
    engine = state.engine
    return [sentence.format(engine=engine.name, provides=engine_use(engine.absence)), f"  {engine.remedy}"]


def _pillow_formats() -> tuple[list[str], list[str]]:
    """Return the formats that this build of Pillow can and cannot decode."""
    from PIL import features

    able = {name: features.check(feature) for feature, name in _FEATURES}
    readable = [*(name for name, is_able in able.items() if is_able), *_ALWAYS]
    return readable, [name for name, is_able in able.items() if not is_able]
