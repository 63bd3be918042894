"""Machine-readable zones (ICAO 9303): find them in recognised lines."""

from __future__ import annotations

from dataclasses import replace
from itertools import repeat
from typing import TYPE_CHECKING

from idscan.cards.fields.names import is_name_like, name_from_mrz
from idscan.cards.mrz.repair import ZoneSpan, clean_name_line, compact, compacted
from idscan.cards.mrz.td1 import combine, read_lower, read_upper
from idscan.cards.mrz.td3 import read_passport
from idscan.cards.mrz.zone import TD1_WIDTH, TD3_WIDTH, MrzMatch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MAX_PIECES = 3
"""Pieces into which a reader may break one line of the zone."""
_NEAR = 3
"""Lines below the checked ones among which the name is looked for."""


def find_mrz(lines: Sequence[str], sureness: Sequence[Sequence[float]] = ()) -> MrzMatch | None:
    """Find the zone of a Vietnamese card or passport among lines of print, and put errors right.

    Lines may hold spaces, lower case, misread or missing fillers, and be broken into pieces; any of them may be
    missing. Something is put right only where nothing else explains the check digits as well; a value that stays in
    doubt is left out.

    Args:
        lines: lines of print.
        sureness: for each line how sure its reader was of each character; () where it does not say.

    Returns:
        The zone with at least one right check, or None.
    """
    read = [compacted(line, sure) for line, sure in zip(lines, sureness or repeat(()), strict=False)]
    joined = list(_joined(read))
    uppers = [upper for text, indices in joined if (upper := read_upper(text, indices))]
    lowers = [lower for text, indices in joined if (lower := read_lower(text, indices))]
    pairs = [
        combine(upper, lower)
        for upper in (*uppers, None)
        for lower in (*lowers, None)
        if upper is not None or lower is not None
    ]
    best = max((match for match in pairs if match), key=_merit, default=None)
    if best is None or not best.mrz.valid_checks:
        return read_passport(joined)
    return _with_name(best, lines)


def _merit(match: MrzMatch) -> tuple[int, int, int, int]:
    # A second line that proves nothing still belongs to the zone; pieces that add nothing stay out.
    return match.mrz.valid_checks, len(match.mrz.lines), -match.repairs, -len(match.indices)


def _joined(lines: Sequence[ZoneSpan]) -> Iterator[tuple[ZoneSpan, tuple[int, ...]]]:
    """Yield each compact line, and neighbouring pieces put together."""
    for first, line in enumerate(lines):
        yield line, (first,)
        whole = line
        for last in range(first + 1, min(first + _MAX_PIECES, len(lines))):
            whole += lines[last]
            if not line.text or not lines[last].text or len(whole.text) > TD3_WIDTH + 2:
                break
            yield whole, tuple(range(first, last + 1))


def _with_name(match: MrzMatch, lines: Sequence[str]) -> MrzMatch:
    last = max(match.indices)
    below = range(last + 1, min(last + 1 + _NEAR, len(lines)))
    elsewhere = [index for index in range(len(lines)) if index not in match.indices and index not in below]
    for index in (*below, *elsewhere):
        # Print elsewhere on a card is taken for a line of its zone only if it could be one as it stands.
        has_filler = "<" in compact(lines[index]) and (index in below or _is_line_of_zone(lines[index]))
        is_plain_name = index == last + 1 and lines[index].isupper() and is_name_like(lines[index])
        name = clean_name_line(lines[index]) if has_filler or is_plain_name else None
        if name is not None:
            line = name[:TD1_WIDTH].ljust(TD1_WIDTH, "<")
            is_cut = len(name) >= TD1_WIDTH
            mrz = replace(match.mrz, name=name_from_mrz(line), lines=(*match.mrz.lines, line), is_name_cut=is_cut)
            return replace(match, mrz=mrz, indices=tuple(sorted({*match.indices, index})), name_index=index)
    return match


def _is_line_of_zone(line: str) -> bool:
    return line.isascii() and line.isupper() and "<<" in line
