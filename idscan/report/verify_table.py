"""The table of `verify`: what came back from which picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from idscan.core.geometry import bounds
from idscan.report.i18n import _
from idscan.report.table_parts import (
    open_console,
    pictures,
    print_cards_seen,
    print_counts,
    print_odd,
    print_skipped,
    print_unreadable,
    print_verdict,
    tables_by_folder,
)
from idscan.report.verdicts import verify_verdict
from idscan.report.words import leak_words

if TYPE_CHECKING:
    from typing import TextIO, TypeAlias

    from rich.console import Console

    from idscan.core.redaction import Leak, VerifyResult
    from idscan.core.results import ImageRef
    from idscan.report.options import ReportOptions
    from idscan.report.paths import PathMask

    Leaking: TypeAlias = tuple[ImageRef, tuple[Leak, ...]]

_PLACE_COLUMNS = 20


def write(result: VerifyResult, stream: TextIO, options: ReportOptions) -> None:
    """Write the table; coloured on a terminal only."""
    print_table(result, open_console(stream), options)


def print_table(result: VerifyResult, console: Console, options: ReportOptions) -> None:
    """Print the table on a console of rich's."""
    mask = options.mask_for(result)
    leaking = [(ref, leaks) for ref, leaks in result.leaks if leaks]
    if leaking:
        rows = [(ref, [(Text(leak_words(leak), "red"), _where(leak)) for leak in leaks]) for ref, leaks in leaking]
        columns = (
            (_("Came back"), {"ratio": 1, "overflow": "fold"}),
            (_("Where"), {"width": _PLACE_COLUMNS}),
        )
        for part in tables_by_folder(console, rows, columns, mask):
            console.print(part)
    print_unreadable(console, result.scan, mask)
    told = {ref for ref, _leaks in leaking}
    print_odd(console, (image for image in result.scan.images if image.is_readable and image.ref not in told), mask)
    print_cards_seen(console, (image for image in result.scan.images if image.ref not in told), mask)
    _print_totals(console, result, mask)


def _where(leak: Leak) -> str:
    """Return the box around a place in whole pixels."""
    if leak.quad is None:
        return _("not in the pixels")
    left, top, right, bottom = (round(edge) for edge in bounds(leak.quad))
    across = _("x {start} to {end}").format(start=left, end=right)
    return across + "\n" + _("y {start} to {end}").format(start=top, end=bottom)


def _print_totals(console: Console, result: VerifyResult, mask: PathMask) -> None:
    unreadable = result.scan.unreadable
    parts = [pictures(len(result.scan.images))]
    if unreadable:
        parts.append(_("{count} could not be read").format(count=unreadable))
    if result.scan.unexamined:
        parts.append(_("{count} examined only in part").format(count=result.scan.unexamined))
    print_verdict(console, verify_verdict(result))
    print_counts(console, parts)
    print_skipped(console, result.scan.skipped, mask)
