"""The table of `verify`: what came back from which image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from idscan.core.types import BESIDE
from idscan.report.messages import _, leak_words
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

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO, TypeAlias

    from rich.console import Console

    from idscan.core.enums import Field
    from idscan.core.types import ImageRef, Leak, VerifyResult
    from idscan.report.masking import PathMask
    from idscan.report.registry import ReportOptions

    Leaking: TypeAlias = tuple[ImageRef, tuple[Leak, ...]]

_MEND_COLUMNS = 23
"""Characters. Lower: options are broken over lines; higher: the other columns have less room."""


def write(result: VerifyResult, stream: TextIO, options: ReportOptions) -> None:
    """Write the table; coloured on a terminal only."""
    print_table(result, open_console(stream), options)


def print_table(result: VerifyResult, console: Console, options: ReportOptions) -> None:
    """Print the table on a console of rich's."""
    mask = options.mask_for(result)
    leaking = [(ref, leaks) for ref, leaks in result.leaks if leaks]
    if leaking:
        rows = [(ref, [(Text("\n".join(grouped(leaks)), "red"), Text(_mend(leaks)))]) for ref, leaks in leaking]
        columns = (
            (_("Came back"), {"ratio": 1, "overflow": "fold"}),
            (_("Hide with idscan redact"), {"width": _MEND_COLUMNS, "overflow": "fold"}),
        )
        for part in tables_by_folder(console, rows, columns, mask):
            console.print(part)
    print_unreadable(console, result.scan, mask)
    told = {ref for ref, _leaks in leaking}
    print_odd(console, (image for image in result.scan.images if image.is_readable and image.ref not in told), mask)
    print_cards_seen(console, (image for image in result.scan.images if image.ref not in told), mask)
    _print_totals(console, result, mask)


def grouped(leaks: Sequence[Leak]) -> list[str]:
    """Return one line for each way in which something came back, with all fields that did."""
    fields: dict[str, dict[Field, None]] = {}
    for leak in leaks:
        fields.setdefault(leak.kind, {}).update({leak.field: None} if leak.field else {})
    return [leak_words(kind, list(of_kind)) for kind, of_kind in fields.items()]


def _mend(leaks: Sequence[Leak]) -> str:
    """Return the options of `redact` that hide all of it; metadata is left out by any of them."""
    if all(leak.kind in BESIDE for leak in leaks):
        return "--clean strip"
    return "--fields card"


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
